"""Soundness: whoever the patient is and however a value is written, it does not stay; a prescription
always does.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from prentice.deid.redact import Redactor
from prentice.deid.redact.gazetteer import nicknames
from prentice.deid.redact.spans import replaced

FIRST = [
    "Elizabeth",
    "William",
    "Siobhán",
    "Ngozi",
    "José",
    "Piotr",
    "Meera",
    "Deshawn",
    "Zoë",
    "Catherine",
    "Muhammad",
    "Grace",
    "Mark",
]
LAST = [
    "Whitlock",
    "O'Brien",
    "Okonkwo",
    "Núñez",
    "Kowalczyk",
    "Hathersage-Jones",
    "MacDonald",
    "Patel",
    "Young",
    "Bridge",
    "White",
    "van der Berg",
]
TOWNS = ["Penhallow", "Saltmere", "Kirkstow", "Marram Sands"]
STREETS = ["Lower Cliff Road", "High Street", "Mill Lane", "Chapel Row"]
CARRIERS = [
    "{} attended, R -3.25/-0.75x175 (6/9), recall 24/12.",
    "Seen today. Note re {} filed; VA 6/6 N5, IOP 15/16 @ 10:15",
    "c/o glare, {} says worse at night. NS gr 2 OU",
    "Rang: {}",
    "FAO reception ({}) collect specs 54-18-140.",
]


@cache
def redactor() -> Redactor:
    return Redactor()


@st.composite
def patients(draw: st.DrawFn) -> dict[str, Any]:
    first, last = draw(st.sampled_from(FIRST)), draw(st.sampled_from(LAST))
    day, month, year = draw(st.integers(1, 28)), draw(st.integers(1, 12)), draw(st.integers(1930, 2015))
    number = draw(st.integers(100, 999))
    return {
        "name": f"{first} {last}",
        "date_of_birth": f"{year}-{month:02}-{day:02}",
        "email": f"{first[:4].lower()}.w{number}@inbox.example.net".encode("ascii", "ignore").decode(),
        "mobile_phone": f"07700 900{number}",
        "customer_number": f"C100{number}",
        "nhs_number": f"999 {number} {draw(st.integers(1000, 9999))}",
        "address_line_1": f"{draw(st.integers(1, 250))} {draw(st.sampled_from(STREETS))}",
        "city": draw(st.sampled_from(TOWNS)),
        "postcode": f"WB{draw(st.integers(1, 9))} {draw(st.integers(1, 9))}GT",
    }


def _plain(text: str) -> str:
    return text.translate(str.maketrans("áéíóúñëÁÉÍÓÚÑË", "aeiouneAEIOUNE"))


def forms(patient: dict[str, Any], rng: random.Random) -> list[tuple[str, str]]:
    """(form as written, the part of it that must not be left) for each altered form of each value."""
    first, _, last = patient["name"].partition(" ")
    year, month, day = (int(part) for part in patient["date_of_birth"].split("-"))
    family = last.split()[-1]
    digits = patient["mobile_phone"].replace(" ", "")
    nhs = patient["nhs_number"].replace(" ", "")
    street = patient["address_line_1"].split(" ", 1)[1]
    at = rng.randrange(1, len(family) - 2)
    typo = family[:at] + family[at + 1] + family[at] + family[at + 2 :]
    made = [
        (f"{first} {last}",) * 2,
        (first.upper(), first.upper()),
        (family.lower(), family.lower()),
        (f"{family}, {first}", family),
        (f"{first}'s", first),
        (_plain(family), _plain(family)),
        (f"{first[0]} {last}", family),
        (f"{first[0]}.{family[0]}.", f"{first[0]}.{family[0]}."),
        (f"{day:02}/{month:02}/{year}",) * 2,
        (f"{day}.{month}.{year % 100:02}",) * 2,
        (f"{month}/{day}/{year}",) * 2,
        (f"{day:02}{month:02}{year % 100:02}",) * 2,
        (f"{year}-{month:02}-{day:02}",) * 2,
        (digits, digits),
        (f"+44 {digits[1:5]} {digits[5:8]} {digits[8:]}", digits[5:8]),
        (digits[-6:],) * 2,
        (f"{digits[:5]}-{digits[5:8]}-{digits[8:]}", digits[8:]),
        (nhs, nhs),
        (f"{nhs[:3]}-{nhs[3:6]}-{nhs[6:]}", nhs[6:]),
        (patient["customer_number"].lower(),) * 2,
        (f"{patient['customer_number'][0]}-{patient['customer_number'][1:]}", patient["customer_number"][1:]),
        (patient["email"].replace("@", " [at] "), patient["email"].split("@")[0]),
        (patient["email"].upper(),) * 2,
        (street.lower(), street.lower()),
        (patient["address_line_1"], street),
        (patient["city"].upper(),) * 2,
        (patient["postcode"].replace(" ", "").lower(),) * 2,
    ]
    if typo.lower() != family.lower() and len(family) > 6 and "'" not in family and "-" not in family:
        made.append((typo, typo))
    made += [
        (short.title(), short.title())
        for short in nicknames().get(_plain(first).lower(), ())
        if len(short) > 3
    ]
    return [(written, part) for written, part in made]


@given(patient=patients(), carrier=st.sampled_from(CARRIERS), rng=st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_no_altered_form_of_an_own_value_is_left(
    patient: dict[str, Any], carrier: str, rng: random.Random
) -> None:
    # "(E.W." and "0.5" aside: eyes are written R.E. and L.E., so those initials alone cannot be told from
    # eyes.
    for written, part in forms(patient, rng):
        if written in ("R.E.", "L.E.", "O.D.", "O.S.", "O.U."):
            continue
        if part in carrier:
            continue  # an axis or a recall that happens to be the same
        text = carrier.format(written)
        assert part not in redactor().redact(text, patient).redacted, (patient, text)


@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            ["Dr Patel", "12/3/48", "R -1.00", "07700 900123", "\n", "é↓", ", ", " ", "Leeds", "@a.com"]
        )
    ).map("".join)
)
@settings(max_examples=300, deadline=None)
def test_spans_are_ordered_disjoint_and_within_the_text(text: str) -> None:
    redaction = redactor().redact(text, {"name": "Ann Lee", "phone": "07700 900123"})
    at = 0
    for span in redaction.spans:
        assert at <= span.start < span.end <= len(text)
        at = span.end
    assert redaction.redacted == replaced(text, redaction.spans)


_SPHERE = st.integers(-48, 48).map(lambda quarters: f"{quarters / 4:+.2f}")
_EYE = st.builds(
    lambda sphere, cylinder, axis, form: form.format(sphere, cylinder, axis),
    _SPHERE,
    st.integers(-24, -1).map(lambda quarters: f"{quarters / 4:+.2f}"),
    st.integers(1, 180),
    st.sampled_from(
        [
            "{0}/{1}x{2:03}",
            "{0} {1} x {2}",
            "{0}/{1}X{2}",
            "{0} / {1} x {2:03}",
            "{0}DS",
            "pl/{1}x{2}",
            "{0}{1}x{2}",
        ]
    ),
)
_ACUITY = st.sampled_from(
    ["6/6", "6/9-2", "6/12+1", "6/5", "20/20", "20/40+1", "20/25", "N5", "6/7.5", "CF", "6/60"]
)


@given(
    _EYE,
    _EYE,
    _ACUITY,
    _ACUITY,
    st.integers(3, 14),
    st.integers(8, 40),
    st.integers(8, 17),
    st.integers(0, 59),
)
@settings(max_examples=300, deadline=None)
def test_prescriptions_acuities_pressures_and_times_are_untouched(
    right: str, left: str, va_right: str, va_left: str, add: int, pressure: int, hour: int, minute: int
) -> None:
    for text in (
        f"R {right} ({va_right}) L {left} ({va_left}) Add {add / 4:+.2f}",
        f"OD {right} {va_right} OS {left} {va_left} add {add / 4:+.2f}, PD {50 + add}/{48 + add}",
        f"IOP {pressure}/{pressure + 1} @ {hour:02}:{minute:02}, review {add}/52, recall {add}/12",
    ):
        assert redactor().redact(text).redacted == text
