"""Does a sentence that a model wrote follow from a sentence of a passage? Pure.

Strict on purpose: what is left out wrongly costs a sentence, what is let through wrongly costs an answer. A
sentence may be shorter than its support, bend its words and name what "it" is; it changes no figure, unit,
negation, condition, degree, direction, urgency or country, and it keeps the order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

from prentice.knowledge.passages import Passage
from prentice.knowledge.retrieve import regions_in
from prentice.knowledge.words import stems
from prentice.llm.embeddings import Vectors

NEAR = 0.75  # cosine of the two sentences
_HELD = 0.5  # of the sentence's words, those that the supporting sentence itself holds
_TOLD = 0.6  # of the supporting sentence's words, those that are told
_SAME = 1e-5  # in float32 two vectors of one sentence differ by less
_LEAST = 3  # words of a sentence that says something

_SAID = yaml.safe_load(files("prentice.knowledge").joinpath("supported.yml").read_text("utf-8"))
_NUMBERS: Mapping[str, str] = _SAID["numbers"]
_UNITS = {f"u{i}": name for i, name in enumerate(_SAID["units"])}
_PAUSE = "=pause"  # as the pattern's group is named
_MODAL = frozenset({"should", "must", "shall", "could", "might", "need"})
_UNIT = "|".join(f"(?P<{g}>{'|'.join(_SAID['units'][name])})" for g, name in _UNITS.items())
_UNIT_AFTER = re.compile(rf"[\s-]{{0,2}}(?:{_UNIT})(?![\w])")
_RANGE_AFTER = re.compile(r"\s?(?:to|and|or|[-–])\s?")
_KIND = "|".join(rf"(?P<{name}>{'|'.join(phrases)})" for name, phrases in _SAID["kinds"].items())
_TOKEN = re.compile(
    rf"(?P<figure>(?P<money>[£$€]\s?)?(?P<sign>(?<![\w.])[-+−±]\s?)?\d+(?:[.,/]\d+)*)"
    rf"|\b(?:{_KIND})(?!\w|'\w)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)|(?P<pause>[,;:–—])(?= )"
)
# Forms that no sentence of an answer has: links, tags, Markdown, templates, tables, code.
_MARKUP = re.compile(
    r"[<>{}\[\]|`*_#\\~^]|&#?\w+;|\bhttps?:|\bwww\.|://|\b[\w-]+\.(?:com|org|net|io|co|uk|gov|edu|example|info|app|dev|ly)\b",
    re.IGNORECASE,
)
_SIGNS = re.compile(r'[?!:;()"“”…/]')  # a sentence has none that its support has not
_FRAGMENT = re.compile(
    r"(?:if|when|while|because|although|since|unless|until|or|and|but)\b[^,]*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence as it is compared. `order`: as they come, its stems, '=' and the name of a kind, '#' and a
    figure with its unit. `words`: the stems. `ends`: where in `order` it may stop, with a part of it said."""

    order: tuple[str, ...]
    ends: frozenset[int]
    words: frozenset[str]
    regions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Support:
    """The sentence of a passage by which another is supported."""

    sentence: str
    passage: Passage
    cosine: float


def plain(sentence: str) -> bool:
    """Whether it is text alone: no link, markup or sign that nobody sees.

    >>> plain("Rinse with saline."), plain("See https://a.example"), plain("**Rinse** it")
    (True, False, False)
    """
    return sentence.isprintable() and not _MARKUP.search(sentence)


@lru_cache(maxsize=4_000)
def said(sentence: str) -> Said:
    """
    >>> said("Do not wear them for more than 8 hours.").order
    ('=not', 'wear', '=over', '#8 h')
    >>> sorted(said("Rinse it, then store it.").ends)
    [1, 2]
    """
    order: list[str] = []
    ends: set[int] = set()
    for token in _tokens(sentence):
        if token == _PAUSE:
            ends.add(len(order))
        else:
            order.append(token)
    words = frozenset(token for token in order if token[0] not in "=#")
    return Said(tuple(order), frozenset({*ends, len(order)}), words, frozenset(regions_in(sentence)))


def sends_to_care(sentence: str) -> bool:
    """
    >>> sends_to_care("Get it looked at the same day."), sends_to_care("Rinse it each day.")
    (True, False)
    """
    return "=care" in said(sentence).order


def supported(
    sentence: str,
    vector: Vectors,
    passages: Sequence[tuple[Passage, Vectors]],
    region: str = "any",
) -> Support | None:
    """The nearest sentence that supports it, or None. `vector` is the sentence's, `passages` come with those
    of their sentences (n, 384); `region` is the one that is asked about: "UK", "US" or "any"."""
    this = said(sentence)
    if len(this.order) < _LEAST or _FRAGMENT.match(sentence):
        return None
    best: Support | None = None
    for passage, vectors in passages:
        nearness = vectors @ vector
        around = said(f"{passage.title} {passage.heading} {passage.region}").words
        for near, held in zip(nearness, passage.sentences, strict=True):
            if near < NEAR or (best and near < best.cosine + _SAME):
                continue
            if (
                set(_SIGNS.findall(sentence)) <= set(_SIGNS.findall(held))
                and follows(this, said(held), around)
                and _of_region(this, said(held), passage.region, region)
            ):
                best = Support(held, passage, float(near))
    return best


