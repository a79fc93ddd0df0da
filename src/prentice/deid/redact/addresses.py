"""A patient's address in every form: "14 Heron Marsh Lane", "heron marsh ln", "Heron Marsh"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from prentice.deid.redact.gazetteer import PLACE, kinds, lines_of, word_set
from prentice.deid.redact.spans import SpanType

if TYPE_CHECKING:
    from prentice.deid.redact.person import Person

_ALNUM = re.compile(r"[^a-z0-9]+")


@cache
def roads() -> dict[str, tuple[str, ...]]:
    """The other forms of a word in an address.

    >>> roads()["crossing"]
    ('xing',)
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in lines_of("roads.txt"):
        forms = line.split()
        for form in forms:
            others = (each for each in forms if each != form)
            found[form] = tuple(dict.fromkeys((*found.get(form, ()), *others)))
    return found


def read_postcode(person: Person, text: str) -> None:
    code = _ALNUM.sub("", text.lower())
    if len(code) >= 4:
        person.squeezed[code] = "LOCATION"
    if code.isdigit() and len(code) == 9:
        person.squeezed[code[:5]] = "LOCATION"
    outward = text.lower().split()[0] if " " in text else code[:-3]
    if outward and any(c.isdigit() for c in outward) and len(outward) >= 3 and not outward.isdigit():
        person.phrases[(outward,)] = "LOCATION"


def read_address(person: Person, column: str, text: str) -> None:
    """Takes the streets, towns and codes of one column of an address."""
    if column.endswith(("country", "state", "country_code")):
        return
    for part in re.split(r"[,\n;]+", text):
        part = part.strip()
        if not part:
            continue
        squeezed = _ALNUM.sub("", part.lower())
        if column.endswith(("postcode", "zip", "postal_code")) or re.fullmatch(
            r"[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}|\d{5}(?:\d{4})?", squeezed
        ):
            read_postcode(person, part)
            continue
        if (named_house := _THE_OR_UNIT.sub("", part.lower()).strip()) and named_house != part.lower():
            rest = tuple(re.findall(r"[a-z]+|\d+[a-z]?", named_house))
            if len(rest) > 1 and not rest[0][0].isdigit():
                _words_phrase(person, rest, "LOCATION")  # "Old Forge", "Larch House"
        named = _ORDINAL.sub(r"\1o", part.lower())  # "72nd": a street's number, not a house's
        words = re.findall(r"[a-z]+|\d+[a-z]?", named)
        street = [
            word
            for at, word in enumerate(words)
            if not (word[0].isdigit() and at < 3 and not _MARKED.fullmatch(word))
        ]
        words, street = ([_MARKED.sub(r"\1", word) for word in each] for each in (words, street))
        if (
            len(words) > 2 and len(words[0]) == 1 and words[1].isdigit()
        ):  # "N 1190 Lakeshore", "W4410 County Rd H"
            _numbered(person, words[:2], words[2:])
        elif len(words) > 2 and words[0][0].isdigit():
            for route in _routes(words[1:]):
                _words_phrase(person, (words[0], *route), "LOCATION")
        _words_phrase(person, tuple(words), "LOCATION")
        if street and len(street) < len(words):
            _words_phrase(person, tuple(street), "LOCATION")
            if len(street) > 1 and words[0][0].isdigit() and street[-1] in roads() and len(street[0]) > 2:
                _words_phrase(person, (words[0], *street[:-1]), "LOCATION")
            if words[0][0].isdigit():
                for bare in _without_way(street):
                    _words_phrase(person, (words[0], *bare), "LOCATION")
            for bare in _bare_streets(street):
                _words_phrase(person, bare, "LOCATION")
                if bare and words[0][0].isdigit():
                    _words_phrase(person, (words[0], *bare), "LOCATION")
        for word in words:  # "Inverey" for Croft of Inverey
            if len(word) > 3 and not kinds().get(word, 0) & ~PLACE and word not in roads():
                person.towns.add(word)
        if len(words) == 1 and len(words[0]) > 2:
            person.towns.add(words[0])
            person.phrases.pop((words[0],), None)


