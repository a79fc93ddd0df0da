"""Are an answer's rows the gold's? The rules are those of tests/questions/README.md, "Scoring"."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

Row = tuple[Any, ...]
_SAMPLE = 40  # rows of the gold that tell which columns could be meant; all of them are compared later
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def same_rows(
    answer: Sequence[Sequence[Any]],
    gold: Sequence[Sequence[Any]],
    *,
    ordered: bool,
    optional: frozenset[int] = frozenset(),
    loose: bool = False,
) -> bool:
    """Whether the answer shows the gold: the same rows, and each gold column in a column of its own."""
    if not gold or not answer:
        return _both_nothing(answer, gold)
    width = len(gold[0])
    if len(answer) != len(gold):
        answer, gold = _without_empty_periods(answer), _without_empty_periods(gold)
        if len(answer) != len(gold) or not answer:
            return False
    wanted = [c for c in range(width) if c not in optional]
    agree = _loosely if loose else _agrees
    for columns in _assignments(answer, gold, wanted, agree):
        shown = [tuple(row[c] for c in columns) for row in answer]
        told = [tuple(row[c] for c in wanted) for row in gold]
        if _match(shown, told, ordered, agree):
            return True
    return False


def _both_nothing(answer: Sequence[Sequence[Any]], gold: Sequence[Sequence[Any]]) -> bool:
    """One of them has no row; the other has none either, or one that holds nothing but zeros and nulls."""
    rows = [*answer, *gold]
    return len(rows) <= 1 and all(
        len(row) <= 4 and all(_number(v) in (None, 0.0) and not isinstance(v, str) for v in row)
        for row in rows
    )


def _without_empty_periods(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return [row for row in rows if any(_number(v) not in (None, 0.0) for v in row[1:])]


def _assignments(
    answer: Sequence[Sequence[Any]],
    gold: Sequence[Sequence[Any]],
    wanted: list[int],
    agree: Callable[[Any, Any], bool],
) -> list[tuple[int, ...]]:
    """Ways to give each wanted gold column a column of the answer that could hold the same values."""
    width = len(answer[0])
    sample = gold[:_SAMPLE]
    possible = [
        [a for a in range(width) if all(any(agree(row[a], told[g]) for row in answer) for told in sample)]
        for g in wanted
    ]
    if not all(possible):
        return []
    return [
        p
        for p in permutations(range(width), len(wanted))
        if all(a in fits for a, fits in zip(p, possible, strict=True))
    ]


def _match(shown: list[Row], told: list[Row], ordered: bool, agree: Callable[[Any, Any], bool]) -> bool:
    """Each row shown is one told; where `ordered`, in its place but for rows that tie."""

    def equal(a: Row, b: Row) -> bool:
        return all(agree(x, y) for x, y in zip(a, b, strict=True))

    if ordered and all(equal(a, b) for a, b in zip(shown, told, strict=True)):
        return True
    left = list(told)
    for row in shown:
        found = next((i for i, other in enumerate(left) if equal(row, other)), None)
        if found is None:
            return False
        left.pop(found)
    if not ordered:
        return True
    # Rows that tie in a metric may change places: each column of numbers must run as the gold's does.
    numeric = [c for c in range(len(told[0])) if all(_number(r[c]) is not None for r in told)]
    return any(all(agree(a[c], b[c]) for a, b in zip(shown, told, strict=True)) for c in numeric)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float | Decimal):
        return None if isinstance(value, float) and math.isnan(value) else float(value)
    return None


def _agrees(a: Any, b: Any) -> bool:
    x, y = _number(a), _number(b)
    if x is not None and y is not None:
        return abs(x - y) <= max(1e-6, 1e-6 * abs(y)) or (abs(y) >= 1 and abs(x - y) <= 0.0051)
    if a is None or b is None:
        return (a is None or x == 0) and (b is None or y == 0)
    return _text(a) == _text(b) or _period(a, b) or _period(b, a)


def _loosely(a: Any, b: Any) -> bool:
    return _agrees(a, b) or re.sub(r"[\s_-]+", " ", _text(a)) == re.sub(r"[\s_-]+", " ", _text(b))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip().casefold()
    return text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\dt.*", text) else text


def _period(short: Any, full: Any) -> bool:
    """2026-09, 2026-Q3 or 2026 for a first day; 1 to 7 or three letters for a weekday."""
    text, day = _text(short), _text(full)
    if day in _DAYS:
        return text == day[:3] or text == str(_DAYS.index(day) + 1)
    m = re.fullmatch(r"(\d{4})-(\d\d)-01", day)
    if not m:
        return False
    quarter = f"{m[1]}-q{(int(m[2]) + 2) // 3}"
    return text in {f"{m[1]}-{m[2]}", quarter} or (m[2] == "01" and text == m[1])