def follows(this: Said, held: Said, around: frozenset[str] = frozenset()) -> bool:
    """Whether `this` says nothing that `held` does not. `around` are the words of the passage's headings,
    which may stand before all others: what "it" is.

    >>> rinse = said("Rinse soft lenses with fresh solution for 10 seconds, not with water.")
    >>> [follows(said(s), rinse) for s in ("Rinse soft lenses with solution for 10 seconds, not water.",
    ...     "Rinse soft lenses with water for 10 seconds, not with fresh solution.",
    ...     "Rinse soft lenses with fresh solution for 10 minutes, not water.",
    ...     "Rinse lenses with fresh solution for 10 seconds and water.")]
    [True, False, False, False]
    """
    subject = next((i for i, token in enumerate(this.order) if token in held.words or token[0] in "=#"), 0)
    new, shared = this.words - held.words, this.words & held.words
    return (
        _marks(this) == _marks(held)
        and new <= around & frozenset(this.order[:subject])
        and not any(_turned(word, held.words) for word in new)
        and len(shared) >= _HELD * len(this.words)
        and len(shared) >= _TOLD * len(held.words)
        and _in_order(this.order[subject:], held)
    )


def _tokens(sentence: str) -> Iterator[str]:
    text = sentence.lower().replace("−", "-").replace("’", "'")
    at = 0
    while token := _TOKEN.search(text, at):
        at = token.end()
        word = token["word"]
        if token["figure"] or word in _NUMBERS:
            unit, end = _unit(token, text)
            at = max(at, end)
            number = _number(token["figure"]) if token["figure"] else _NUMBERS[word]
            yield f"#{number} {unit}".rstrip()
        elif word is None:
            yield f"={token.lastgroup}"
        elif word.endswith("n't"):
            if word[:-3] in _MODAL:
                yield from _tokens(word[:-3])
            yield "=not"
        else:
            yield from stems(word)


def _number(figure: str) -> str:
    """
    >>> [_number(f) for f in ("6.00", "+6", "- 6", "£1,000", "6/12")]
    ['6', '6', '-6', '1000', '6/12']
    """
    bare = figure.replace(" ", "").replace(",", "").lstrip("£$€").lstrip("+±")
    return bare.rstrip("0").rstrip(".") if "." in bare and "/" not in bare else bare


def _unit(token: re.Match[str], text: str) -> tuple[str, int]:
    """The unit of a figure and where it ends; of "5" in "5 to 7 mm" that of the 7."""
    if token["money"]:
        return token["money"].strip(), token.end()
    if after := _UNIT_AFTER.match(text, token.end()):
        return _UNITS[next(group for group in _UNITS if after[group])], after.end()
    joint = _RANGE_AFTER.match(text, token.end())
    further = _TOKEN.match(text, joint.end()) if joint else None
    if further and (further["figure"] or further["word"] in _NUMBERS):
        return _unit(further, text)[0], token.end()
    return "", token.end()


def _of_region(this: Said, held: Said, of: str, asked: str) -> bool:
    """A rule of one country is told as that country's, or where that country is asked about."""
    own = {of} - {"any"}
    bound = held.regions | own
    return this.regions <= bound and bound - this.regions <= {asked}


def _marks(this: Said) -> list[str]:
    """What is the same in both: figures, kinds, and words that have an opposite."""
    return [token for token in this.order if token[0] in "=#" or token in _SIDES]


def _in_order(these: Sequence[str], held: Said) -> bool:
    """Whether they come in it in the same order, from its beginning to a pause or the end, with no two words
    left away side by side.

    >>> held = said("The anterior chamber lies between cornea and iris, the posterior between iris and lens.")
    >>> [_in_order(said(sentence).order, held) for sentence in ("The anterior chamber lies between cornea "
    ...     "and iris.", "The anterior chamber lies between iris and lens.")]
    [True, False]
    """
    if not these or not held.order:
        return False
    those = held.order[1:] if held.order[0] == "yes" != these[0] else held.order
    if these[0] != those[0]:
        return False
    places = {0}
    for token in these[1:]:
        places = {i for place in places for i in (place + 1, place + 2) if those[i : i + 1] == (token,)}
    behind = len(held.order) - len(those) + 1
    return any(place + behind in held.ends for place in places)


def _sides() -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    for one, other in _SAID["opposites"]:
        yield frozenset(stems(one)), frozenset(stems(other))


_OPPOSITES = tuple(_sides())
_SIDES = frozenset[str]().union(*(one | other for one, other in _OPPOSITES))
_TURNS = ("un", "in", "im", "ir", "non", "dis", "mis", "anti", "hypo", "hyper", "under", "over")


def _turned(word: str, held: frozenset[str]) -> bool:
    """Whether the support has its opposite."""
    if any(word == turn + other or other == turn + word for other in held for turn in _TURNS):
        return True
    return any((word in one and held & other) or (word in other and held & one) for one, other in _OPPOSITES)
