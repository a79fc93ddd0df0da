"""What a practice sells: every product, its price and cost, and what becomes of it over the span."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, known, money, pick
from prentice.demo.chance import Bools, Floats, Ints, choose, happens, stream
from prentice.demo.ids import RowIds
from prentice.demo.practice import Cast, Practice
from prentice.demo.trading import DAY, MONTHS, SECOND, Month, Trading, stamps

TYPES = ("frame", "contact_lens", "solution", "service")
FRAME, CONTACT_LENS, SOLUTION, SERVICE = range(4)
_PREFIX = ("F", "L", "S", "V")

# Summer sells sunglasses, the weeks before school starts sell children's frames.
_SUN = np.array([0.3, 0.4, 0.7, 1.2, 1.8, 2.3, 2.4, 1.9, 0.9, 0.5, 0.3, 0.4])
_SCHOOL = np.array([0.9, 0.8, 0.9, 1.0, 0.9, 0.9, 1.2, 2.4, 1.7, 0.9, 0.8, 0.6])
_NEVER = 10_000  # a month that does not come
DEAD_MONTHS = 8  # nothing sold for longer than KPIS.md's 180 days


@dataclass(frozen=True, slots=True)
class Shelf:
    """Arrays by product. Months count from the start of the span; money is in pence or cents."""

    ids: pl.Series
    names: list[str]
    brands: list[str | None]
    models: list[str | None]
    categories: list[str]
    skus: list[str]
    type: Ints
    price: Ints
    cost: Ints  # what a unit costs, whether or not the host's product row records it
    cost_recorded: Bools
    supplier: Ints
    popularity: Floats
    arrives: Ints  # the month of its first stock
    leaves: Ints  # the first month in which it is not sold any more
    active: Bools
    threshold: Ints  # -1: not set
    cushion: Ints  # units kept in stock beyond what is about to be sold
    lot: Ints  # units a supplier sends at least
    final: Ints  # the stock to end with; -1: whatever it is

    def __len__(self) -> int:
        return len(self.names)

    def weights(self, month: Month) -> Floats:
        """How likely each product is to be the one sold in this month, within its type."""
        sun = np.array([category == "Sunglasses" for category in self.categories])
        school = np.array([category == "Children's Frames" for category in self.categories])
        season = np.where(sun, _SUN[month.of_year - 1], np.where(school, _SCHOOL[month.of_year - 1], 1.0))
        on_sale = (self.arrives <= month.number) & (month.number < self.leaves)
        return np.where(on_sale, self.popularity * season, 0.0)

    def prices_in(self, month: Month) -> Ints:
        """Prices rise once, in the January before last: until then they were 4% lower, to 50p."""
        before = month.number < MONTHS - 10
        return np.where(before & (self.type != SERVICE), self.price * 96 // 5000 * 50, self.price)


def stock_shelf(cast: Cast, practice: Practice, seed: int, scale: float) -> Shelf:
    """The products of a practice. Their number does not grow with the scale; their stock does."""
    rng = stream(seed, practice.slug, "shelf")
    listed = _list_products(cast, practice, rng)
    size = len(listed)
    kind = np.array([line.type for line in listed], dtype=np.int64)
    price = np.array([line.price for line in listed], dtype=np.int64)
    popularity = np.array([line.weight for line in listed]) * rng.lognormal(0, 0.45, size)
    margin = np.array([0.40, 0.58, 0.52, 0.30])[kind] * rng.uniform(0.85, 1.15, size)
    stocked = kind != SERVICE

    fate = _fates(rng, kind)
    # Weekly custom of a typical product decides what is kept; frames are single pieces.
    weekly = np.array([0.6, 6.0, 5.0, 0.0])[kind] * scale
    cushion = np.ceil(np.maximum(rng.uniform(5, 12, size) * np.where(kind == FRAME, 1.0, 2.5), weekly * 1.5))
    lot = np.array([3, 12, 12, 0])[kind] * np.maximum(1, int(scale)) * rng.integers(1, 3, size)
    threshold = np.where(
        kind == FRAME,
        rng.choice(np.array([1, 2, 2, 3, 3, 4, 5]), size),
        rng.choice(np.array([5, 6, 8, 10, 12, 15]), size),
    )
    threshold = np.where(happens(rng, 0.08, size) | ~stocked, -1, threshold)
    low = np.floor(rng.uniform(0.15, 1.0, size) * np.where(threshold < 0, 10, threshold)).astype(np.int64)
    final = np.full(size, -1, dtype=np.int64)
    final[fate == _LOW] = np.maximum(1, low)[fate == _LOW]
    final[(fate == _SOLD_OUT) | (fate == _GONE)] = 0
    leaves = np.full(size, _NEVER)
    leaves[fate == _DEAD] = MONTHS - DEAD_MONTHS - rng.integers(0, 4, size)[fate == _DEAD]
    leaves[fate == _WITHDRAWN] = MONTHS - rng.integers(2, 14, size)[fate == _WITHDRAWN]
    leaves[fate == _GONE] = MONTHS - rng.integers(2, 14, size)[fate == _GONE]
    arrives = np.where(happens(rng, 0.12, size) & (fate == _KEPT), rng.integers(2, 20, size), 0)
    return Shelf(
        ids=RowIds(seed, practice.slug, "product").upto(size),
        names=[line.name for line in listed],
        brands=[line.brand for line in listed],
        models=[line.model for line in listed],
        categories=[line.category for line in listed],
        skus=[line.sku for line in listed],
        type=kind,
        price=price,
        cost=np.maximum(np.round(price * margin).astype(np.int64), 20),
        cost_recorded=~happens(rng, 0.05, size),
        supplier=_suppliers(listed, practice),
        popularity=popularity,
        arrives=arrives.astype(np.int64),
        leaves=leaves.astype(np.int64),
        active=(fate != _WITHDRAWN) & (fate != _GONE),
        threshold=threshold.astype(np.int64),
        cushion=np.where(stocked, cushion, 0).astype(np.int64),
        lot=np.where(stocked, lot, 0).astype(np.int64),
        final=final,
    )


def product_rows(
    practice: Practice, shelf: Shelf, stock: Ints, manager_id: str, trading: Trading, seed: int
) -> Batch:
    rng = stream(seed, practice.slug, "product rows")
    months = trading.months()
    first_seen = np.array([months[m].first for m in shelf.arrives]) * DAY + 8 * 3600 * SECOND
    known_since = np.where(
        shelf.arrives == 0, first_seen - rng.integers(10, 900, len(shelf)) * DAY, first_seen
    )
    barcode = [
        f"{'50' if practice.british else '08'}99{number:09d}" for number in rng.integers(0, 10**9, len(shelf))
    ]
    service = shelf.type == SERVICE
    return batch(
        "products",
        id=shelf.ids,
        company_id=practice.company_id,
        ecp_id=manager_id,
        product_type=pick(TYPES, shelf.type),
        sku=pl.Series(shelf.skus),
        brand=pl.Series(shelf.brands, dtype=pl.String),
        model=pl.Series(shelf.models, dtype=pl.String),
        name=pl.Series(shelf.names),
        category=pl.Series(shelf.categories),
        barcode=known(pl.Series(barcode), ~service),
        cost=money(shelf.cost, shelf.cost_recorded),
        stock_quantity=stock,
        low_stock_threshold=known(shelf.threshold, shelf.threshold >= 0),
        unit_price=money(shelf.price),
        tax_rate=pl.Series(np.where(service, 0.0, practice.tax_rate)),
        is_active=shelf.active,
        is_prescription_required=shelf.type == CONTACT_LENS,
        created_at=stamps(known_since),
        updated_at=stamps(np.full(len(shelf), trading.now)),
    )


# What becomes of a product.
_KEPT, _LOW, _SOLD_OUT, _DEAD, _WITHDRAWN, _GONE = range(6)


def _fates(rng: np.random.Generator, kind: Ints) -> Ints:
    """Sold as usual, running low, sold out, not wanted, withdrawn with stock left, withdrawn and gone."""
    fate = np.zeros(len(kind), dtype=np.int64)
    for product_type, shares in (
        (FRAME, (0.64, 0.14, 0.06, 0.08, 0.05, 0.03)),
        (CONTACT_LENS, (0.64, 0.20, 0.08, 0.08, 0.0, 0.0)),
        (SOLUTION, (0.70, 0.30, 0.0, 0.0, 0.0, 0.0)),
    ):
        of_type = np.flatnonzero(kind == product_type)
        wanted = np.repeat(np.arange(6), np.round(np.array(shares) * len(of_type)).astype(int) + 1)
        wanted = wanted[np.isin(wanted, np.flatnonzero(shares))]
        kept = np.zeros(max(0, len(of_type) - len(wanted)), dtype=np.int64)
        fate[of_type] = rng.permutation(np.concatenate([wanted, kept]))[: len(of_type)]
    return fate


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    brand: str | None
    model: str | None
    category: str
    sku: str
    type: int
    price: int
    weight: float


def _list_products(cast: Cast, practice: Practice, rng: np.random.Generator) -> list[_Line]:
    lines: list[_Line] = []
    number = count(1001)

    def add(
        kind: int, name: str, brand: str | None, model: str | None, category: str, price: int, weight: float
    ) -> None:
        code = "".join(word[0] for word in (brand or name).replace("&", "").split())[:3].upper()
        lines.append(
            _Line(name, brand, model, category, f"{_PREFIX[kind]}-{code}-{next(number)}", kind, price, weight)
        )

    def charm(low: float, high: float, endings: tuple[int, ...]) -> int:
        return int(rng.integers(int(low), int(high) + 1)) * 100 + int(rng.choice(endings))

    for brand, band in practice.frame_brands.items():
        for model in band.models:
            base = charm(*band.price, (0, -5, -1, 50))
            if brand in ("Otterburn", "Kidwell"):  # the children's ranges
                category = "Children's Frames"
            elif brand == "Veloce Sport":
                category = "Sunglasses"
            else:
                category = cast.frame_categories[choose(rng, (0.32, 0.26, 0.04, 0.26, 0.12), 1)[0]]
            colours = rng.permutation(len(cast.colours))[: rng.integers(2, 4)]
            for colour in colours:
                shade = cast.colours[colour]
                extra = int(rng.choice((0, 0, 0, 500, 1000)))
                weight = band.weight / len(band.models) / len(colours)
                add(FRAME, f"{brand} {model} {shade}", brand, model, category, base + extra, weight)
    for brand, band in practice.contact_lens_brands.items():
        for model in band.models:
            category = _lens_category(model)
            price = charm(*band.price, (0, 50, -1, 25))
            add(CONTACT_LENS, f"{brand} {model}", brand, model, category, price, band.weight)
    for brand, band in practice.solution_brands.items():
        for model in band.models:
            price = charm(*band.price, (0, 50, -1, 75))
            add(SOLUTION, f"{brand} {model}", brand, model, cast.solution_categories[0], price, band.weight)
    for item in practice.unbranded:
        kind = TYPES.index(item.type)
        add(kind, item.name, None, None, item.category, round(item.price * 100), 3.0)
    for position, service in enumerate(practice.services):
        weight = (10.0, 4.0, 2.0, 2.0, 2.0, 1.0)[min(position, 5)]
        add(SERVICE, service.name, None, None, service.category, round(service.price * 100), weight)
    return lines


def _lens_category(model: str) -> str:
    for word in ("Toric", "Multifocal"):
        if word in model:
            return f"{word} Lenses"
    return "Daily Lenses" if "Daily" in model else "Monthly Lenses"


def _suppliers(lines: list[_Line], practice: Practice) -> Ints:
    """A brand comes from one supplier: frames by turns, lenses and solutions from the lens house."""
    frame_brands = list(practice.frame_brands)
    houses = len(practice.supplier)
    return np.array(
        [
            frame_brands.index(line.brand) * 2 % houses if line.brand in frame_brands else 1 % houses
            for line in lines
        ],
        dtype=np.int64,
    )