def _without_way(street: list[str]) -> Iterator[tuple[str, ...]]:
    """ "Magnolia" for "Magnolia Ave Apt 3", "W Yandell" for "W Yandell Dr Unit B"; beside the number only."""
    end = next((at for at, word in enumerate(street) if at and word in _UNITS), len(street))
    if end > 1 and (street[end - 1] in _WAYS or street[end - 1] in roads()):
        start = 1 if end > 2 and street[0] in _POINTS else 0
        for named in {tuple(street[: end - 1]), tuple(street[start : end - 1])}:
            if any(len(word) > 2 for word in named):
                yield named


_ORDINAL = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\b")
_MARKED = re.compile(r"(\d{1,3})o")


_ROUTES = tuple(
    tuple(tuple(form.split()) for form in forms.split(","))
    for forms in (
        "county road,county highway,county trunk highway,county route,cr,cth,co rd,county",
        "state route,state road,state highway,st route,sr,sh,st rd,route,highway",
        "us highway,us route,us,highway,route",
    )
)


def _routes(street: list[str]) -> Iterator[tuple[str, ...]]:
    """The other ways to write a numbered or lettered road: "CR H", "SR 9"."""
    if len(street) < 2:
        return
    for forms in _ROUTES:
        for form in forms:
            if len(street) > len(form) and all(
                word == said or said in roads().get(word, ())
                for word, said in zip(street, form, strict=False)
            ):
                rest = street[len(form) :]
                if len(rest[0]) == 1 or rest[0].isdigit():
                    yield from ((*other, *rest) for other in forms)
                    return


def _numbered(person: Person, number: list[str], street: list[str]) -> None:
    """A house number with a letter before it, with the street in its forms, "CR H" for County Road H too."""
    bare = [tuple(street), *_bare_streets(street)]
    bare += _routes(street)
    if len(street) > 1 and street[-1] in _WAYS and len(street[0]) > 3:
        bare.append(tuple(street[:-1]))
    for each in bare:
        if each:
            _words_phrase(person, (*number, *each), "LOCATION")
            _words_phrase(person, (number[1], *each), "LOCATION")


_WAYS = word_set(
    "road street lane avenue drive close court crescent terrace gardens place square boulevard grove parkway "
    "highway circle trail way crossing rise walk row view parade mews rd st ln ave dr cl ct cres terr pl sq "
    "blvd pkwy hwy cir trl loop path run"
)
_POINTS = frozenset(("n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west"))
_THE_OR_UNIT = re.compile(
    r"^(?:the |(?:apt|apartment|unit|suite|ste|flat|rm|room)\.? ?#?\w{1,4}[ ,]+(?:the )?)"
)
_UNITS = frozenset(("apt", "apartment", "unit", "suite", "ste", "flat", "rm", "room"))


def _bare_streets(street: list[str]) -> Iterator[tuple[str, ...]]:
    """A street without the flat, and without its point of the compass too: "n elm st", "elm st"."""
    end = next((at for at, word in enumerate(street) if at and word in _UNITS), len(street))
    start = 1 if len(street[:end]) > 2 and street[0] in _POINTS else 0
    yield tuple(street[:end])
    yield tuple(street[start:end])
    way = street[end - 1] in _WAYS or street[end - 1] in roads()
    if end - start > 2 and way:
        yield tuple(street[start : end - 1])  # "Heron Marsh" for Heron Marsh Lane
    if end > 1 and way:
        yield tuple(street[: end - 1]) if start else ()  # "SE Heron" for SE Heron Lane


def _words_phrase(person: Person, words: tuple[str, ...], kind: SpanType) -> None:
    if not words or (len(words) == 1 and (len(words[0]) < 4 or words[0] in roads())):
        return
    if all(word.isdigit() for word in words):
        return
    if (
        len(words) == 2
        and any(word.isdigit() and len(word) < 4 for word in words)
        and any(word in _POINTS or word in _WAYS for word in words)
    ):
        return  # "N 5", "5 St"
    person.phrases[words] = kind
