"""A sentence that a model wrote is let stand only where a passage says the same: no figure, unit, negation,
condition, degree, direction or country may differ. Every sentence of the corpus is turned round in turn."""

from __future__ import annotations

import doctest
import importlib
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from prentice.knowledge import supported as module
from prentice.knowledge.passages import Passage
from prentice.knowledge.supported import follows, plain, said, supported
from prentice.llm.embeddings import minilm

SOME = 1_500  # of the corpus's sentences
_PAIRS = [(a, b) for one, other in module._SAID["opposites"] for a in one.split() for b in other.split()]
TURNED = {a: b for a, b in _PAIRS} | {b: a for a, b in _PAIRS}


@pytest.fixture(scope="module")
def sentences(passages: list[Passage]) -> list[tuple[str, frozenset[str]]]:
    """With the words of their passage's headings."""
    found = [(s, said(f"{p.title} {p.heading}").words) for p in passages for s in p.sentences]
    return random.Random(7).sample([one for one in found if len(said(one[0]).order) >= 3], SOME)


def _figures(sentence: str) -> Iterator[str]:
    for found in re.finditer(r"\d+(?:\.\d+)?", sentence):
        yield sentence[: found.start()] + f"{float(found[0]) * 2 + 1:g}" + sentence[found.end() :]


def _units(sentence: str) -> Iterator[str]:
    for one, other in (("mm", "cm"), ("%", " mm"), ("days", "weeks"), ("hours", "minutes"), (" D", " Δ")):
        if re.search(rf"\d ?{one}(?!\w)", sentence):
            yield re.sub(rf"(\d ?){one}(?!\w)", rf"\g<1>{other}", sentence)


def _negated(sentence: str) -> Iterator[str]:
    for found in re.finditer(r"\b(?:is|are|do|does|can|should|must|may)\b(?! not)", sentence):
        yield f"{sentence[: found.end()]} not{sentence[found.end() :]}"


def _affirmed(sentence: str) -> Iterator[str]:
    for found in re.finditer(r"\b(?:not|never|no|without|cannot|unless|except|only) ", sentence):
        yield sentence[: found.start()] + sentence[found.end() :]


def _opposite(sentence: str) -> Iterator[str]:
    words = sentence.split()
    for i, word in enumerate(words):
        bare = word.strip(".,;:").lower()
        if bare in TURNED:
            yield " ".join([*words[:i], word.lower().replace(bare, TURNED[bare]), *words[i + 1 :]])


def _stronger(sentence: str) -> Iterator[str]:
    for weak, strong in (("may", "must"), ("should", "must"), ("often", "always"), ("usually", "never")):
        if re.search(rf"\b{weak}\b", sentence):
            yield re.sub(rf"\b{weak}\b", strong, sentence)


def _compared(sentence: str) -> Iterator[str]:
    for joint in (" than ", " because ", ", so ", " instead of ", " rather than "):
        one, there, other = sentence.rstrip(".").partition(joint)
        if there:
            yield f"{other}{joint}{one}."


@pytest.mark.parametrize(
    "name", ["knowledge.supported", "knowledge.writer", "knowledge.retrieve", "llm.client"]
)
def test_the_examples_in_the_code_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"prentice.{name}"))
    assert result.attempted
    assert result.failed == 0


def test_every_sentence_follows_from_itself(sentences: list[tuple[str, frozenset[str]]]) -> None:
    assert [s for s, around in sentences if not follows(said(s), said(s), around)] == []


@pytest.mark.parametrize(
    ("turn", "least"),
    [(_figures, 500), (_units, 100), (_negated, 500), (_affirmed, 150), (_opposite, 1_000), (_stronger, 100),
     (_compared, 100)],
)  # fmt: skip
def test_no_sentence_that_is_turned_round_follows(
    sentences: list[tuple[str, frozenset[str]]], turn: Callable[[str], Iterator[str]], least: int
) -> None:
    turned = [(t, s, around) for s, around in sentences for t in turn(s)]
    assert len(turned) >= least, "too few to say anything"
    assert [(t, s) for t, s, around in turned if follows(said(t), said(s), around)] == []


def test_words_of_other_sentences_do_not_get_in(sentences: list[tuple[str, frozenset[str]]]) -> None:
    """One word of it replaced by one of another sentence; what gets by is a heading's word in front, or one
    that carries nothing."""
    chosen = random.Random(8)
    through = []
    for sentence, around in sentences:
        words = sentence.split()
        new = chosen.choice(chosen.choice(sentences)[0].split())
        at = chosen.randrange(len(words))
        other = " ".join([*words[:at], new, *words[at + 1 :]])
        foreign = said(new).words - said(sentence).words - around
        if foreign and follows(said(other), said(sentence), around):
            through.append((other, sentence))
    assert through == []


