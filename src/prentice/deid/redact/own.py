"""The patient's own values, found in every form: nothing else decides whether they go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from prentice.deid.redact.addresses import roads
from prentice.deid.redact.altered import heard_names, mistyped, spelt_names
from prentice.deid.redact.births import birth_spans
from prentice.deid.redact.gazetteer import CLINICAL, FIRST, PROTECTED, WORD, kinds, word_set
from prentice.deid.redact.ordinary import can_be_word, is_common_town, is_word_here
from prentice.deid.redact.own_initials import TWO_LETTERS, initials_of
from prentice.deid.redact.person import PARTICLES, Person
from prentice.deid.redact.places import CLEAR_STATES, STATES_LOW
from prentice.deid.redact.short_towns import short_towns, towns_in
from prentice.deid.redact.spans import Span
from prentice.deid.redact.squeezed import squeezed_spans

_WORDS = re.compile(r"[a-z]+")
_AUXILIARY = word_set("will may can do so an in to no or my has he at be is as on up ho le re")
_AUX_PERSON_NEXT = re.compile(
    r"'s |[:,] | (?:rang|called|came|paid|collected|attended|phoned|said|says|wants|was|is|has|had|here|"
    r"happy|aware|"
    r"seen|emailed|texted|asked|booked|to collect|picked up|dropped)\b"
)
_BEFORE_NAME = re.compile(
    r"\b(?:to|with|by|for|from|mr|mrs|ms|miss|dr|husband|wife|son|dad|mum|mom|daughter|brother|sister|"
    r"called|named|seen|cc|of|hi|dear|"
    r"hello|thanks|told|asked|phoned|rang|partner|friend|name|name is|name:)[:.,]? \Z"
)


def own_spans(folded: str, person: Person, protected: Sequence[tuple[int, int]] = ()) -> list[Span]:
    """Each occurrence of the person's values in a folded text, in any order; they may overlap.

    A short form of the given name inside a `protected` phrase stays: "Maui Jim" is a frame, also for a James.
    """
    low = folded.lower()
    present = set(_WORDS.findall(low))
    spans: list[Span] = []
    kept = [
        (start, end) for start, end in protected if not set(_WORDS.findall(low, start, end)) <= person.words
    ]
    hits = _hits(present, person)
    for word in hits:
        names = _names(folded, low, word, person, hits)
        if kept:
            names = [span for span in names if not any(start <= span.start < end for start, end in kept)]
        spans.extend(names)
    spans.extend(_near(folded, low, present, hits, person))
    spans.extend(heard_names(folded, person))
    spans.extend(spelt_names(folded, person))
    slips, phrases = mistyped(present, person)
    for word in {*towns_in(present, person.towns), *slips}:
        spans.extend(
            Span(*found.span(), "LOCATION")
            for found in _word(word).finditer(low)
            if (_STATE_AFTER.match(low, found.end()) or not is_common_town(folded, *found.span()))
            and not any(start <= found.start() < end for start, end in kept)
        )
    spans.extend(short_towns(folded, low, present, person.towns))
    spans.extend(initials_of(folded, person))
    spans.extend(squeezed_spans(folded, low, person))
    for phrase, kind in person.phrases.items():
        if _has(present, low, phrase):
            spans.extend(Span(*found.span(), kind) for found in _phrase(phrase).finditer(low))
    for phrase in phrases:
        if _has(present, low, phrase):
            spans.extend(Span(*found.span(), "LOCATION") for found in _phrase(phrase).finditer(low))
    spans.extend(birth_spans(low, person))
    return spans


_STATES = {*STATES_LOW, *map(str.lower, CLEAR_STATES)} - {"id", "ms", "mo"}  # these are shorthand too
# "canton ohio", "defiance 43512": a town, whatever else the word may be.
_STATE_AFTER = re.compile(rf",? (?:(?:{'|'.join(sorted(_STATES))})\b|\d{{5}}\b)")


def _hits(present: set[str], person: Person) -> set[str]:
    """The words of the text that are a name of the person's, or one letter away from one."""
    hits = present & person.words
    names = person.misspelt
    table = kinds()
    for word in present - hits:
        length = len(word)
        if length < 3 or table.get(word, 0) & (WORD | CLINICAL | PROTECTED):
            continue
        for name in names:
            if (
                -1 <= length - len(name) <= 1
                and (word[0] == name[0] or word[-1] == name[-1])
                and OSA.distance(word, name, score_cutoff=1) <= 1
            ):
                hits.add(word)
                break
    return hits


@lru_cache(maxsize=20_000)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z]){re.escape(word)}(?![a-z])")


_PARTICLE_BEFORE = re.compile(
    rf"(?<![a-z])(?:(?:{'|'.join(sorted(PARTICLES, key=len, reverse=True))})[ .'\-]{{1,2}})+\Z"
)
_INITIAL_BEFORE = re.compile(r"(?<![A-Za-z])(?:[A-Z](?:\. ?| |-)?){1,3}\Z")
_INITIAL_AFTER = re.compile(r",? ([A-Z])(?:\.|(?![\w'.\-+/]))")
_ALSO_SHORTHAND = frozenset(("le", "do", "e", "d", "o", "y"))  # in lower case


