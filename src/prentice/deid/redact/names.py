"""Names of people: 164.514(b)(2)(i)(A).

Three ways a name is known: by what stands before it (a title, a relative, "seen by"), by being a name and
nothing else,
and by standing beside one ("Mark" before "Whitlock", an initial before a surname).
"""

from __future__ import annotations

import re
from itertools import accumulate, compress, count

from prentice.deid.redact.eponyms import is_eponym, is_product
from prentice.deid.redact.gazetteer import (
    CLINICAL,
    EPONYM,
    FIRST,
    NAME,
    PLACE,
    PROTECTED,
    STOP,
    SURNAME,
    WORD,
    kinds,
    word_set,
)
from prentice.deid.redact.ordinary import PERSON_DOES, is_thing
from prentice.deid.redact.spans import Span

CAPITAL = re.compile(r"[A-Z][A-Za-z]*(?:['\-][A-Za-z]+)*")
_PIECES = re.compile(f"({CAPITAL.pattern})").split
WORD_AT = re.compile(r"[A-Za-z]+(?:['\-][A-Za-z]+)*")
_INITIALS_AT = re.compile(r"(?:[A-Z](?:\. ?| )){1,3}(?=[A-Z][A-Za-z'])")
_TRAILING_INITIAL = re.compile(r",? [A-Z](?:\.|(?=[,;:)\n]|$|  ))")
_LEADING_INITIALS = re.compile(r"(?<![A-Za-z\d.'/+\-])(?:(?:[A-Z]\. ?|[A-Z] ){1,3}|[A-Z]{2} )\Z")
_PARTICLES = word_set(
    "van von der den de del della di da dos das la le el al bin binti ibn abu ben st st. mac mc o d ter "
    "ten san santa ap ab y e"
)
_NOT_AFTER_TITLE = word_set(
    "and or the a an to is was has had will would can may by for of in on at with who re said says "
    "advised advises reports reported appointment appt letter surgery practice clinic office not note "
    "notes name requested called rang patient px pt i he she it they does did if when then also only "
    "just please this that all no nil wants needs sees"
)
ROLE_WORDS = word_set(
    "sir madam doctor colleague colleagues team all patient mr mrs miss ms dr prof professor consultant "
    "optometrist optician optom surgeon reception receptionist practice manager customer parent "
    "parents guardian student mother father gp nurse orthoptist ophthalmologist trainee locum "
    "supervisor clinic eye hospital surgery department dept service services triage"
)


_AFTER_SURNAME = word_set(
    "surgery clinic practice reviewed seen called rang phoned review booked wants will reports reported "
    "has had was is "
    "needs patient advised discussed also both right left eyes next recall today paid collected happy old "
    "new order ordered "
    "frame frames lens lenses glasses specs tint reading distance contact please thank thanks dear "
    "regarding returned house street "
    "road lane avenue court close about after before when then with from this that there they their said "
    "says agreed"
)


class _Kinds(dict[str, int]):
    """What words as written can be, each worked out once."""

    def __missing__(self, word: str) -> int:
        if len(self) > 200_000:  # words that occur once must not fill the memory
            self.clear()
        kind = self[word] = _kind(word)
        return kind


_known = _Kinds()
word_kind = _known.__getitem__  # bits of what a word can be, without a possessive


def _kind(word: str) -> int:
    """A double-barrelled name is what its parts are."""
    table = kinds()
    low = word.lower()
    if low in table:
        return table[low]
    if low.endswith("'s"):
        low = low[:-2]
    elif low.endswith("s'"):
        low = low[:-1]
    if low in table:
        return table[low]
    if low.endswith("s") and len(low) > 6 and is_name(table.get(low[:-1], 0)) and table[low[:-1]] & SURNAME:
        return SURNAME  # the O'Sullivans
    if "-" in low or "'" in low:
        joined = table.get(low.replace("'", ""), 0)
        parts = [table.get(part, 0) for part in re.split(r"[-']", low) if len(part) > 2]
        if joined & NAME or any(is_name(part) for part in parts):
            return SURNAME
        if parts and all(parts):
            return parts[0] | WORD
    return PROTECTED if is_product(word) else 0


