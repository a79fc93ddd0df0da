""" "How this was worked out": what ran, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from prentice.ask.contract import Answer
from prentice.ask.format import Formats, plain
from prentice.ask.knowing import FORMULA

_OPERATORS = {
    "=": "is",
    "!=": "is not",
    "in": "is one of",
    "not in": "is none of",
    "contains": "contains",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "is null": "is not recorded",
    "is not null": "is recorded",
}
_STEPS = {
    "plan": "understanding",
    "retrieve": "looking up",
    "write": "putting it into words",
    "solve": "calculating",
    "run": "counting",
    "check": "checking",
    "answer": "writing",
}


@dataclass(frozen=True, slots=True)
class Working:
    """The evidence behind an answer, each part ready to be read."""

    understood: tuple[str, ...]
    definitions: tuple[tuple[str, str], ...]  # metric's label, what it means
    dates: str
    compared_with: str
    filters: tuple[str, ...]
    sql: str
    parameters: tuple[tuple[str, str], ...]
    timing: str
    source: str  # from the database or from the cache; '' where nothing was counted
    passages: tuple[str, ...]  # what was quoted
    calculator: str


def working(answer: Answer, formats: Formats) -> Working | None:
    """None where nothing ran."""
    passages = tuple(dict.fromkeys(c.title for c in answer.citations if c.id != FORMULA))
    calculators = [c.title for c in answer.citations if c.id == FORMULA]
    counted = answer.sql is not None or bool(answer.definitions)
    if not (counted or passages or calculators):
        return None
    labels = {c.metric: c.label for c in answer.columns if c.metric and c.label and c.name == c.metric}
    query = answer.query or {}
    parameters = answer.parameters if isinstance(answer.parameters, dict) else {}
    return Working(
        understood=tuple(u.words for u in answer.understood),
        definitions=tuple(
            (labels.get(name) or titled(name), meaning) for name, meaning in answer.definitions.items()
        ),
        dates=_dates(answer, formats),
        compared_with=_compared(answer, formats),
        filters=tuple(said(f) for f in [*query.get("filters", ()), *query.get("having", ())]),
        sql=answer.sql or "",
        parameters=tuple((name, plain(value, 200)) for name, value in parameters.items()),
        timing=_timing(answer.timing_ms),
        source=_source(answer) if counted else "",
        passages=passages,
        calculator="; ".join(calculators),
    )


def _source(answer: Answer) -> str:
    if answer.cached:
        return "From the cache; the data has not changed since it was counted."
    return f"Counted in the practice's {'anonymised copy' if _of_people(answer) else 'database'} just now."


def _of_people(answer: Answer) -> bool:
    return "FROM anonymised." in (answer.sql or "")


def titled(name: str) -> str:
    """A name as a heading: 'units_sold' -> 'Units sold'; what is a label already stays."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def said(filter: Mapping[str, Any]) -> str:
    """A filter of a Query in words.

    >>> said({"or": [{"field": "brand", "op": "=", "value": "Reef"}, {"field": "brand", "op": "is null"}]})
    'brand is Reef, or brand is not recorded'
    """
    for key, joint in (("and", "and"), ("or", "or")):
        if key in filter:
            return f", {joint} ".join(said(part) for part in filter[key])
    if "not" in filter:
        return f"not ({said(filter['not'])})"
    field = str(filter.get("field", "")).replace("_", " ")
    op, value = str(filter.get("op", "=")), filter.get("value")
    if op == "between" and isinstance(value, list | tuple) and len(value) == 2:
        return f"{field} is between {plain(value[0])} and {plain(value[1])}"
    phrase = _OPERATORS.get(op, op)
    if value is None:
        return f"{field} {phrase}"
    if isinstance(value, list | tuple):
        return f"{field} {phrase} {', '.join(_value(v) for v in value)}"
    return f"{field} {phrase} {_value(value)}"


def _value(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else plain(value)


def _span(from_: str | None, to: str | None, formats: Formats) -> str:
    start = date.fromisoformat(from_) if from_ else None
    end = date.fromisoformat(to) if to else None
    if start and end:
        return formats.span(start, end)
    if start:
        return f"since {formats.day(start)}"
    return f"up to {formats.day(end)}" if end else ""


def _dates(answer: Answer, formats: Formats) -> str:
    if answer.range is None:
        return ""
    days = _span(answer.range.from_, answer.range.to, formats)
    words = answer.range.words
    return f"{words}: {days}" if words and days and words not in days else days or words


def _compared(answer: Answer, formats: Formats) -> str:
    other = answer.range.compared_with if answer.range else None
    if not other:
        return ""
    days = _span(other.get("from"), other.get("to"), formats)
    words = str(other.get("words") or "")
    return f"{words}: {days}" if words and days and words not in days else days or words


def _timing(timing: Mapping[str, float]) -> str:
    total = timing.get("total")
    if total is None:
        return ""
    stages = [f"{words} {_ms(timing[name])}" for name, words in _STEPS.items() if timing.get(name, 0) >= 0.5]
    return f"{_ms(total)} in all" + (f" ({', '.join(stages)})" if stages else "")


def _ms(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 1 else "under 1 ms"