def _names(folded: str, low: str, word: str, person: Person, hits: set[str]) -> list[Span]:
    spans: list[Span] = []
    ordinary = can_be_word(word)
    for found in _word(word).finditer(low):
        start, end = found.span()
        written = folded[start:end]
        if (
            len(word) == 2
            and (word in TWO_LETTERS or kinds().get(word, 0) & CLINICAL)
            and not _beside(folded, start, end, hits, person)
            and not (written.istitle() and (not _starts(folded, start) or _signs_off(folded, start, end)))
        ):
            continue
        if (
            word in _AUXILIARY
            and written.islower()
            and not _BEFORE_NAME.search(low, max(0, start - 16), start)
            and not _beside_own(low, start, end, word, person)
            and not (word in ("will", "may") and _AUX_PERSON_NEXT.match(low, end))
        ):
            continue
        if ordinary and is_word_here(
            folded,
            start,
            end,
            beside=_beside(folded, start, end, hits, person),
            given=word not in person.family,
        ):
            continue
        particle = _PARTICLE_BEFORE.search(low, max(0, start - 12), start)
        if particle and (
            folded[particle.start()].isupper() or particle[0].strip(" .'-") not in _ALSO_SHORTHAND
        ):
            start = particle.start()
        start = _with_initials(folded, start, person)
        if (
            written.islower()
            and (before := _SMALL_BEFORE.search(folded, max(0, start - 8), start))
            and _letters(before[0]) <= person.letters
        ):
            start = before.start()  # "f. stone"
        if (after := _DOTTED_AFTER.match(folded, end)) and _letters(after[0]) <= person.letters:
            end = after.end()  # "Carmen I.R."
        elif (after := _INITIAL_AFTER.match(folded, end)) and after[1].lower() in person.letters:
            end = after.end()
        elif (after := _INITIALS_AFTER.match(folded, end)) and _letters(after[0]) <= person.letters:
            end = after.end()  # "Dylan R-M"
        elif (
            written.islower()
            and word not in person.family
            and (after := _SMALL_AFTER.match(folded, end))
            and after[1] in {name[0] for name in person.family}
        ):
            end = after.end()  # "hamza m"
        elif (
            written.islower()
            and (after := _SMALL_BETWEEN.match(low, end))
            and after[1] in person.letters
            and after[2] in person.words
        ):
            end = after.start(2)  # "colton r hadley"
        spans.append(Span(start, end, "NAME"))
        if word in person.family:
            spans.extend(_called_before(folded, found.start(), person))
    return spans


_SMALL_BETWEEN = re.compile(r" ([a-z])\.? ([a-z]+)")
_INITIALS_AFTER = re.compile(r" (?:[A-Z]\.?[ \-]?|Mc ?|Mac ?|O'|D')[A-Z]\b\.?(?![\d/+])")
_DOTTED_AFTER = re.compile(r" (?!(?:[RL]\.)+ ?[+\-]?\d)(?:[A-Z]\.){2,3}(?![\w/+])")
_SMALL_BEFORE = re.compile(r"(?<![A-Za-z\d.'/+\-])(?:[a-z]\. ?){1,3}\Z")
_SMALL_AFTER = re.compile(r" ([b-hjkmnp-z])\b(?!['.\-/+]\w| (?:eye|lens)\b)")


def _letters(initials: str) -> set[str]:
    return {letter.lower() for letter in initials if letter.isalpha()}


def _with_initials(folded: str, start: int, person: Person) -> int:
    """Where a name begins with the initials before it: "R. B. Axeford" for Brian is R., and B. Axeford."""
    found = _INITIAL_BEFORE.search(folded, max(0, start - 9), start)
    while found:
        letters = _letters(found[0])
        single = len(letters) == 1 and folded[start].isupper()
        if letters <= person.letters or (single and not letters & {"r", "l"}):
            return found.start()
        found = _INITIAL_BEFORE.search(folded, found.start() + 1, start)
    return start


_WORD_BEFORE = re.compile(r"([A-Za-z]+) \Z")
_NOT_CALLED = word_set(
    "px pt mr mrs ms miss dr re for to by with from and the of told saw see seen called rang new old was is "
    "has note per via hi dear ask tell if so as at in on or but cc attn fao name patient client"
)


def _called_before(folded: str, start: int, person: Person) -> list[Span]:
    """The word before a family name, where it can be what this person is called: "Ty Banks", "Otty H"."""
    before = _WORD_BEFORE.search(folded, max(0, start - 16), start)
    if before is None or len(before[1]) < 2:
        return []
    word = before[1].lower()
    if word in _NOT_CALLED or before[1][0].islower() != folded[start].islower():
        return []
    kind = kinds().get(word, 0)
    if word in person.short:
        fits = word not in TWO_LETTERS and not (len(word) == 2 and kind & CLINICAL)
    else:
        fits = not kind & (WORD | CLINICAL | PROTECTED) and (bool(kind & FIRST) or not kind)
    return [Span(before.start(1), before.end(1), "NAME")] if fits else []