def is_name(kind: int) -> bool:
    """A name and nothing else that is written here."""
    return bool(kind & NAME) and not kind & (WORD | STOP)


def _possessive_end(word: str, start: int) -> int:
    return start + len(word) - 2 if word.endswith("'s") else start + len(word)


def _admits(word: str, level: int, first: bool) -> bool:
    """Whether `word` can belong to a name after a cue of this level (3 a title, 2 a relative, 1 any
    other).
    """
    kind = word_kind(word)
    low = word.lower()
    if (
        (low in _NOT_AFTER_TITLE and not (word.istitle() and kind & NAME))
        or (low in ROLE_WORDS and level < 3)
        or (low in ROLE_WORDS and not first)
    ):
        return False
    if word[0].islower():
        if level == 3:
            known = bool(kind & NAME) or not kind & (WORD | CLINICAL) if first else is_name(kind)
            return known and len(word) > 2  # "dr. kim mansfield"
        return is_name(kind) and len(word) > 2 and (level >= 2 or bool(kind & FIRST))
    if (
        level == 3
        and not first
        and word.istitle()
        and len(word) > 3
        and not kind & (STOP | PLACE)
        and low not in _AFTER_SURNAME
    ):
        return True  # "Mrs Ottoline Grieve"
    if level == 3 and first:
        return len(word) > 1 and not (word.isupper() and len(word) < 4 and kind & CLINICAL)
    if word.isupper() and len(word) < 4 and not (kind & NAME and level == 3):
        return False
    if level == 2 and kind & PROTECTED and kind & NAME and not kind & CLINICAL and word.istitle():
        return True
    if kind & STOP:
        return level == 3 and not first and word.istitle() and not kind & CLINICAL
    if kind & NAME:
        return level >= 2 or not kind & WORD
    return (
        not kind & (WORD | PLACE)
        if level > 1
        else not kind & (WORD | PLACE) and not word.isupper() and len(word) > 2
    )


def name_at(text: str, at: int, level: int) -> tuple[int, int] | None:
    """The name that starts at `at`: initials, up to four words, particles between them."""
    start = at
    initials = _INITIALS_AT.match(text, at)
    if initials:
        at = initials.end()
    end = -1
    words = 0
    particle = False
    while words < 4:
        match = WORD_AT.match(text, at)
        if match is None:
            break
        word = match[0]
        if (
            word.lower() in _PARTICLES
            and (word.islower() or not is_name(word_kind(word)))
            and text.startswith((" ", "'", ". "), match.end())
        ):
            particle = True
            if text[match.end()] == ".":
                at = match.end() + 2
                continue
        elif _admits(word, level, words == 0) or (particle and word[0].isupper() and words < 3):
            if word[0].islower() and words and not is_name(word_kind(word)):
                break
            end = _possessive_end(word, at)
            words += 1
            particle = False
            if end != match.end():
                break
        elif (
            len(word) == 1
            and word.isupper()
            and words
            and text[match.end() : match.end() + 2].startswith((". ", " "))
        ):
            after = WORD_AT.match(text, match.end() + (2 if text[match.end()] == "." else 1))
            if not after or not after[0][0].isupper() or word_kind(after[0]) & (WORD | STOP):
                break
        else:
            break
        at = match.end()
        if text[at : at + 2] == ". " and len(word) == 1:
            at += 2
        elif text[at : at + 1] == " ":
            at += 1
        else:
            break
    if end < 0:
        return None
    trailing = _TRAILING_INITIAL.match(text, end)
    return start, trailing.end() if trailing and "," not in trailing[0] else end


# By what a word can be, whether a name may begin with it: unknown, or a name that is no word of the trade.
_BEGINS = [not kind or 0 < kind & (NAME | CLINICAL) < CLINICAL for kind in range(2 * EPONYM)]


