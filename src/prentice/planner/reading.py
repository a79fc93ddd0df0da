"""A question read: which words are time, numbers, trade words, the practice's values, and which are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from prentice.planner.clock import Hours, find_hours
from prentice.planner.lexicon import Kind, Lexicon, Sense, letters
from prentice.planner.spelling import Speller
from prentice.planner.words import Token, plain, tokens
from prentice.semantic.calendars import NUMBERS, WEEKDAYS
from prentice.semantic.dates import TimeMention, find_times
from prentice.semantic.values import Match, ValueIndex


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens `start` to `end` (exclusive) that mean something: senses of the lexicon, or stored values."""

    start: int
    end: int
    text: str
    senses: tuple[Sense, ...] = ()
    matches: tuple[Match, ...] = ()
    plural: bool = False

    def sense(self, kind: Kind, name: str | None = None) -> Sense | None:
        return next((s for s in self.senses if s.kind == kind and name in (None, s.name)), None)

    def has(self, kind: Kind, name: str | None = None) -> bool:
        return self.sense(kind, name) is not None


@dataclass(frozen=True)
class Reading:
    """All mentions in their order; `unused` are content words that nothing knows."""

    text: str  # plain and corrected
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    times: tuple[TimeMention, ...]
    numbers: tuple[tuple[int, float], ...]  # (token index, value), none that belongs to a time or a value
    corrections: tuple[tuple[str, str], ...]
    unused: tuple[str, ...]
    hours: tuple[Hours, ...] = ()
    named: tuple[str, ...] = ()  # words that stand in several product names, and nowhere else

    def grammar(self, name: str) -> Mention | None:
        return next((m for m in self.mentions if m.has("grammar", name)), None)

    def before(self, index: int) -> Mention | None:
        """The mention that ends where token `index` begins."""
        return next((m for m in self.mentions if m.end == index), None)

    def after(self, index: int) -> Mention | None:
        return next((m for m in self.mentions if m.start == index), None)

    def covers(self, index: int) -> bool:
        """Whether token `index` belongs to a mention."""
        return any(m.start <= index < m.end for m in self.mentions)

    def breaks_before(self, index: int) -> bool:
        """Whether a dash, colon, semicolon or bracket stands before token `index`: another part begins."""
        gap = self.text[self.tokens[index - 1].end : self.tokens[index].start] if index else ""
        return " - " in gap or any(c in gap for c in ";:()")

    def is_time(self, index: int) -> bool:
        """Whether token `index` belongs to a mention of time."""
        token = self.tokens[index]
        return any(token.start < t.end and t.start < token.end for t in self.times)

    def time_at(self, mention: TimeMention) -> int:
        """The token at which a time mention begins."""
        return next((i for i, t in enumerate(self.tokens) if t.start >= mention.start), len(self.tokens))


def read(
    question: str,
    lexicon: Lexicon,
    values: ValueIndex,
    today: date,
    *,
    day_first: bool,
    about_people: bool = False,
) -> Reading:
    """Read one question; `about_people` says that the one before was about patients.

    Spelling is mended only for words that neither lexicon, values nor time know."""
    proper = frozenset(plain(w) for w in _PROPER.findall(question))
    text, corrections = Speller(lexicon, values, proper).mend(plain(question))
    text = _with_head_noun(text, lexicon, values)
    toks = tokens(text)
    hours = tuple(find_hours(text))
    times = find_times(_without_hours(_without_names(text, toks, values), hours), today, day_first=day_first)
    times = _but_weekdays(times)
    spans = [*((m.start, m.end) for m in times), *((h.start, h.end) for h in hours)]
    in_time = frozenset(i for i, t in enumerate(toks) for a, b in spans if t.start < b and a < t.end)
    mentions = tuple(_mentions(text, toks, lexicon, values, in_time, about_people))
    covered = {i for m in mentions for i in range(m.start, m.end)} | in_time
    numbers = tuple(
        (i, number) for i, t in enumerate(toks) if i not in covered and (number := _count(t)) is not None
    )
    counted = {i for i, _ in numbers}
    unknown = [
        t
        for i, t in enumerate(toks)
        if i not in covered | counted
        and t.text not in lexicon.filler
        and t.lemma not in lexicon.filler
        and any(c.isalnum() for c in t.text)
    ]
    named = tuple(t.lemma for t in unknown if values.name_words.get(t.lemma, 0) > 1)
    unused = tuple(t.text for t in unknown if t.lemma not in named)
    return Reading(text, tuple(toks), mentions, tuple(times), numbers, corrections, unused, hours, named)


def _but_weekdays(times: list[TimeMention]) -> list[TimeMention]:
    """ "Grace's Saturday revenue this year": beside a range, the bare name of a weekday restricts it."""
    ranges = [t for t in times if t.role in ("range", "since", "before")]
    days = [t for t in ranges if t.words in WEEKDAYS]
    return [t for t in times if t not in days] if len(ranges) > len(days) else times


