"""Who works at Vista Optique and what is on its shelves; each trap is a row one can point at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

COMPANY_ID = "7d0c1f52-93be-4a86-b1c4-2e6a5f0d9e31"  # Vista Optique, the practice under test
OTHER_COMPANY_ID = "b4e2a9d7-1f68-4c03-8a5d-60c7e19f3b82"  # Optique du Lac: same names, other numbers
LAB_COMPANY_ID = "15a7c6e0-5b2d-4f91-9d38-c8f4027b6ea9"  # Verrerie du Rhône, a lab that is a supplier too
TODAY = date(2026, 10, 31)  # a Saturday; Vista opens Tuesday to Saturday
FIRST_DAY = date(2025, 1, 2)


@dataclass(frozen=True)
class Person:
    first: str
    last: str | None
    share: float  # of the sales
    prescribes: bool = False


VISTA_STAFF = (
    Person("Amélie", "Fournier", 0.08, prescribes=True),
    Person("Yanis", "Belkacem", 0.34),
    Person("Solène", "Kerguelen", 0.26),
    Person("Hugo", "Delmas", 0.20, prescribes=True),
    Person("Inès", None, 0.12),  # the till knows her by her first name alone
)
LAC_STAFF = (
    Person("Yanis", "Belkacem", 0.45),  # a namesake
    Person("Amélie", "Fournier", 0.25, prescribes=True),
    Person("Bastien", "Corvo", 0.30, prescribes=True),  # works only there
)
# name, whether the lab's own company employs the supplier's user (the others belong to no company)
SUPPLIERS = (("Verrerie du Rhône", True), ("Atelier Jurassien", False), ("Lunetterie Morez", False))


@dataclass(frozen=True)
class Article:
    """One product. `weight`: how often it is picked; `last_sale`: it left the display after that day."""

    type: str
    name: str | None
    brand: str | None
    model: str | None
    category: str | None
    cost: float | None
    price: float
    stock: int
    threshold: int | None
    weight: float
    active: bool | None = True
    last_sale: date | None = None
    only_future: bool = field(default=False)  # sold tomorrow and never before


FR, CL, SO, SV = "frame", "contact_lens", "solution", "service"
W, M, K, S = "Femme", "Homme", "Enfant", "Solaires"
VISTA_SHELVES = (
    Article(FR, None, "Éclat", "Aurore", W, 42, 149, 12, 6, 15),
    Article(FR, None, "Éclat", "Zénith", W, 48, 165, 5, 6, 9.5),
    Article(FR, "Éclat Comète Noir", "Éclat", "Comète", M, None, 159, 9, None, 7),  # 9 ≤ 10: low
    Article(FR, None, "Éclat", "Solstice", S, 55, 189, 0, 4, 4),
    Article(FR, "Chloé Marin Iris", "Chloé Marin", "Iris", W, 61, 219, 7, 5, 11),
    Article(FR, "Chloé Marin Jade", "Chloé Marin", "Jade", W, 58, 199, 3, 5, 6),
    Article(FR, "Chloé Marin Opale", "Chloé Marin", "Opale", S, None, 239, 11, None, 4.5),  # 11 > 10: enough
    Article(FR, None, "Brumaire", "Givre", M, 31, 99, 18, 8, 8.5),
    Article(FR, None, "Brumaire", "Frimaire", M, 29, 95, 10, None, 5.5),  # 10 ≤ 10: low
    Article(FR, "Brumaire Nivôse", "Brumaire", "Nivôse", M, 33, 109, 6, 3, 3, last_sale=date(2026, 1, 20)),
    Article(FR, None, "Garrigue", "Thym", M, 24, 79, 22, 6, 7.5, active=None),
    Article(FR, None, "Garrigue", "Romarin", W, 26, 85, 2, 6, 5, active=None),
    Article(FR, "Garrigue Lavande", "Garrigue", "Lavande", W, 25, 82, 8, 3, 3.5),
    Article(FR, None, "Petit Pois", "Loulou", K, 15, 59, 25, 10, 8),
    Article(FR, None, "Petit Pois", "Doudou", K, 14, 55, 1, 8, 4),
    Article(FR, "Maison Roque Cadran", "Maison Roque", "Cadran", M, 88, 329, 4, 2, 1.3),
    Article(FR, "Maison Roque Balcon", "MAISON ROQUE", "Balcon", W, 92, 349, 3, 2, 0.9),
    Article(FR, "Monture Atelier 01", "", "A01", None, 19, 69, 14, 5, 2.6),  # no brand, as an empty text
    Article(FR, "Monture Atelier 02", None, "A02", None, None, 72, 6, 5, 1.8),
    Article(FR, "Éclat Prototype", "Éclat", "Proto", W, 40, 179, 2, 1, 0),  # never sold
    Article(FR, "Chloé Marin Rubis", "Chloé Marin", "Rubis", W, 65, 249, 4, 3, 0, only_future=True),
    Article(FR, "Brumaire Ventôse", "Brumaire", "Ventôse", M, 30, 105, 14, 6, 5, active=False,
            last_sale=date(2026, 3, 28)),  # withdrawn with stock on the shelf
    Article(CL, "Opaline 1 jour 30", "Opaline", "1 jour 30", "Journalières", 11, 24, 60, 20, 13),
    Article(CL, "Opaline 1 jour 90", "Opaline", "1 jour 90", "Journalières", None, 62, 16, 20, 6.5),
    Article(CL, "Opaline Torique 30", "Opaline", "Torique 30", "Toriques", 15, 34, 24, None, 4.2),
    Article(CL, "Hydrelle Mensuelle 6", "Hydrelle", "Mensuelle 6", "Mensuelles", 12.5, 29, 33, 12, 9),
    Article(CL, None, "Hydrelle", "Multifocale 6", "Multifocales", 21, 48, -2, 6, 2.8),  # oversold
    Article(CL, "Hydrelle Bimensuelle 6", "Hydrelle", "Bimensuelle 6", "Mensuelles", 10, 25, 13, 6, 0,
            active=False),
    Article(SO, "Larmea Multifonction 360ml", "Larmea", "MF360", "Entretien", 4.1, 12.5, 40, 15, 9.2),
    Article(SO, "Larmea Peroxyde 300ml", "Larmea", "PX300", "Entretien", 5.2, 15.9, 13, 15, 5.2),
    Article(SO, "Larmea Voyage 100ml", "Larmea", "VG100", "Entretien", None, 6.9, 28, 10, 3.1),
    Article(SO, "Chiffon microfibre", None, None, "Accessoires", 0.6, 4.5, 85, 30, 7.2),
    Article(SO, "Étui rigide", "", None, "Accessoires", 2.2, 9.9, 19, None, 3.8),
    Article(SO, "Cordon lunettes", None, None, "Accessoires", None, 7.5, 9, 4, 2.1),
    Article(SO, "Loupe de poche", None, None, "Accessoires", 6, 19.5, 7, 2, 1.5, last_sale=date(2026, 4, 11)),
    Article(SV, "Examen de vue", None, None, "Examens", None, 45, 0, 0, 12.2),
    Article(SV, "Adaptation lentilles", None, None, "Examens", None, 60, 0, None, 4.8),
    Article(SV, "Réparation monture", None, None, "Atelier", None, 18, 0, 10, 3.4),
    Article(SV, "Montage verres", None, None, "Atelier", 0, 35, 0, 10, 6.1),
)  # fmt: skip
LAC_SHELVES = (
    Article(FR, "Éclat Aurore", "Éclat", "Aurore", W, 50, 999, 500, 600, 10),
    Article(FR, "Chloé Marin Iris", "Chloé Marin", "Iris", W, 60, 888, 2, 900, 8),
    Article(FR, "Sablier Dune", "Sablier", "Dune", M, 70, 777, 70, 80, 9),  # sold only there
    Article(FR, "Vermeil & Fils Argent", "Vermeil & Fils", "Argent", M, 75, 666, 3, 8, 5),
    Article(CL, "Nuagine Mensuelle 6", "Nuagine", "Mensuelle 6", "Mensuelles", 20, 333, 9, 20, 7),
    Article(SO, "Larmea Multifonction 360ml", "Larmea", "MF360", "Entretien", 5, 111, 44, 50, 6),
    Article(SV, "Examen de vue", None, None, "Examens", None, 222, 0, None, 6),
)

# The spellings that stand side by side in one column of the practice under test, with their frequency.
LENS_TYPES = (
    (("Single Vision", 18), ("single_vision", 16), ("SINGLE VISION", 8)),
    (("Progressive", 22), ("progressive", 14)),
    (("Bifocal", 9),),
    (("Occupational", 7),),
    (("Reading", 4),),
)
LENS_MATERIALS = (
    (("CR-39", 30), ("cr_39", 8)),
    (("Polycarbonate", 22),),
    (("Hi-Index 1.67", 15), ("hi index 1.67", 6)),
    (("Hi-Index 1.60", 12),),
    (("Trivex", 7),),
)
COATINGS = (
    (("Anti-Reflective", 28), ("anti_reflective", 12), ("ANTI REFLECTIVE", 5)),
    (("None", 15), ("none", 5)),
    (("Blue Light", 14),),
    (("Photochromic", 9), ("photochromic", 3)),
    (("Scratch Resistant", 6),),
    ((None, 3),),
)
FRAME_TYPES = (
    (("Full Rim", 40),),
    (("High Street", 24), ("high_street", 6)),
    (("Semi-Rimless", 14),),
    (("Rimless", 8),),
    ((None, 8),),
)
APPOINTMENT_TYPES = (
    (("Eye Examination", 30), ("eye_examination", 14)),
    (("Contact Lens Fitting", 12),),
    (("Follow Up", 9), ("follow-up", 5)),
    (("Collection", 16),),
    (("Dispensing", 8),),
    (("Emergency", 3),),
)
PAYMENT_METHODS = (
    ("card", 46), ("Card", 14), ("CARD", 4), ("cash", 16), ("Cash", 5), ("mixed", 8), ("Insurance", 7)
)  # fmt: skip