def _beside_own(low: str, start: int, end: int, word: str, person: Person) -> bool:
    """Whether another of the person's names stands next to it: "will may" in lower case."""
    after = _NEXT_WORD.match(low, end)
    before = _LAST_WORD.search(low, max(0, start - 20), start)
    follows = before and before[1] in person.words and word not in person.nicknames
    return bool(follows or (after and after[1] in person.words))


def _signs_off(folded: str, start: int, end: int) -> bool:
    """ "- Vi" or a line of its own at the end."""
    return not folded[end:].strip(" .!x") and folded[:start].rstrip(" ")[-1:] in ("-", "\n", ",")


def _beside(folded: str, start: int, end: int, hits: set[str], person: Person) -> bool:
    """Whether a name or an initial of the person's stands next to it, written in the same way."""
    small = folded[start].islower()
    if (
        (after := _OWN_AFTER.match(folded, end))
        and after[1].lower() in hits
        and after[1][0].islower() == small
    ):
        return True
    if (before := _OWN_BEFORE.search(folded, max(0, start - 24), start)) and before[1][0].islower() == small:
        if before[1].lower() in hits:
            return True
        if len(before[1]) == 1 and before[1].lower() in person.letters:
            if small and before[1] in "ai" and before[0] == before[1] + " ":
                return False  # "given a grace period", for Grace Adeyemi
            return before[1] not in "RLI" or (
                before[0][1] == "." and not kinds().get(_word_at(folded, start), 0) & WORD
            )
    after = _INITIAL_AFTER.match(folded, end)
    if not after or small or after[1].lower() not in person.letters:
        return False
    return after[1] not in "RLI" or after[0].endswith(".")


def _word_at(folded: str, start: int) -> str:
    """The word that starts here, in lower case."""
    word = _OWN_WORD.match(folded, start)
    return word[0].lower() if word else ""


_OWN_WORD = re.compile(r"[A-Za-z]+")
_OWN_AFTER = re.compile(r"(?:, ?| |-)([A-Za-z]+)")
_OWN_BEFORE = re.compile(r"([A-Za-z]+)(?:, ?|\. ?| |-)\Z")


def _near(folded: str, low: str, present: set[str], hits: set[str], person: Person) -> list[Span]:
    """Misspellings that are words, beside one of the person's names: "W Fairly", "marco pineda"."""
    spans: list[Span] = []
    table = kinds()
    if len(person.words) < 2:
        return spans
    names = person.misspelt - person.nicknames
    others = [word for word in present - hits if len(word) > 3]
    alike = {word for word in others if _is_alike(word, names)}
    beside = hits | alike
    for word in others:
        given = table.get(word, 0) & FIRST
        close = word in alike
        if not close and not given:
            continue
        for found in _word(word).finditer(low):
            start, end = found.span()
            if folded[start].islower() and (not given or table[word] & (WORD | CLINICAL)):
                continue
            after = _OWN_AFTER.match(folded, end)
            follows = bool(
                after
                and after[0][0] == " "
                and after[1].lower() in hits
                and after[1].lower() in person.family
            )
            if (close and _beside(folded, start, end, beside, person)) or (
                follows and after and after[1][0].islower() == folded[start].islower()
            ):
                if (before := _OWN_BEFORE.search(folded, max(0, start - 4), start)) and len(before[1]) == 1:
                    start = before.start()
                spans.append(Span(start, end, "NAME"))
    return spans


def _is_alike(word: str, names: set[str]) -> bool:
    return any(
        abs(len(word) - len(name)) <= 1
        and word[0] == name[0]
        and OSA.distance(word, name, score_cutoff=2) <= (1 if len(name) < 6 else 2)
        for name in names
    )


_NEXT_WORD = re.compile(r",? ([a-z]+)")
_LAST_WORD = re.compile(r"([a-z]+),? \Z")


def _starts(folded: str, start: int) -> bool:
    """Whether a sentence starts here."""
    return start == 0 or folded[:start].rstrip(" ").endswith((".", "\n", "!", "?", ":"))


def _has(present: set[str], low: str, phrase: tuple[str, ...]) -> bool:
    for word in phrase:
        if word.isalpha():
            if word not in present and present.isdisjoint(roads().get(word, ())):
                return False
        elif word not in low:
            return False
    return True


@lru_cache(maxsize=20_000)
def _phrase(phrase: tuple[str, ...]) -> re.Pattern[str]:
    parts: list[str] = []
    for word in phrase:
        gap = "" if not parts else r"[^a-z\d]{1,3}"
        if gap and len(phrase[0]) == 1 and len(parts) == 1 and word.isdigit():
            gap = r"[^a-z\d]{0,3}"  # "W4410"
        ordinal = "(?:st|nd|rd|th)?" if parts and word.isdigit() and len(word) < 4 else ""
        parts.append(f"{gap}(?:{'|'.join((re.escape(word), *roads().get(word, ())))}){ordinal}")
    return re.compile(r"(?<![a-z\d])" + "".join(parts) + r"(?![a-z\d])")
