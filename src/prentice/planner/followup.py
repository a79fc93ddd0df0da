"""A question that leans on the one before: "and by brand?", "same for August", "only Callum"."""

from __future__ import annotations

import re
from dataclasses import replace

from prentice.planner.amounts import can_limit
from prentice.planner.choice import LISTS
from prentice.planner.lexicon import models_with
from prentice.planner.reading import Reading
from prentice.planner.slots import Slots, ValueSlot
from prentice.semantic.calendars import last_day, shift
from prentice.semantic.dates import TimeMention
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS

_LIST_THEM = re.compile(r"\b(?:list|name|show(?: me)?|which are) (?:them|those|these|they)\b|\bwhich ones\b")
_PER_SALE = {"units_sold": "items_per_transaction", "revenue": "average_transaction_value"}
_SOLD = tuple((name,) for name in _PER_SALE)
_PRONOUNS = frozenset(["them", "those", "these", "they", "it"])
_GOES_ON = "by per in as with without for excluding only except split break just not"
_ELLIPTIC = frozenset(_GOES_ON.split())  # the first word of what goes on with the sentence before
_POLITE = frozenset(
    [
        "ok",
        "and",
        "so",
        "now",
        "then",
        "right",
        "great",
        "thanks",
        "please",
        "can",
        "you",
        "could",
        "show",
        "me",
    ]
)
_TAKES_UP = frozenset(
    ["and", "what", "how", "same", "now", "only", "just", "also", "but", "instead", "then", "ok", "make"]
)
_THAT = re.compile(
    r"\b(?:is|was|of|for|split|break|show|does|did|do|has|value|worth|what|put|give) (?:me )?that\b"
    r"(?! (?:are|is|were|was|have|has|had|did|we|our|sold|cost))"
    r"|\bthat (?:worth|split|down|by|in|as)\b|\bthat$"
)
_ADDS = frozenset(["also", "plus", "add", "too"])
_ONE_OF_THEM = re.compile(r"\b(?:which|what|who)(?: one)?(?: of (?:those|these|them))? (?:is|was|has|did)\b")


def leans_on_context(slots: Slots, reading: Reading) -> bool:
    """Whether the question is incomplete by itself: it names no metric, verb or subject of its own, or
    opens with a word that takes up the last one ("and", "same", "what about")."""
    words = [t.text for t in reading.tokens]
    if reading.grammar("back_ref"):
        return True  # "that year"
    complete = bool(
        slots.metrics or slots.sold or slots.money or slots.stocked or slots.listing or slots.overview
    )
    if not complete or (set(words) & _PRONOUNS and not slots.times) or _THAT.search(reading.text):
        return True
    if words and words[0] in _ELLIPTIC and not slots.times and len(words) <= 7:
        return True
    if (
        slots.stocked
        and not (slots.values or slots.dimensions or slots.target or slots.listing)
        and len(words) <= 5
    ):
        return True  # "how many are left?"
    if _opens_with_follow(reading) and words[0] in _TAKES_UP:
        return True
    several_words = bool(slots.metrics) and len(words) > 5
    broken_down = bool(slots.metrics) and bool(slots.dimensions or slots.grain)  # "patients by finding"
    whole = bool(slots.times or slots.target or slots.rank) or several_words or broken_down
    return not whole and len(words) <= 4


def _opens_with_follow(reading: Reading) -> bool:
    """Whether the first mention, past politeness, is a word that takes up the last question."""
    for mention in reading.mentions:
        if all(t.text in _POLITE for t in reading.tokens[: mention.start]):
            return mention.has("grammar", "follow") and mention.start == 0
    return False


def needs_context(reading: Reading, slots: Slots) -> bool:
    """Whether it takes up a question before it ("and by brand?", "same for August") and names no metric."""
    if slots.metrics or not reading.tokens:
        return False
    if _THAT.search(reading.text) or {t.text for t in reading.tokens} & {"them", "those", "these"}:
        return not (slots.target or slots.listing or slots.overview or slots.values)
    opening = " ".join(t.text for t in reading.tokens[:2])
    return reading.tokens[0].text in ("and", "same", "also", "instead", "but", "only", "then") or opening in (
        "what about",
        "how about",
        "what of",
        "just the",
        "now for",
        "now by",
    )