RINSE = "Rinse soft lenses with fresh solution for 10 to 20 seconds, and never with tap water."
CHAMBER = (
    "The anterior chamber lies between cornea and iris, and the posterior chamber between iris and lens."
)
STEEP = "It may be up to 3 mm smaller if the cornea is steep."


@pytest.mark.parametrize(
    ("sentence", "held", "stands"),
    [
        ("Rinse soft lenses with solution for 10 to 20 seconds, never with tap water.", RINSE, True),
        ("Rinse soft lenses with fresh solution for ten to twenty seconds, not with tap water.", RINSE, True),
        ("Rinse soft lenses with fresh solution for 10 seconds, and never with tap water.", RINSE, False),
        (
            "Rinse soft lenses with fresh solution for 10 to 20 minutes, and never with tap water.",
            RINSE,
            False,
        ),
        ("Rinse soft lenses with fresh solution.", RINSE, False),
        ("Rinse rigid lenses with fresh solution for 10 to 20 seconds, never with tap water.", RINSE, False),
        (
            "Never rinse soft lenses with fresh solution for 10 to 20 seconds, and with tap water.",
            RINSE,
            False,
        ),
        ("The anterior chamber lies between cornea and iris.", CHAMBER, True),
        ("The anterior chamber lies between iris and lens.", CHAMBER, False),
        ("The posterior chamber lies between cornea and iris.", CHAMBER, False),
        ("The optic zone may be up to 3 mm smaller if the cornea is steep.", STEEP, True),
        ("It may be up to 3 mm smaller.", STEEP, False),
        ("It is up to 3 mm smaller if the cornea is steep.", STEEP, False),
        ("It may be at least 3 mm smaller if the cornea is steep.", STEEP, False),
        ("It may be up to 3 mm smaller unless the cornea is steep.", STEEP, False),
        ("It may be up to 3 mm larger if the cornea is steep.", STEEP, False),
        ("If the cornea is steep.", STEEP, False),
        ("Yes.", "Yes.", False),
    ],
)
def test_what_stands_and_what_does_not(sentence: str, held: str, stands: bool) -> None:
    assert bool(_support(sentence, held)) is stands


def _support(sentence: str, held: str, of: str = "any", asked: str = "any") -> object:
    passage = Passage("a", 0, "answer", "The optic zone", "", (held,), "", of, "", ())
    vectors = minilm().embed([sentence, held])
    return supported(sentence, vectors[0], [(passage, vectors[1:])], asked)


FEE = "The practice may charge a fee for a copy of the record."


@pytest.mark.parametrize(
    ("sentence", "held", "of", "asked", "stands"),
    [
        (FEE, FEE, "UK", "UK", True),
        (FEE, FEE, "UK", "US", False),
        (FEE, FEE, "UK", "any", False),
        (f"In the UK, {FEE.lower()}", FEE, "UK", "US", True),
        (f"In the US, {FEE.lower()}", FEE, "UK", "US", False),
        (FEE, f"In the US, {FEE.lower()}", "any", "UK", False),
        (FEE, f"In the US, {FEE.lower()}", "any", "US", True),
    ],
)
def test_a_countrys_rule_is_told_as_that_countrys(
    sentence: str, held: str, of: str, asked: str, stands: bool
) -> None:
    assert bool(_support(sentence, held, of, asked)) is stands


def test_the_sentence_that_comes_nearest_is_cited() -> None:
    held = ("Plastic frames are light.", "Plastic frames are light and warm to the touch.")
    passage = Passage("a", 0, "article", "Frames", "", held, "", "any", "", ())
    other = replace(passage, document="b", sentences=held[:1])
    vectors = minilm().embed([held[0], *held])
    found = supported(held[0], vectors[0], [(passage, vectors[1:]), (other, vectors[1:2])])
    assert found is not None
    assert (found.sentence, found.passage.id) == (held[0], "a#0")


@pytest.mark.parametrize(
    "sentence",
    [
        "See https://lens.example/care for more.",
        "See www.lens.example.",
        "Write to lens-care.com today.",
        "<b>Rinse</b> the lens.",
        "![lens](x) Rinse the lens.",
        "**Rinse** the lens.",
        "`rinse` the lens.",
        "# Rinse the lens.",
        "{{ rinse }} the lens.",
        "Rinse &amp; wipe.",
        "Rinse\u200b the lens.",
        "Rinse \u202ethe lens.",
        "Rinse\x07 the lens.",
        "<|im_start|>system",
    ],
)
def test_links_markup_and_hidden_signs_are_not_plain(sentence: str) -> None:
    assert not plain(sentence)


def test_nearly_every_sentence_of_the_corpus_is_plain(
    sentences: list[tuple[str, frozenset[str]]],
) -> None:
    odd = [s for s, _ in sentences if not plain(s)]
    assert len(odd) <= 0.01 * SOME, odd
