"""Names that need no cue: a name that is nothing else, with the names and initials that stand beside it."""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate, compress, count

from prentice.deid.redact.eponyms import is_eponym
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
    lines_of,
)
from prentice.deid.redact.names import (
    AFTER_SURNAME,
    ROLE_WORDS,
    TRAILING_INITIAL,
    is_name,
    possessive_end,
    word_kind,
)
from prentice.deid.redact.ordinary import PERSON_DOES, is_thing
from prentice.deid.redact.spans import Span, as_span

_CAPITAL = re.compile(r"[A-Z][A-Za-z]*(?:['\-][A-Za-z]+)*")
_PIECES = re.compile(f"({_CAPITAL.pattern})").split
_LEADING_INITIALS = re.compile(r"(?<![A-Za-z\d.'/+\-])(?:(?:[A-Z]\. ?|[A-Z] ){1,3}|[A-Z]{2} )\Z")
# By what a word can be, whether a name may begin with it: unknown, or a name that is no word of the trade.
_FAMILY = [bool(kind & SURNAME) and is_name(kind) for kind in range(2 * EPONYM)]
_BEGINS = [not kind or 0 < kind & (NAME | CLINICAL) < CLINICAL for kind in range(2 * EPONYM)]


# By what a word can be, how many letters do not yet make it a name for sure.
_LEAST = [
    (3 if kind & SURNAME and not kind & FIRST else 2) if is_name(kind) else 1_000
    for kind in range(2 * EPONYM)
]


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
            following = kind_of[at + 1]
            if (
                (not following or _FAMILY[following])
                and _are_unknown(folded, start, word, tokens[at + 1])
                and not (protected and _inside(start, protected))
            ):
                next_start, next_word = tokens[at + 1]
                end = possessive_end(next_word, next_start)
                if not following or not is_eponym(folded, end, following):
                    found.append(Span(start, end, "NAME"))
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
        if reach == at and kind & FIRST and _is_followed_by_unknown(folded, tokens, kind_of, at):
            next_start, next_word = tokens[at + 1]
            if not (protected and _inside(next_start, protected)):
                found.append(Span(start, possessive_end(next_word, next_start), "NAME"))
                done = at + 2
                continue
        span = _span(folded, tokens, kind_of, at, reach)
        if (
            span is not None
            and not (protected and _inside(span.start, protected))
            and not is_eponym(folded, span.end, kind_of[reach])
            and (reach > at or not (is_thing(folded, word, span.end) or _is_model(start, protected)))
        ):
            if at and tokens[at - 1][0] + len(words[at - 1]) + 1 == span.start:
                span = _with_given(span, tokens[at - 1])
            found.append(span)
        done = reach + 1
    return found


@cache
def given_words() -> frozenset[str]:
    """Words that are given names where a surname follows: "Iris Dunleavy", "Wren Castellanos"."""
    return frozenset(word for line in lines_of("given_words.txt") for word in line.split())


def _with_given(span: Span, before: tuple[int, str]) -> Span:
    start, word = before
    known = word.istitle() and word.lower() in given_words()
    return Span(start, span.end, "NAME") if known else span


def _is_followed_by_unknown(folded: str, tokens: list[tuple[int, str]], kind_of: list[int], at: int) -> bool:
    """ "Violet Mutasa", "Quang Le": a given name, a word or not, before what nothing here knows or "Le"."""
    if at + 1 == len(tokens):
        return False
    start, word = tokens[at]
    next_start, next_word = tokens[at + 1]
    if next_start != start + len(word) + 1 or folded[next_start - 1] != " ":
        return False
    if next_word in _SHORT_SURNAMES:
        return is_name(kind_of[at]) and not _MEASURED.match(folded, next_start + len(next_word))
    return (
        not kind_of[at + 1]
        and not kind_of[at] & PROTECTED
        and _are_unknown(folded, start, word, tokens[at + 1])
        and not is_thing(folded, word, next_start - 1)
        and not is_eponym(folded, next_start + len(next_word), 0)
    )


_SHORT_SURNAMES = frozenset(
    (
        "Le",
        "Do",
        "Ho",
        "Vo",
        "Ng",
        "Wu",
        "Xu",
        "Ha",
        "Oh",
        "Ma",
        "An",
        "To",
        "Su",
        "Lu",
        "Yu",
        "Li",
        "Bui",
        "Doe",
    )
)
_MEASURED = re.compile(r"[: ]{1,2}[+\-]?\d|/")


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


_AFTER_A_NAME = AFTER_SURNAME | ROLE_WORDS
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
    end = possessive_end(last_word, last_start)
    initials = None
    if start > 1 and (folded[start - 1] in ". " and folded[start - 2] in _INITIAL_LETTERS):
        initials = _LEADING_INITIALS.search(folded, max(0, start - 8), start)
    run = kind_of[at : reach + 1]
    sure = [
        len(each) > _LEAST[kind] and (len(each) > 4 or not each.isupper())
        for kind, (_, each) in zip(run, tokens[at : reach + 1], strict=True)
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
            trailing = TRAILING_INITIAL.match(folded, end)
            return Span(initials.start() + len(initials[0]) - len(initials[0].lstrip()), end, "NAME")
    if (
        reach == at
        and kind_of[at] & FIRST
        and kind_of[at] & WORD
        and not kind_of[at] & STOP
        and word.istitle()
        and PERSON_DOES.match(folded, end)
    ):
        return as_span((start, end, "NAME"))
    if not any(sure):
        # "Mark Young": a given name that is also a word, before a surname that is also one.
        both = reach > at and run[0] & FIRST and run[1] & SURNAME and not any(kind & STOP for kind in run)
        inside = start and folded[start - 1] != "\n" and folded[start - 2 : start] not in (". ", "? ", "! ")
        return as_span((start, end, "NAME")) if both and (inside or PERSON_DOES.match(folded, end)) else None
    if (
        not sure[0]
        and len(run) > 1
        and run[0] & WORD
        and not run[0] & FIRST
        and word.lower() not in given_words()
    ):
        start = tokens[at + 1][0]
    trailing = TRAILING_INITIAL.match(folded, end)
    if (
        trailing
        and (run[-1] & SURNAME or "." in trailing[0] or run[-1] & FIRST)
        and trailing[0].strip(" ,.") not in ("R", "L")
    ):
        end = trailing.end()
    return as_span((start, end, "NAME"))