def stands_alone(before: Slots, now: Slots, catalogue: Catalogue) -> bool:
    """Whether it is a new question for all its "and": it names a figure of another part and a time."""
    if not now.metrics or not now.times or before.subject is None:
        return False
    return catalogue.metrics[now.metrics[0]].model != before.subject


def merge(before: Slots, now: Slots, reading: Reading, catalogue: Catalogue) -> Slots:
    """The slots of the earlier question, changed by what this one says."""
    if stands_alone(before, now, catalogue):
        return now
    now = _as_people_of(before, now)
    words = frozenset(t.text for t in reading.tokens)
    changes: dict[str, object] = {}
    _change_metrics(changes, before, now, words, catalogue)
    _change_times(changes, before, now, reading)
    _change_groups(changes, before, now, words)
    _change_ranking(changes, before, now, reading)
    _change_values(changes, before, now, reading, words, catalogue)
    _change_the_rest(changes, before, now, reading)
    per = changes.get("rank", before.rank) is not None and bool(changes.get("dimensions", before.dimensions))
    changes["per"] = per
    return before.with_(**changes)


_PERSON_OF = {"sales": "staff", "orders": "prescriber", "appointments": "practitioner"}


def _as_people_of(before: Slots, now: Slots) -> Slots:
    """ "and Priya?" after eye exams is she who examined, not she who sold."""
    person = _PERSON_OF.get(before.subject or "")
    if person is None or now.metrics:
        return now
    values = tuple(
        replace(v, dimension=person, models=(str(before.subject),))
        if v.dimension in _PERSON_OF.values()
        else v
        for v in now.values
    )
    target = person if now.target in _PERSON_OF.values() else now.target
    return now.with_(values=values, target=target)


def _change_metrics(
    changes: dict[str, object], before: Slots, now: Slots, words: frozenset[str], catalogue: Catalogue
) -> None:
    if now.metrics:
        changes["spent"] = now.spent
    late_ones = now.metrics == ("late_orders",) and before.metrics[:1] in (("open_orders",), ("orders",))
    if late_ones and words & {"them", "those", "these", "they"}:
        changes["late"] = True
    elif now.metrics == ("transactions",) and "per" in words and before.metrics[:1] in _SOLD:
        changes["metrics"] = (_PER_SALE[before.metrics[0]],)
    elif now.metrics == ("eye_exams",) and before.subject == "appointments" and before.metrics:
        if before.metrics != ("eye_exams",):  # "only eye exams", after a no-show rate
            exam = ValueSlot("appointment_type", "eye_examination", ("appointments",), words="eye exams")
            kept = tuple(v for v in before.values if v.dimension != "appointment_type")
            changes["values"] = (*kept, exam)
    elif now.metrics == ("orders",) and before.subject == "purchasing":
        changes["metrics"] = ("purchase_orders",)
    elif now.metrics:
        together = bool(words & {"also", "too"}) or {"as", "well"} <= words
        metrics = (*before.metrics, *now.metrics) if together else now.metrics
        changes["metrics"] = tuple(dict.fromkeys(metrics))
        changes["subject"] = catalogue.metrics[now.metrics[0]].model
        changes["sales_noun"], changes["counted"] = now.sales_noun, now.counted
    elif (now.sold and now.counted) or (
        now.rank is not None and now.rank.by_units and before.subject == "sales"
    ):
        changes["metrics"] = ("units_sold",)
    elif now.stocked and not now.sold and before.subject == "sales":  # "and in stock?"
        changes["metrics"], changes["subject"] = ("stock_on_hand",), "stock"
        changes["stocked"], changes["sold"], changes["rank"] = True, False, None
        changes["times"], changes["money"] = (), False
    elif now.money:
        changes["money"] = True
        if before.subject == "sales":
            changes["metrics"] = ("revenue",)