def plain_names(folded: str, protected: list[tuple[int, int]]) -> list[Span]:
    """Names that need no cue: a name that is nothing else, with the names and initials that stand beside
    it.
    """
    found: list[Span] = []
    pieces = _PIECES(folded)  # what stands before each capitalised word and the word, by turns
    words = pieces[1::2]
    kind_of = list(map(word_kind, words))
    if not any(map(NAME.__and__, kind_of)):
        return found
    tokens = list(zip(list(accumulate(map(len, pieces)))[::2], words, strict=False))
    kind_of.append(WORD)  # after the last
    done = 0  # words before this are decided
    for at in compress(count(), map(_BEGINS.__getitem__, kind_of)):
        if at < done:
            continue
        start, word = tokens[at]
        kind = kind_of[at]
        if not kind:
            if not kind_of[at + 1] and _are_unknown(folded, start, word, tokens[at + 1]):
                next_start, next_word = tokens[at + 1]
                found.append(Span(start, _possessive_end(next_word, next_start), "NAME"))
                done = at + 2
            continue
        if protected and _inside(start, protected):
            continue
        reach = _reach(folded, pieces, tokens, kind_of, at)
        if (
            reach == at
            and kind & (WORD | STOP)
            and not (kind & FIRST and kind & WORD)
            and folded[start - 2 : start - 1] not in _INITIAL_LETTERS
        ):
            continue  # a word, with nothing beside it that makes it a name
        span = _span(folded, tokens, kind_of, at, reach)
        if (
            span is not None
            and not (protected and _inside(span.start, protected))
            and not is_eponym(folded, span.end, kind_of[reach])
            and (reach > at or not (is_thing(folded, word, span.end) or _is_model(start, protected)))
        ):
            found.append(span)
        done = reach + 1
    return found


def _is_model(start: int, protected: list[tuple[int, int]]) -> bool:
    """ "Kate Spade Jules": what a maker calls a frame."""
    return any(end == start - 1 for _, end in protected)


def _are_unknown(folded: str, start: int, word: str, following: tuple[int, str]) -> bool:
    """Two capitalised words that nothing here knows, side by side: hardly anything but a person."""
    next_start, next_word = following
    return (
        next_start == start + len(word) + 1
        and folded[next_start - 1] == " "
        and len(word) > 2
        and len(next_word) > 2
        and word[1].islower()
        and next_word[1].islower()
        and not folded[start - 1 : start].isalnum()
        and not folded[next_start + len(next_word) : next_start + len(next_word) + 1].isdigit()
    )


def _inside(start: int, regions: list[tuple[int, int]]) -> bool:
    for low, high in regions:  # in order
        if low > start:
            return False
        if start < high:
            return True
    return False


_GAPS = frozenset(
    (" ", "-", ", ", " de ", " van ", " von ", " der ", " bin ", " al-", " di ", " da ", " ap ")
)


def _reach(folded: str, pieces: list[str], tokens: list[tuple[int, str]], kind_of: list[int], at: int) -> int:
    """The index of the last word of the run of names that starts with word `at`."""
    end = at
    while end + 1 < len(tokens) and end - at < 3:
        gap = pieces[2 * end + 2]
        if gap not in _GAPS:
            break
        word = tokens[end][1]
        if word.endswith("'s"):
            break
        next_start, next_word = tokens[end + 1]
        kind = kind_of[end + 1]
        if gap == ", " and not (
            kind_of[end] & SURNAME and kind & FIRST and not kind & (WORD | STOP) and end == at
        ):
            break
        if len(next_word) == 1:
            after = end + 2
            if (
                after < len(tokens)
                and kind_of[after] & SURNAME
                and folded[next_start + 1 : tokens[after][0]] in (" ", ". ")
            ):
                end = after
                continue
            break
        if (kind & STOP and not _is_family_name(kind, kind_of[end], next_word)) or (
            next_word.isupper() and not word.isupper() and len(next_word) < 4
        ):
            break
        if (
            kind == WORD
            and end == at
            and gap == " "
            and kind_of[end] & FIRST
            and is_name(kind_of[end])
            and next_word.istitle()
            and len(next_word) > 3
            and next_word.lower() not in _AFTER_A_NAME
            and folded[next_start + len(next_word) : next_start + len(next_word) + 2] not in _NOT_A_NAMES_END
        ):
            return end + 1  # "Sandra Pickup"
        if not kind & NAME and (kind & (WORD | PLACE) or not kind_of[end] & NAME or next_word.isupper()):
            break
        if not kind & NAME and not is_name(kind_of[end]):
            break
        end += 1
    return end


