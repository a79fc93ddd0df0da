"""Words that take a part of a period, or a run of days beside it: "first half of", "three months to"."""

from __future__ import annotations

import re
from datetime import date, timedelta

from prentice.semantic.calendars import WEEKDAYS, Span, add_months, last_day, unit_from_word
from prentice.semantic.time_dates import nth_days
from prentice.semantic.time_vocabulary import COMPARING, ORDINALS, TO, VOID, WEEKDAY, N, Point, before
from prentice.semantic.time_words import days_of_month, nth_weekday, number

_SATURDAY = 6
_NTH = r"(\d{1,2})(?:st|nd|rd|th)"
_PART = before(
    rf"(?:the )?(?:very )?({'|'.join(ORDINALS)})(?: {N})? "
    rf"(days?|weeks?|fortnights?|weekends?|months?|quarters?|half|{WEEKDAY}) (?:of|in)"
)
_DAYS_OF = before(
    rf"(?:(?:between (?:the )?{_NTH} and|(?:from |on )?(?:the )?{_NTH}\s*(?:(and)|up to|{TO}))"
    rf"\s*(?:the )?{_NTH} of"
    ")"
)
_DAY_OF = before(rf"(?:on )?(?:the )?{_NTH} of|(?:on )?the (first|second|third|fourth|fifth) of")
_RUN = before(
    rf"(?:the )?(?:last |past |previous )?{N} (days?|weeks?|fortnights?|months?|quarters?|years?) "
    r"((?:up )?to|until|through|ended|ending)(?: and including)?(?: on| in| with)?(?: the end of)?"
)
_RUN_ENDED = before(r"(?:the )?()(month|quarter|year) (ended|ending)(?: on| in| with)?(?: the end of)?")
_RUN_BESIDE = before(
    rf"(?:the|in) {N} (days?|weeks?|fortnights?|months?|quarters?|years?) "
    r"(before|prior to|up to|after|following)"
)
_OF_MONTH = re.compile(
    r",?\s*(before|up to(?: and including)?|until|till|to|through|after|from|since|on|by)?\s*"
)


def is_led_by_a_part(text: str) -> bool:
    """Whether `text` ends in words of which "the month" or "the year" is the period."""
    return any(p.search(text) for p in (_PART, _DAYS_OF, _DAY_OF))


def with_parts(text: str, points: list[Point], today: date) -> list[Point]:
    """The points, each with the words before it that take a part of it or a run of days beside it."""
    whole: list[Point] = []
    for start, end, span in points:
        led = _led(text[:start], span) if span is not VOID else None
        if led is None:
            whole.append((start, end, span))
            continue
        from_, part = led
        while whole and whole[-1][1] > from_:  # "last month" in "last month of 2025"
            whole.pop()
        whole.append((from_, end, part))
    return _with_days_of_month(text, [p for p in whole if p[2] is not VOID], today)


def _led(text: str, whole: Span) -> tuple[int, Span] | None:
    """From where words lead to `whole`, and what they make of it; VOID where it has no such part."""
    if m := _PART.search(text):
        return m.start(), _part(ORDINALS[m[1]], number(m[2]) if m[2] else 1, m[3], whole) or VOID
    if whole.unit == "month" and (m := _DAYS_OF.search(text)):
        days = int(m[1] or m[2]), int(m[4])
        if m[3] and days[1] != days[0] + 1:  # "the 3rd and the 5th of last month"
            return m.start(), VOID
        return m.start(), days_of_month(*days, whole.start) or VOID
    if whole.unit == "month" and (m := _DAY_OF.search(text)):
        day = int(m[1]) if m[1] else ORDINALS[m[2]]
        return m.start(), days_of_month(day, day, whole.start) or VOID
    if whole.unit not in ("day", "week", "month"):
        return None
    if m := _RUN.search(text) or _RUN_ENDED.search(text):
        if m[3] == "to" and COMPARING.search(text[: m.start()]):  # "compare the last 3 months to March"
            return None
        return m.start(), _run_to(whole.end, number(m[1]) if m[1] else 1, m[2].rstrip("s"))
    if m := _RUN_BESIDE.search(text):
        count, unit = number(m[1]), m[2].rstrip("s")
        if m[3] in ("after", "following"):
            first = whole.end + timedelta(days=1)
            return m.start(), Span(first, _run_from(first, count, unit), None)
        return m.start(), _run_to(whole.start - timedelta(days=1), count, unit)
    return None


