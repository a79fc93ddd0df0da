"""Names of people: 164.514(b)(2)(i)(A).

Three ways a name is known: by what stands before it (a title, a relative, "seen by"), by being a name and
nothing else, and by standing beside one ("Mark" before "Whitlock", an initial before a surname). Here is what
words can be, and how far a name reaches from where it starts.
"""

from __future__ import annotations

import re

from prentice.deid.redact.eponyms import is_product
from prentice.deid.redact.gazetteer import (
    CLINICAL,
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

WORD_AT = re.compile(r"[A-Za-z]+(?:['\-][A-Za-z]+)*")
_INITIALS_AT = re.compile(r"(?:[A-Z](?:\. ?| )){1,3}(?=[A-Z][A-Za-z'])")
TRAILING_INITIAL = re.compile(r",? [A-Z](?:\.|(?=[,;:)\n]|$|  ))")
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


AFTER_SURNAME = word_set(
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


def possessive_end(word: str, start: int) -> int:
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
        and low not in AFTER_SURNAME
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
            end = possessive_end(word, at)
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
    trailing = TRAILING_INITIAL.match(text, end)
    return start, trailing.end() if trailing and "," not in trailing[0] else end