_AFTER_A_NAME = _AFTER_SURNAME | ROLE_WORDS
_NOT_A_NAMES_END = frozenset((": ", ":", "s ", "/"))
_INITIAL_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ. ")


def _is_family_name(kind: int, before: int, word: str) -> bool:
    """A surname that an eponym or a maker has too counts after a given name: "Sarah Walsh"."""
    return bool(
        kind & SURNAME and not kind & CLINICAL and before & FIRST and not before & STOP and word.istitle()
    )


def _span(folded: str, tokens: list[tuple[int, str]], kind_of: list[int], at: int, reach: int) -> Span | None:
    """The span of words `at` to `reach`, if they are enough to be a name."""
    start, word = tokens[at]
    last_start, last_word = tokens[reach]
    end = _possessive_end(last_word, last_start)
    initials = None
    if start > 1 and (folded[start - 1] in ". " and folded[start - 2] in _INITIAL_LETTERS):
        initials = _LEADING_INITIALS.search(folded, max(0, start - 8), start)
    run = kind_of[at : reach + 1]
    sure = [
        is_name(kind)
        and len(tokens[at + offset][1]) > (3 if kind & SURNAME and not kind & FIRST else 2)
        and not (tokens[at + offset][1].isupper() and len(tokens[at + offset][1]) < 5)
        for offset, kind in enumerate(run)
    ]
    if initials and run[0] & SURNAME:
        letters = initials[0].strip(". ")
        if (
            len(letters) == 2
            and letters.isalpha()
            and (not is_name(run[0]) or kinds().get(letters.lower(), 0) & CLINICAL)
        ):
            letters = "R"
        if (
            letters != "R"
            and not run[0] & (WORD | CLINICAL)
            and (not run[0] & PROTECTED or "." in initials[0])
        ) or (run[0] & WORD and not run[0] & STOP and letters not in ("R", "L", "N", "J", "D", "A", "I")):
            trailing = _TRAILING_INITIAL.match(folded, end)
            return Span(initials.start() + len(initials[0]) - len(initials[0].lstrip()), end, "NAME")
    if (
        reach == at
        and kind_of[at] & FIRST
        and kind_of[at] & WORD
        and not kind_of[at] & STOP
        and word.istitle()
        and PERSON_DOES.match(folded, end)
    ):
        return Span(start, end, "NAME")
    if not any(sure):
        # "Mark Young": a given name that is also a word, before a surname that is also one.
        both = reach > at and run[0] & FIRST and run[1] & SURNAME and not any(kind & STOP for kind in run)
        inside = start and folded[start - 1] != "\n" and folded[start - 2 : start] not in (". ", "? ", "! ")
        return Span(start, end, "NAME") if both and inside else None
    if not sure[0] and len(run) > 1 and run[0] & WORD and not run[0] & FIRST:
        start = tokens[at + 1][0]
    trailing = _TRAILING_INITIAL.match(folded, end)
    if (
        trailing
        and (run[-1] & SURNAME or "." in trailing[0] or run[-1] & FIRST)
        and trailing[0].strip(" ,.") not in ("R", "L")
    ):
        end = trailing.end()
    return Span(start, end, "NAME")
