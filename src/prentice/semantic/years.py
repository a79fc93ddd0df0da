"""Questions about patients are answered by whole calendar years: nothing finer is held about a person."""

from __future__ import annotations

from datetime import date

from prentice.errors import BadQuery
from prentice.semantic.model import Catalogue
from prentice.semantic.people_shape import Span
from prentice.semantic.query import Query, Range

MODEL = "patients"


def of_patients(query: Query, catalogue: Catalogue) -> bool:
    """Whether every metric is of the patients. Raises `BadQuery` where some are not, or one is unknown."""
    names = (*query.metrics, *query.shares, *query.running_totals)
    found = {catalogue.metric(name).model for name in names}
    if MODEL not in found:
        return False
    if len(found) > 1:
        raise BadQuery(
            "Patients are counted in a copy of their own, in which nobody can be named: their figures cannot "
            "stand beside sales, stock, orders or appointments in one answer.",
            "Ask for the two apart.",
        )
    return True


def in_years(query: Query, today: date) -> tuple[Query, tuple[str, ...]]:
    """The query by whole years, and the sentences that say so where it asked for something finer.

    >>> from prentice.semantic.query import Query
    >>> month = {"from": "2025-03-01", "to": "2025-03-31", "words": "March 2025"}
    >>> asked = Query.model_validate({"metrics": ["patients"], "range": month})
    >>> query, notes = in_years(asked, date(2026, 10, 31))
    >>> query.range.to.isoformat(), notes
    ('2025-12-31', ('Only years exist for patients, so this is of the whole of 2025.',))
    """
    notes: list[str] = []
    changes: dict[str, object] = {}
    if query.grain and query.grain != "year":
        changes["grain"] = "year"
        notes.append(f"Only years exist for patients, so this is by year and not by {query.grain}.")
    if query.range:
        whole = _whole(query.range, today)
        if not _same(whole, query.range):
            notes.append(f"Only years exist for patients, so this is of the whole of {_said(whole)}.")
        changes["range"] = whole
    if query.compare:
        other = _whole(query.compare.range, today)
        if query.range and span_of(other) == span_of(_whole(query.range, today)):
            raise BadQuery(
                "Only years exist for patients, and both periods lie in the same year.",
                "Compare a year with another one.",
            )
        changes["compare"] = query.compare.model_copy(update={"range": other, "like_for_like": None})
        if not _same(other, query.compare.range):
            notes.append(
                f"Only years exist for patients, so it is compared with the whole of {_said(other)}."
            )
    return (query.model_copy(update=changes) if changes else query), tuple(notes)


def span_of(days: Range | None) -> Span:
    """The calendar years of a range; all of them where it has no dates."""
    if days is None:
        return Span()
    return Span(days.from_.year if days.from_ else None, days.to.year if days.to else None)


def _whole(days: Range, today: date) -> Range:
    first = days.from_.replace(month=1, day=1) if days.from_ else None
    last = days.to.replace(month=12, day=31) if days.to else None
    if last and last.year == today.year:
        last = today  # the year so far
    return days.model_copy(update={"from_": first, "to": last})


def _same(whole: Range, asked: Range) -> bool:
    """Whether the years are what was asked for; a year under way may end today or with its last day."""
    ends = whole.to == asked.to or (whole.to is not None and asked.to is not None and asked.to > whole.to)
    return whole.from_ == asked.from_ and ends


def _said(whole: Range) -> str:
    years = [str(day.year) for day in (whole.from_, whole.to) if day]
    if len(years) == 2:
        return years[0] if years[0] == years[1] else f"{years[0]} to {years[1]}"
    return f"the years {'from' if whole.from_ else 'to'} {years[0]}" if years else "all years"
