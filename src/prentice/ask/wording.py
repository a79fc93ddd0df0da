"""The trade's nouns in a sentence: metrics, dimensions, stored values and filters. Pure.

`Words` knows the catalogue and the practice's formats. What it gives is plain text: a stored value comes
out on one line, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp

from prentice.ask.format import Formats, kind_of, listing, plain
from prentice.semantic.model import WEEKDAYS, Catalogue, Dimension, Metric
from prentice.semantic.query import AllOf, AnyOf, Condition, Filter, Not
from prentice.semantic.spelling import spelling_key

# Singular and plural where an "s" at the end is not the whole of it.
_PLURALS = {"status": "statuses", "category": "categories", "sku": "SKUs", "staff member": "staff members"}
# How a restriction is said behind the subject; {} is the value.
_PHRASES = {
    "category": "in {}",
    "staff": "by {}",
    "prescriber": "prescribed by {}",
    "practitioner": "with {}",
    "supplier": "from {}",
    "payment_method": "paid by {}",
    "weekday": "on {}",
    "hour": "at {}",
    "status": "with status {}",
    "lens_type": "with {} lenses",
    "frame_type": "with {} frames",
    "lens_material": "in {}",
    "age_group": "aged {}",
    "finding": "with {}",
    "refractive_group": "with {}",
    "country": "in {}",
    "us_state": "in {}",
}
_SUBJECT = ("brand", "model", "product", "sku", "product_type")  # these make "Nordhaven frames"
_FLAGS = {  # a yes/no dimension: what it says when true, and when false
    "low_stock": ("that are low in stock", "that are not low in stock"),
    "out_of_stock": ("that are out of stock", "that are in stock"),
    "dead_stock": ("with stock but no sale for 180 days", "that are no dead stock"),
    "contact_lens_wearer": ("who wear contact lenses", "who do not wear contact lenses"),
    "late": ("that are late", "that are not late"),
}
_BOUNDS = {"<": "under {}", "<=": "at most {}", ">": "over {}", ">=": "at least {}"}


def in_sentence(label: str) -> str:
    """A label in the middle of a sentence: 'Units sold' -> 'units sold'; 'SKU' stays.

    >>> in_sentence("Average turnaround"), in_sentence("SKU")
    ('average turnaround', 'SKU')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def plural(noun: str) -> str:
    """'brand' -> 'brands', 'category' -> 'categories'.

    >>> plural("order status")
    'order statuses'
    """
    head, _, last = noun.rpartition(" ")
    many = _PLURALS.get(noun) or _PLURALS.get(last.lower()) or f"{last}s"
    return many if noun in _PLURALS or not head else f"{head} {many}"


def singular(label: str) -> str:
    """'open orders' -> 'open order', 'units sold' -> 'unit sold'; a label that is not plural stays.

    >>> singular("units sold"), singular("low-stock products"), singular("stock on hand")
    ('unit sold', 'low-stock product', 'stock on hand')
    """
    words = label.split(" ")
    for place in (-1, 0):
        if words[place].endswith("s") and not words[place].endswith("ss"):
            words[place] = words[place][:-1]
            return " ".join(words)
    return label


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")