def _change_times(changes: dict[str, object], before: Slots, now: Slots, reading: Reading) -> None:
    grammar = {s.name for m in reading.mentions for s in m.senses}
    if now.times:
        changes["times"] = tuple(_in_year_of(t, before.times, reading) for t in now.times)
    elif (
        now.compared is not None
        and now.compared.back
        and "compare" not in grammar
        and reading.tokens[0].text in ("and", "what", "how", "same")
    ):
        changes["times"] = _moved_back(before.times, now.compared)
    if now.compare and "times" not in changes:
        changes["compare"], changes["compared"] = True, now.compared
        named = now.compared is not None and now.compared.role != "compare"
        if named and before.times and before.times[0].unit is None:
            changes["times"] = ()
        if before.grain and not (now.compared and now.compared.role == "compare"):
            changes["grain"], changes["trend"] = None, False


def _in_year_of(time: TimeMention, before: tuple[TimeMention, ...], reading: Reading) -> TimeMention:
    """ "just Q2" after "last year" is that year's: a part of a year without a year keeps the year said."""
    start, end = time.range.from_, time.range.to
    if time.role != "range" or time.unit not in ("month", "quarter") or start is None or end is None:
        return time
    if re.search(r"\b(?:19|20)\d\d\b|\b(?:this|last|next|previous|current)\b|to date|td\b", time.words):
        return time
    past = before[0].range if len(before) == 1 else None
    if past is None or past.from_ is None or past.to is None or past.from_.year != past.to.year:
        return time
    said = re.search(r"\b(?:19|20)\d\d\b|\b(?:last|previous) year\b", past.words)
    if not said or past.from_.year >= start.year:
        return time
    first = start.replace(year=past.from_.year)
    moved = time.range.model_copy(
        update={"from_": first, "to": last_day(time.unit, first), "words": f"{time.words} {first.year}"}
    )
    return replace(time, range=moved)


def _change_groups(changes: dict[str, object], before: Slots, now: Slots, words: frozenset[str]) -> None:
    asked = now.dimensions or ((now.target,) if now.target and now.rank is None else ())
    if not asked and not now.grain:
        return
    plus = bool(words & {"also", "too", "both"})
    groups = tuple(g for g in asked if g not in GRAINS)
    if before.rank is not None and before.target and now.rank is None and groups:
        changes["target"] = groups[0]
    elif before.rank is not None and now.target and now.rank is None and not now.dimensions:
        changes["target"], changes["singular"] = now.target, now.singular  # "who was it last month?"
    elif groups:
        changes["dimensions"] = (*before.dimensions, *groups) if plus else groups
        if before.grain and not plus and not now.grain:
            changes["grain"], changes["trend"] = None, False
    grain = now.grain or next((g for g in asked if g in GRAINS), None)
    if grain:
        changes["grain"] = grain
        if not plus and not groups:
            changes["dimensions"] = ()


def _change_ranking(changes: dict[str, object], before: Slots, now: Slots, reading: Reading) -> None:
    if now.rank is not None:
        one = _ONE_OF_THEM.search(reading.text) is not None and now.limit is None
        target = now.target or before.target or (before.dimensions[0] if before.dimensions else None)
        same_way = before.rank is not None and before.rank.descending == now.rank.descending
        kept = before.rank if same_way and not now.metrics and not now.rank.by_units else now.rank
        changes["rank"], changes["target"] = kept, target
        changes["limit"] = now.limit or (None if one else before.limit)
        changes["singular"] = one or (now.singular and not before.limit)
        changes["dimensions"] = tuple(d for d in (now.dimensions or before.dimensions) if d != target)
    elif now.limit is not None:
        changes["limit"], changes["singular"] = now.limit, False
    elif now.stray_numbers and can_limit(now.stray_numbers[0]) and before.rank is not None:
        changes["limit"], changes["singular"] = int(now.stray_numbers[0]), False
    for m in reading.mentions:
        if m.has("grammar", "ascending") and before.rank is not None and now.rank is None:
            changes["rank"] = replace(before.rank, descending=not before.rank.descending)


