"""A question that leans on the one before: "and by brand?", "same for August", "only Callum"."""

from __future__ import annotations

from dataclasses import replace

from prentice.planner.lexicon import models_with
from prentice.planner.reading import Reading
from prentice.planner.slots import Slots
from prentice.semantic.calendars import last_day, shift
from prentice.semantic.dates import TimeMention
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS

_PRONOUNS = frozenset(["them", "those", "these", "they", "it"])
_ELLIPTIC = frozenset(
    [
        "by",
        "per",
        "in",
        "as",
        "with",
        "without",
        "for",
        "excluding",
        "only",
        "except",
        "split",
        "break",
        "just",
        "not",
    ]
)


def leans_on_context(slots: Slots, reading: Reading) -> bool:
    """Whether the question is incomplete by itself: it names no metric, verb or subject of its own, or
    opens with a word that takes up the last one ("and", "same", "what about")."""
    first = next(
        (
            m
            for m in reading.mentions
            if m.start == 0
            or all(
                t.text
                in (
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
                )
                for t in reading.tokens[: m.start]
            )
        ),
        None,
    )
    opens = first is not None and first.has("grammar", "follow") and first.start == 0
    complete = (
        bool(slots.metrics)
        or slots.sold
        or slots.money
        or slots.stocked
        or slots.listing is not None
        or slots.overview
    )
    if not complete or ({t.text for t in reading.tokens} & _PRONOUNS and not slots.times):
        return True
    if (
        reading.tokens
        and reading.tokens[0].text in _ELLIPTIC
        and not slots.times
        and len(reading.tokens) <= 7
    ):
        return True
    whole = (
        bool(slots.times)
        or slots.target is not None
        or slots.rank is not None
        or (len(slots.metrics) and len(reading.tokens) > 5)
    )
    if opens and reading.tokens[0].text in (
        "and",
        "what",
        "how",
        "same",
        "now",
        "only",
        "just",
        "also",
        "but",
        "instead",
        "then",
        "ok",
        "make",
    ):
        return True
    return not whole and len(reading.tokens) <= 4


def needs_context(reading: Reading, slots: Slots) -> bool:
    """Whether it takes up a question before it ("and by brand?", "same for August") and names no metric."""
    if slots.metrics or not reading.tokens:
        return False
    opening = " ".join(t.text for t in reading.tokens[:2])
    return reading.tokens[0].text in ("and", "same", "also", "instead", "but", "only", "then") or opening in (
        "what about",
        "how about",
        "what of",
        "just the",
        "now for",
        "now by",
    )


def merge(before: Slots, now: Slots, reading: Reading, catalogue: Catalogue) -> Slots:
    """The slots of the earlier question, changed by what this one says."""
    changes: dict[str, object] = {}
    words = {t.text for t in reading.tokens}
    metrics = tuple(m for m in now.metrics)
    if (
        metrics == ("late_orders",)
        and before.metrics[:1] in (("open_orders",), ("orders",))
        and words & {"them", "those", "these", "they"}
    ):
        changes["late"] = True
    elif metrics:
        together = "also" in words or "too" in words or ("as" in words and "well" in words)
        changes["metrics"] = tuple(dict.fromkeys((*before.metrics, *metrics))) if together else metrics
        changes["subject"] = catalogue.metrics[metrics[0]].model
    elif (now.sold and now.counted) or (
        now.rank is not None and now.rank.by_units and before.subject == "sales"
    ):
        changes["metrics"] = ("units_sold",)
    if now.times:
        changes["times"] = now.times
    elif (
        now.compared is not None
        and now.compared.back
        and "compare" not in {s.name for m in reading.mentions for s in m.senses}
        and reading.tokens[0].text in ("and", "what", "how", "same")
    ):
        changes["times"] = _moved_back(before.times, now.compared)
    if now.compare and "times" not in changes:
        changes["compare"], changes["compared"] = True, now.compared
        if (
            now.compared is not None
            and before.times
            and before.times[0].unit is None
            and now.compared.role != "compare"
        ):
            changes["times"] = ()
        if before.grain and not (now.compared and now.compared.role == "compare"):
            changes["grain"], changes["trend"] = None, False
    asked_groups = now.dimensions or ((now.target,) if now.target and now.rank is None else ())
    if asked_groups or now.grain:
        plus = "also" in words or "too" in words or "both" in words
        groups = tuple(g for g in asked_groups if g not in GRAINS)
        if before.rank is not None and before.target and now.rank is None and groups:
            changes["target"] = groups[0]
        elif groups:
            changes["dimensions"] = (*before.dimensions, *groups) if plus else groups
            if before.grain and not plus and not now.grain:
                changes["grain"], changes["trend"] = None, False
        grain = now.grain or next((g for g in asked_groups if g in GRAINS), None)
        if grain:
            changes["grain"] = grain
            if not plus and not groups:
                changes["dimensions"] = ()
    if now.rank is not None:
        changes["rank"], changes["limit"], changes["singular"] = (
            now.rank,
            now.limit or before.limit,
            now.singular and not before.limit,
        )
        target = now.target or before.target or (before.dimensions[0] if before.dimensions else None)
        changes["target"] = target
        changes["dimensions"] = tuple(d for d in (now.dimensions or before.dimensions) if d != target)
    elif now.limit is not None:
        changes["limit"], changes["singular"] = now.limit, False
    if now.values:
        said = {(v.dimension, v.negated) for v in now.values}
        dimensions = {v.dimension for v in now.values}
        added = bool(words & {"also", "plus", "add", "too"})
        kept = tuple(v for v in before.values if (v.dimension, v.negated) not in said or added)
        if not any(v.negated for v in now.values) and "only" not in words and not added:
            kept = tuple(v for v in kept if v.dimension not in _kin(dimensions))
        changes["values"] = (*kept, *now.values)
        subject = changes.get("subject", before.subject)
        for dimension in dimensions:
            if (
                subject
                and subject not in models_with(catalogue, dimension)
                and not any(subject in v.models for v in now.values)
                and now.subject
            ):
                changes["subject"] = now.subject
                if before.metrics and not metrics:
                    changes["metrics"] = ()
    if now.thresholds:
        changes["thresholds"] = now.thresholds
    if now.share_at is not None:
        changes["share_at"] = 0 if not now.values else now.share_at
    if now.by_type:
        changes["by_type"], changes["dimensions"] = True, ()
    if now.stray_numbers and before.rank is not None and now.rank is None:
        changes["limit"], changes["singular"] = int(now.stray_numbers[0]), False
    changes["doubts"], changes["contains"] = now.doubts, now.contains or before.contains
    changes["stray_numbers"] = () if "limit" in changes else now.stray_numbers
    if now.running:
        changes["running"] = True
    if now.trend:
        changes["trend"] = True
    if now.listing:
        changes["listing"] = now.listing
    for m in reading.mentions:
        if m.has("grammar", "ascending") and before.rank is not None and now.rank is None:
            changes["rank"] = replace(before.rank, descending=not before.rank.descending)
    per = changes.get("rank", before.rank) is not None and bool(changes.get("dimensions", before.dimensions))
    changes["per"] = per
    return before.with_(**changes)


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
