"""Numbers of a question: how many rows are wanted ("top 3"), and bounds ("over £500", "fewer than 5")."""

from __future__ import annotations

from prentice.planner.reading import Reading
from prentice.planner.slots import Threshold
from prentice.semantic.query import Operator

_CURRENCY = {"£", "$", "€"}
_UNITS = {
    "units": ("unit", "pair", "piece", "item", "frame", "lens", "left", "box", "time"),
    "days": ("day",),
    "ratio": ("%", "percent", "pct"),
    "currency": ("pound", "dollar", "euro", "quid", "buck", "gbp", "usd", "eur", "k", "grand"),
    "transactions": ("sale", "transaction"),
    "orders": ("order", "job"),
    "appointments": ("appointment",),
    "refunds": ("refund",),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
MONEY = frozenset(
    ["pounds", "dollars", "euros", "money", "value", "cash", "£", "$", "€", "gbp", "usd", "eur", "sterling"]
)
_SKIP = frozenset(["a", "an", "the", "of", "just", "only", "about", "to", "each", "than"])


def _neighbour_rank(reading: Reading, index: int) -> bool:
    before, after = reading.before(index), reading.after(index + 1)
    word_before = reading.tokens[index - 1].text if index else ""
    if word_before in ("first", "just", "only") or (
        word_before in ("me", "show", "list") and _ranked(reading)
    ):
        return True
    return bool((before and before.has("rank")) or (after and after.has("rank")))


def _ranked(reading: Reading) -> bool:
    return any(m.has("rank") for m in reading.mentions)


def can_limit(value: float) -> bool:
    """Whether so many lines can be asked for: a whole number from 1 to 1,000."""
    return 1 <= value <= 1000 and value == int(value)


def find_limit(
    reading: Reading, ranked: bool, target: str | None, plural: bool
) -> tuple[int | None, bool, set[int]]:
    """(limit or None, whether one is asked for, indexes of number tokens used)."""
    for index, value in reading.numbers:
        if not can_limit(value):
            continue
        before = reading.before(index)
        if before and before.has("threshold"):
            continue
        after = reading.after(index + 1)
        counts_things = after is not None and (
            after.has("dimension") or after.has("value") or bool(after.matches)
        )
        if _neighbour_rank(reading, index) or (ranked and counts_things):
            return int(value), False, {index}
    return None, ranked and not plural, set()


def find_thresholds(
    reading: Reading, metric_at: list[tuple[int, str]], used: set[int]
) -> tuple[Threshold, ...]:
    """Bounds, each with the metric named nearest before it (else the first after it)."""
    found: list[Threshold] = []
    numbers = dict(reading.numbers)
    for index, value in reading.numbers:
        if index in used:
            continue
        op, start = _operator(reading, index)
        upper: float | None = None
        if op == "between":
            second = next((i for i in range(index + 1, index + 4) if i in numbers), None)
            if second is None:
                continue
            used.add(second)
            upper, end = numbers[second], second
        else:
            end = index
        op, end = _trailing(reading, op, end)
        if op is None:
            continue
        used.add(index)
        unit = _unit(reading, index, end)
        metric = next((name for at, name in reversed(metric_at) if at < start), None)
        if metric is None:
            metric = next((name for at, name in metric_at if at > end), None)
        scale = 0.01 if unit == "ratio" else 1.0
        found.append(Threshold(op, value * scale, upper * scale if upper is not None else None, metric, unit))
    return tuple(found)


def _operator(reading: Reading, index: int) -> tuple[Operator | None, int]:
    """The bound said before the number at `index`, and the token where its words begin."""
    i = index
    while i > 0 and (reading.tokens[i - 1].text in _CURRENCY | _SKIP):
        if (m := reading.before(i)) and m.has("threshold"):
            break
        i -= 1
    mention = reading.before(i)
    if mention and (sense := mention.sense("threshold")):
        negated = mention.start > 0 and reading.tokens[mention.start - 1].text == "not"
        turned: dict[str, Operator] = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}
        op: Operator = sense.name  # type: ignore[assignment]
        return (turned[op] if negated else op), mention.start
    if i > 0 and reading.tokens[i - 1].text == "between":
        return "between", i - 1
    return None, index


def _trailing(reading: Reading, op: Operator | None, end: int) -> tuple[Operator | None, int]:
    """A bound said after its number: "10 or more", "3 units or less". Else `op` and `end` as they were."""
    words = [t.text for t in reading.tokens[end + 1 : end + 5]]
    for i in range(len(words) - 1):
        if words[i] == "or" and words[i + 1] in ("more", "above", "over", "higher", "greater", "longer"):
            return ">=", end + i + 2
        if words[i] == "or" and words[i + 1] in ("less", "fewer", "below", "under", "lower", "shorter"):
            return "<=", end + i + 2
    return op, end


def _unit(reading: Reading, index: int, end: int) -> str | None:
    if index and reading.tokens[index - 1].text in _CURRENCY:
        return "currency"
    if end + 1 < len(reading.tokens):
        return _UNIT_OF.get(reading.tokens[end + 1].lemma)
    return None