def _change_values(
    changes: dict[str, object],
    before: Slots,
    now: Slots,
    reading: Reading,
    words: frozenset[str],
    catalogue: Catalogue,
) -> None:
    if freed := _freed(reading):
        changes["values"] = tuple(v for v in before.values if v.dimension not in _kin(freed))
        changes["dimensions"] = tuple(d for d in before.dimensions if d not in freed)
        changes["target"] = None if before.target in freed else before.target
        return
    if not now.values:
        return
    changes["values"] = (*_kept(before.values, now.values, words), *now.values)
    subject = changes.get("subject", before.subject)
    for dimension in {v.dimension for v in now.values}:
        foreign = subject and subject not in models_with(catalogue, dimension)
        if foreign and not any(subject in v.models for v in now.values) and now.subject:
            changes["subject"] = now.subject
            if before.metrics and not now.metrics:
                changes["metrics"] = ()


def _kept(
    before: tuple[ValueSlot, ...], now: tuple[ValueSlot, ...], words: frozenset[str]
) -> tuple[ValueSlot, ...]:
    """The earlier restrictions that stay beside the new ones."""
    added = bool(words & _ADDS)
    said = {(v.dimension, v.negated) for v in now}
    kept = tuple(v for v in before if added or (v.dimension, v.negated) not in said)
    if added or "only" in words or any(v.negated for v in now):
        return kept
    replaced = _kin({v.dimension for v in now})
    return tuple(v for v in kept if v.dimension not in replaced)


def _freed(reading: Reading) -> set[str]:
    """ "all brands again": the dimensions that are no longer to be restricted."""
    freed = set()
    for mention in reading.mentions:
        sense = mention.sense("dimension")
        if sense and mention.start and reading.tokens[mention.start - 1].text in ("all", "every", "any"):
            freed.add(sense.name)
    return freed if len(reading.tokens) <= 6 else set()


def _change_the_rest(changes: dict[str, object], before: Slots, now: Slots, reading: Reading) -> None:
    if now.thresholds:
        changes["thresholds"] = now.thresholds
    if now.share_at is not None:
        changes["share_at"] = 0 if not now.values else now.share_at
    if now.by_type:
        changes["by_type"], changes["dimensions"] = True, ()
    changes["doubts"] = tuple(d for d in now.doubts if not _settled(d, before, now, reading))
    changes["contains"] = now.contains or before.contains
    changes["stray_numbers"] = () if "limit" in changes else now.stray_numbers
    changes["hours"] = now.hours or before.hours
    for flag in ("running", "trend", "duration", "sums", "averaged", "earned"):
        if getattr(now, flag):
            changes[flag] = True
    if now.listing:
        changes["listing"] = now.listing
    elif _LIST_THEM.search(reading.text) and before.metrics[:1] and before.metrics[0] in LISTS:
        changes["listing"], changes["metrics"] = LISTS[before.metrics[0]], ()
        changes["counted"], changes["target"], changes["listed"] = False, "product", True


def _settled(doubt: str, before: Slots, now: Slots, reading: Reading) -> bool:
    """Whether what is open in these words alone is told by the question before."""
    if doubt == "refers_back":  # "and the margin for that month?", after a question about one
        unit = before.times[0].unit if len(before.times) == 1 else None
        return unit is not None and f"that {unit}" in reading.text
    if doubt == "calculation":  # "and per transaction?"
        return now.metrics == ("transactions",) and before.metrics[:1] in _SOLD
    return False


def _kin(dimensions: set[str]) -> set[str]:
    """A brand said anew replaces an earlier model or product, and a type an earlier brand's product."""
    kin = set(dimensions)
    if dimensions & {"brand", "product_type", "category"}:
        kin |= {"product", "model"}
    return kin


def _moved_back(times: tuple[TimeMention, ...], other: TimeMention) -> tuple[TimeMention, ...]:
    """ "and the year before?": the same period, that far back."""
    if not times or other.back is None or times[0].range.from_ is None or times[0].range.to is None:
        return times
    base, (unit, count) = times[0], other.back
    start = shift(base.range.from_, unit, -count)  # type: ignore[arg-type]
    end = last_day(base.unit, start) if base.unit else shift(base.range.to, unit, -count)  # type: ignore[arg-type]
    moved = base.range.model_copy(update={"from_": start, "to": end, "words": other.words})
    return (TimeMention(base.start, base.end, moved, "range", base.unit),)
