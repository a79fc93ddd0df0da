"""A small practice whose values are known, and Queries written short so that tables of them can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from prentice.planner.lexicon import build_lexicon
from prentice.planner.plan import Plan
from prentice.planner.reading import Reading, read
from prentice.planner.rules import RulePlanner
from prentice.planner.words import phrase
from prentice.semantic.model import Catalogue
from prentice.semantic.query import AllOf, AnyOf, Condition, Filter, Not, Query, Range
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope

TODAY = date(2026, 10, 31)  # a Saturday
CATALOGUE = Catalogue.load()
LEXICON = build_lexicon(CATALOGUE)
PLANNER = RulePlanner(CATALOGUE)
SCOPE = TenantScope(
    tenant_id="harbour00001",
    slug="harbour-optics",
    name="Harbour Optics",
    currency="GBP",
    country="GB",
    timezone="Europe/London",
    today=TODAY,
)
US = replace(
    SCOPE,
    tenant_id="bluebird0001",
    slug="bluebird-eyecare",
    name="Bluebird Eyecare",
    currency="USD",
    country="US",
)
_STAFF = ("Callum Reid", "Siobhan Hartley", "Tom Bellweather", "Priya Nandakumar", "Grace Lindqvist")
_PRESCRIBING = ("Priya Nandakumar", "Grace Lindqvist")
VALUES = ValueIndex.build(
    {
        "product": (
            "Aldwych Strand Black",
            "Aldwych Temple Navy",
            "Corrigan Reef Black",
            "Nordhaven Fjell Tortoise",
            "Zephyrine Étude Crystal",
            "AquaVue Daily 30",
            "ClearDay Monthly 6",
            "PureRinse Saline 500ml",
            "Microfibre Cloth",
            "Hard Case",
            "Eye Examination",
            "OCT Scan",
            "Contact Lens Fitting",
        ),
        "brand": (
            *("Aldwych", "Corrigan", "Nordhaven", "Zephyrine", "Marlowe & Finch"),
            *("AquaVue", "ClearDay", "PureRinse"),
        ),
        "model": ("Strand", "Temple", "Reef", "Fjell", "Étude", "Daily 30", "Monthly 6", "Saline 500ml"),
        "sku": ("ALD-STR-01", "COR-REE-02"),
        "category": (
            *("Women's Frames", "Men's Frames", "Children's Frames", "Unisex Frames", "Sunglasses"),
            *("Daily Lenses", "Monthly Lenses", "Lens Care", "Accessories", "Examinations"),
        ),
        "product_type": ("frame", "contact_lens", "solution", "service"),
        "payment_method": ("cash", "card", "mixed", "insurance"),
        "lens_type": ("single_vision", "progressive", "bifocal", "occupational", "reading"),
        "lens_material": ("cr39", "polycarbonate", "hi_index_1_60", "hi_index_1_67", "hi_index_1_74"),
        "coating": ("none", "anti_reflective", "blue_light", "photochromic"),
        "frame_type": ("full_rim", "semi_rimless", "rimless"),
        "appointment_type": ("eye_examination", "contact_lens_fitting", "follow_up", "collection"),
        "supplier": ("Northlight Optical Supply", "Tideway Lenses"),
        "staff": _STAFF,
        "prescriber": _PRESCRIBING,
        "practitioner": _PRESCRIBING,
    },
    phrase,
)


def plan(question: str, *context: str, scope: TenantScope = SCOPE) -> Plan:
    return PLANNER.plan(question, scope, VALUES, context)


def asked(question: str, *context: str, scope: TenantScope = SCOPE) -> Query:
    """The Query of a question that must have one."""
    made = plan(question, *context, scope=scope)
    assert made.query is not None, f"{question!r}: {made.outcome} {made.code}: {made.message}"
    return made.query


def read_words(question: str, scope: TenantScope = SCOPE) -> Reading:
    return read(question, LEXICON, VALUES, scope.today, day_first=scope.country != "US")


def in_short(query: Query) -> dict[str, Any]:
    """What the Query holds, each part in a few letters; a part that it does not hold has no entry.

    Filters read as "brand = Aldwych", ranges as "2026-09-01 to 2026-09-30", an order as "revenue desc".
    """
    parts: dict[str, Any] = {
        "metrics": " ".join(query.metrics),
        "by": " ".join([*([query.grain] if query.grain else []), *query.dimensions]),
        "where": _all(query.filters),
        "when": _days(query.range),
        "beside": _days(query.compare.range) if query.compare else None,
        "like": _days(query.compare.like_for_like) if query.compare else None,
        "shares": " ".join(query.shares),
        "running": " ".join(query.running_totals),
        "having": _all(f for f in query.having if not (isinstance(f, Condition) and f.op == "is not null")),
        "order": ", ".join(f"{o.by} {'desc' if o.descending else 'asc'}" for o in query.order),
        "limit": query.limit,
        "per": f"{query.top_per.limit} of {query.top_per.dimension}" if query.top_per else None,
        "empty": query.include_empty,
    }
    return {name: part for name, part in parts.items() if part}


def short(question: str, *context: str, scope: TenantScope = SCOPE) -> dict[str, Any]:
    return in_short(asked(question, *context, scope=scope))


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `expected` that `found` has otherwise; None in `expected` means: must not be there."""
    return {
        name: f"{found.get(name)!r}, not {value!r}"
        for name, value in expected.items()
        if found.get(name) != value
    }


def _days(range_: Range | None) -> str | None:
    if range_ is None:
        return None
    return f"{range_.from_ or '…'} to {range_.to or '…'}"


def _all(filters: Iterable[Filter]) -> str:
    return "; ".join(sorted(_one(f) for f in filters))


def _one(f: Filter) -> str:
    match f:
        case Condition():
            value = ", ".join(map(_text, f.value)) if isinstance(f.value, tuple) else _text(f.value)
            return f"{f.field} {f.op} {value}".strip()
        case AllOf():
            return f"({' and '.join(map(_one, f.all_))})"
        case AnyOf():
            return f"({' or '.join(map(_one, f.any_))})"
        case Not():
            return f"not {_one(f.not_)}"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