@dataclass(frozen=True, slots=True)
class Words:
    catalogue: Catalogue
    formats: Formats

    # Metrics ------------------------------------------------------------------------------------

    def metric(self, name: str) -> Metric:
        return self.catalogue.metric(name)

    def label(self, metric: str) -> str:
        return in_sentence(self.metric(metric).label)

    def counts(self, metric: str) -> bool:
        """Whether the label names the things counted: 'transactions', 'units sold', not 'stock on hand'."""
        found = self.metric(metric)
        label = in_sentence(found.label)
        countable = kind_of(found.unit) in ("count", "days") and "time" not in found.unit
        return countable and singular(label) != label

    def plural(self, metric: str) -> bool:
        """Whether the label takes 'were': 'discounts given', 'stock turns', not 'cost of goods'."""
        words = in_sentence(self.metric(metric).label).partition(" of ")[0].split()
        return any(word.endswith("s") and not word.endswith("ss") for word in (words[0], words[-1]))

    def figure(self, metric: str, value: object, unit: str | None = None) -> str:
        """As a table shows it. `unit` is the column's, where it names the currency."""
        found = self.metric(metric)
        return self.formats.figure(value, unit or found.unit, found.decimals)

    def said(self, metric: str, value: object, unit: str | None = None) -> str:
        """In a sentence: '4,210 units', '£48,210.55', '62.1%'."""
        found = self.metric(metric)
        shown = self.figure(metric, value, unit)
        if value is None or kind_of(found.unit) in ("money", "ratio") or found.unit == "count":
            return shown
        return f"{shown} {singular(found.unit) if shown == '1' else found.unit}"

    def adds_up(self, metric: str, dimensions: Iterable[str]) -> bool:
        """Whether the groups of these dimensions sum to the whole. A sale of two brands counts in both."""
        found = self.metric(metric)
        if not found.additive:
            return False
        wanted = [d for d in dimensions if d in found.dimensions]
        for measure in found.measures:
            at = next((at for at in measure.at if at.fact.carries(wanted)), None)
            if at is None or at.distinct:
                return False
        return True

    def denominator(self, metric: str) -> str:
        """What a ratio is a part of: 'completed orders with a due date'; '' for what is no ratio."""
        division = self.metric(metric).expression.find(exp.Div)
        if division is None:
            return ""
        names = [c.name for c in division.expression.find_all(exp.Column)]
        things = ["transactions" if n == "revenue" else n for n in names if n in self.catalogue.metrics]
        labels = [self.label(name) for name in things]
        return " or ".join(dict.fromkeys(labels))

    # Dimensions and their values ----------------------------------------------------------------

    def dimension(self, name: str, metric: str | None = None) -> Dimension:
        return self.catalogue.dimension(name, metric)

    def noun(self, name: str, count: int, filters: Sequence[Filter] = (), metric: str | None = None) -> str:
        """What one row of a breakdown is: 'brand', 'brands'; products of one type are 'frames'."""
        kept = [f for f in filters if isinstance(f, Condition) and f.field == "product_type" and f.op == "="]
        if name == "product" and kept:
            many = in_sentence(self.value("product_type", kept[0].value))
            return many if count != 1 else many[:-2] if many.endswith("lenses") else singular(many)
        one = in_sentence(self.dimension(name, metric).label)
        return one if count == 1 else plural(one)

    def value(self, name: str, stored: object, metric: str | None = None) -> str:
        """A stored value in a sentence. Known values of the trade lose their underscores."""
        dimension = self.dimension(name, metric)
        if stored is None:
            return f"no {in_sentence(dimension.label)}"
        if dimension.type == "hour" and str(stored).isdigit():
            return self.formats.hour(int(str(stored)))
        if dimension.type == "boolean":
            return "yes" if stored is True else "no"
        if dimension.type == "number":
            return self.formats.figure(stored, dimension.unit)
        if name == "product_type":
            known = dimension.values.get(spelling_key(str(stored)))
            if known is not None:
                return known.label
        text = plain(stored)
        known = dimension.values.get(spelling_key(str(stored)))
        if known is not None and text == text.lower():  # a code: 'hi_index_1_67'; what people wrote stays
            return in_sentence(known.label)
        return text.replace("_", " ") if dimension.values else text

    # Filters ------------------------------------------------------------------------------------

    def filters(self, filters: Sequence[Filter], metric: str | None = None) -> str:
        """All restrictions, to stand behind a metric, with a space before: ' for Nordhaven frames by Tom'."""
        subject: dict[str, str] = {}
        rest: list[str] = []
        for one in filters:
            name = one.field if isinstance(one, Condition) else ""
            if (
                isinstance(one, Condition)
                and name in _SUBJECT
                and one.op in ("=", "in")
                and name not in subject
            ):
                subject[name] = self._values(one, metric)
            else:
                rest.append(self._said(one, metric))
        of = " ".join(
            v.lower() if n == "product_type" else v
            for n, v in sorted(subject.items(), key=lambda item: _SUBJECT.index(item[0]))
        )
        return (f" for {of}" if of else "") + (f" {', '.join(rest)}" if rest else "")

    def _said(self, one: Filter, metric: str | None) -> str:
        match one:
            case Condition():
                return self._condition(one, metric)
            case AllOf():
                return " and ".join(self._said(part, metric) for part in one.all_)
            case AnyOf():
                return "either " + " or ".join(self._said(part, metric) for part in one.any_)
            case Not():
                inner = one.not_
                if isinstance(inner, Condition) and inner.op in ("=", "in") and inner.field not in _FLAGS:
                    return self._without(inner, metric)
                return f"not {self._said(inner, metric)}"
            case _:
                assert_never(one)

    def _condition(self, one: Condition, metric: str | None) -> str:
        if one.field in self.catalogue.metrics:  # a bound on a figure of the result
            return f"with {self.label(one.field)} {self._bound(one, self.metric(one.field).unit)}"
        if one.field.removesuffix("_share") in self.catalogue.metrics:
            return f"with a share {self._bound(one, 'ratio')}"
        if one.field in _FLAGS and isinstance(one.value, bool):
            return _FLAGS[one.field][one.value is not (one.op == "=")]
        dimension = self.dimension(one.field, metric)
        label = in_sentence(dimension.label)
        if isinstance(one.value, bool):
            return f"with {label}" if one.value is (one.op == "=") else f"without {label}"
        if one.op == "is null":
            return f"without a {label}"
        if one.op == "is not null":
            return f"with a {label}"
        if one.op in ("!=", "not in"):
            return self._without(one, metric)
        if one.field == "stock_quantity":
            return f"with {self._bound(one, dimension.unit).removeprefix('of ')} in stock"
        if one.op == "contains":
            return f"with “{plain(one.value)}” in the {label}"
        if one.op not in ("=", "in"):
            return f"with {label} {self._bound(one, dimension.unit)}"
        values = self._values(one, metric)
        if one.field == "weekday":
            values = listing([f"{v}s" if v in WEEKDAYS else v for v in self._each(one, metric)])
        return _PHRASES[one.field].format(values) if one.field in _PHRASES else f"with {label} {values}"

    def _without(self, one: Condition, metric: str | None) -> str:
        values = self._values(one, metric)
        phrase = _PHRASES.get(one.field, "")
        return (
            f"not {phrase.format(values)}"
            if phrase and not phrase.startswith("with")
            else f"without {values}"
        )

    def _bound(self, one: Condition, unit: str | None) -> str:
        if isinstance(one.value, tuple):
            shown_values = [self.formats.figure(v, unit) for v in one.value]
            if one.op == "between":
                return f"from {shown_values[0]} to {shown_values[-1]}"
            return f"of {listing(shown_values)}"
        return _BOUNDS.get(one.op, "of {}").format(self.formats.figure(one.value, unit))

    def _each(self, one: Condition, metric: str | None) -> list[str]:
        values = one.value if isinstance(one.value, tuple) else (one.value,)
        shown = [self.value(one.field, v, metric) for v in values]
        return [in_sentence(v) for v in shown] if one.field == "product_type" else shown

    def _values(self, one: Condition, metric: str | None) -> str:
        shown = self._each(one, metric)
        if len(shown) > 6:
            shown = [*shown[:5], f"{len(shown) - 5} more"]
        return listing(shown)