def _with_head_noun(text: str, lexicon: Lexicon, values: ValueIndex) -> str:
    """ "women's and unisex frames" means women's frames and unisex frames: the noun stands for both."""

    def known(*words: str) -> bool:
        return words in values.phrases or words in lexicon.phrases

    toks = tokens(text)
    for first, joint, second, noun in zip(toks, toks[1:], toks[2:], toks[3:], strict=False):
        if joint.text not in ("and", "or", "nor") or known(first.lemma):
            continue
        if known(first.lemma, noun.lemma) and known(second.lemma, noun.lemma):
            return f"{text[: first.end]} {noun.text}{text[first.end :]}"
    return text


def _without_hours(text: str, hours: Sequence[Hours]) -> str:
    """The text with hours blotted out: "after 4pm" holds no day."""
    blotted = list(text)
    for h in hours:
        blotted[h.start : h.end] = "#" * (h.end - h.start)
    return "".join(blotted)


_PROPER = re.compile(r"(?<=[a-z0-9,;&] )[A-Z][a-z]+")


def _without_names(text: str, toks: Sequence[Token], values: ValueIndex) -> str:
    """The text with stored names of several words blotted out: "OCT Scan" holds no October."""
    lemmas = [t.lemma for t in toks]
    blotted = list(text)
    for start in range(len(toks)):
        for length, matches in values.at(lemmas, start):
            if length > 1 and any(m.exact for m in matches) and any(c.isalpha() for c in toks[start].text):
                span = slice(toks[start].start, toks[start + length - 1].end)
                blotted[span] = "#" * (span.stop - span.start)
                break
    return "".join(blotted)


_WORDS_THAT_COUNT = "one two three four five six seven eight nine ten eleven twelve twenty dozen"
_COUNTS = {
    **{word: float(NUMBERS[word]) for word in _WORDS_THAT_COUNT.split()},
    **{"fifty": 50.0, "hundred": 100.0},
}


def _count(token: Token) -> float | None:
    return token.number if token.number is not None else _COUNTS.get(token.text)


def _as_written(senses: Sequence[Sense], lexicon: Lexicon, values: ValueIndex) -> Iterator[Match]:
    """The practice's own spelling of a trade value: "varifocal" where it writes `Progressive lens`."""
    for sense in senses:
        if sense.kind == "value":
            known = lexicon.spellings.get((sense.dimension, sense.name), frozenset())
            for value in values.stored.get(sense.dimension, ()):
                if letters(value) in known:
                    yield Match(sense.dimension, value)


# Words that open the anonymised patients. Without one "over 60" is a bound and "children's" a kind of frame.
_PATIENTS = re.compile(
    r"\b(?:patients?|pxs?|people|wearers?|age[ds]?|recalls?|per head|nhs exempt)\b"
    r"|\b(?:my|hyper|hypermetr|presby)op(?:es?|ic)\b|\bastigmat(?:s|ic)?\b"
    r"|\b(?:near|far|short|long)[ -]?sighted\b"
    r"|\b(?:over|under|in their) \d0s\b|\bin their (?:teens|twenties|\w+ties)\b"
    r"|\b(?:kids|children|teenagers|teens|pensioners|seniors|adults)\b"
    r"(?! (?:frames?|glasses|specs|spectacles?|eyewear|sunglass\w*|lines?|ranges?)\b)"
)


def _names_a_share(lemmas: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a figure of the patients is named in several words ("contact lens share")."""
    for start in range(len(lemmas)):
        for length, senses in lexicon.at(lemmas, start):
            if length > 1 and all(s.kind == "metric" and s.models == ("patients",) for s in senses):
                return True
    return False


def _but_patients(senses: tuple[Sense, ...]) -> tuple[Sense, ...]:
    return tuple(s for s in senses if s.models != ("patients",))


def _mentions(
    text: str,
    toks: Sequence[Token],
    lexicon: Lexicon,
    values: ValueIndex,
    in_time: frozenset[int],
    about_people: bool,
) -> Iterator[Mention]:
    """The longest phrases win; of equally long ones, a stored value and a lexicon phrase stand together."""
    lemmas = [t.lemma for t in toks]
    found: list[Mention] = []
    about_people = about_people or _PATIENTS.search(text) is not None or _names_a_share(lemmas, lexicon)
    for start in range(len(toks)):
        known = dict(lexicon.at(lemmas, start))
        if not about_people:
            known = {n: left for n, senses in known.items() if (left := _but_patients(senses))}
        stored = dict(values.at(lemmas, start))
        for length in {*known, *stored}:
            span = range(start, start + length)
            if any(i in in_time for i in span) and not (length > 1 and length in stored):
                continue
            if any(c in text[toks[i].end : toks[i + 1].start] for i in span[:-1] for c in ",;.!?"):
                continue  # a phrase does not reach across a comma
            plural = toks[start + length - 1].plural or (length > 2 and toks[start].plural)
            words = " ".join(t.text for t in toks[start : start + length])
            senses = known.get(length, ())
            matches = (*stored.get(length, ()), *_as_written(senses, lexicon, values))
            found.append(Mention(start, start + length, words, senses, tuple(dict.fromkeys(matches)), plural))
    found.sort(key=lambda m: (m.start - m.end, not any(x.exact for x in m.matches), not m.senses, m.start))
    taken: set[int] = set()
    kept: list[Mention] = []
    for mention in found:
        places = set(range(mention.start, mention.end))
        if not places & taken:
            taken |= places
            kept.append(mention)
    yield from sorted(kept, key=lambda m: m.start)