def _part(nth: int, count: int, word: str, whole: Span) -> Span | None:
    """The `nth` of the parts of `whole`, -1 the last, or the first or last `count` of them."""
    if count < 1 or (count > 1 and nth not in (1, -1)):
        return None
    word = word if word in WEEKDAYS else word.rstrip("s")
    last = whole.end + timedelta(days=1)
    months = (last.year - whole.start.year) * 12 + last.month - whole.start.month
    whole_months = months > 0 and whole.start.day == last.day == 1
    one_month = whole_months and months == 1
    if word in WEEKDAYS or word == "weekend":
        if not one_month or count > 1:
            return None
        day = nth_weekday(WEEKDAYS.get(word, _SATURDAY), nth, whole.start)
        if day > whole.end:
            return None
        return Span(day, day + timedelta(days=1), None) if word == "weekend" else Span(day, day, "day")
    if word in ("week", "fortnight"):
        return _of_days(nth, 7 if word == "week" else 14, count, whole) if one_month else None
    if word == "day":
        return _of_days(nth, 1, count, whole) if whole.end > whole.start else None
    if word == "half" and one_month and count == 1:
        middle = whole.start.replace(day=15)
        return {
            1: Span(whole.start, middle, None),
            2: Span(middle + timedelta(days=1), whole.end, None),
            -1: Span(middle + timedelta(days=1), whole.end, None),
        }.get(nth)
    size = {"month": 1, "quarter": 3, "half": 6}[word]
    aligned = whole_months and months > size and (whole.start.month - 1) % size == 0 and months % size == 0
    if not aligned or max(nth, count) * size > months or (word == "half" and months != 12):
        return None
    start = add_months(whole.start, (nth - 1) * size) if nth > 0 else add_months(last, -count * size)
    end = add_months(start, count * size) - timedelta(days=1)
    one = count == 1 and word != "half"
    return Span(start, end, unit_from_word(word) if one else None)


def _of_days(nth: int, size: int, count: int, whole: Span) -> Span | None:
    """Runs of `size` days: the second week of a month is its days 8 to 14, its last week the last seven."""
    length = timedelta(days=size * count)
    if nth < 0:
        start, end = whole.end - length + timedelta(days=1), whole.end
    else:
        start = whole.start + timedelta(days=size * (nth - 1))
        end = min(start + length - timedelta(days=1), whole.end)
    if start < whole.start or start > end or length > whole.end - whole.start + timedelta(days=1):
        return None
    return Span(start, end, "day" if start == end else None)


def _run_to(end: date, count: int, unit: str) -> Span:
    """That many units up to `end`: whole months where `end` is the last day of one."""
    if (days := _DAYS.get(unit)) is not None:
        return Span(end - timedelta(days=days * count - 1), end, None) if count else VOID
    months = _MONTHS[unit] * count
    if not months:
        return VOID
    if end == last_day("month", end):
        return Span(add_months(end.replace(day=1), 1 - months), end, "month" if months == 1 else None)
    return Span(add_months(end, -months) + timedelta(days=1), end, None)


def _run_from(start: date, count: int, unit: str) -> date:
    """The last day of that many units from `start` on."""
    if (days := _DAYS.get(unit)) is not None:
        return start + timedelta(days=max(days * count, 1) - 1)
    return add_months(start, max(_MONTHS[unit] * count, 1)) - timedelta(days=1)


_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _with_days_of_month(text: str, points: list[Point], today: date) -> list[Point]:
    """ "The 15th" counted in the month said before it: "October before the 15th", "5 October to the 12th"."""
    joined: list[Point] = []
    for start, end, span in points:
        days = nth_days(text[start:end])
        if days and joined:
            from_, to, other = joined[-1]
            link = text[to:start]
            if other.unit == "month" and (m := _OF_MONTH.fullmatch(link)):
                part = _part_of_month(other, m[1] or "on", days)
                if part:
                    joined[-1] = (from_, end, part)
                    continue
            if other.unit == "day" and other.start <= today and nth_days(text[from_:to]) is None:
                month = other.start.replace(day=1)
                if days[0] < other.start.day:
                    month = add_months(month, 1)
                span = days_of_month(*days, month) or span
        joined.append((start, end, span))
    return joined


def _part_of_month(month: Span, link: str, days: tuple[int, int]) -> Span | None:
    last = month.end.day
    match link.split()[0]:
        case "before":
            return days_of_month(1, days[0] - 1, month.start) if days[0] > 1 else None
        case "after":
            return days_of_month(days[0] + 1, last, month.start)
        case "from" | "since" if days[0] == days[1]:
            return days_of_month(days[0], last, month.start)
        case "on" | "from":
            return days_of_month(*days, month.start)
        case _:
            return days_of_month(1, days[0], month.start) if days[0] == days[1] else None
