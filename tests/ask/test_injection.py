"""Rules and scorer: what they were made from, that it can be made again, and how fast they are."""

from __future__ import annotations

import base64
import json
import time

import numpy as np
import pytest
from evaluation.cases import TESTS, read_cases
from evaluation.guarding import rejects

from prentice.ask.injection import features, rules, train
from prentice.ask.injection.examples import data_hash, examples
from prentice.ask.injection.families import Family
from prentice.ask.injection.scorer import WEIGHTS, scorer


def test_the_examples_are_many_and_each_stands_once() -> None:
    told = examples()
    assert sum(e.attack for e in told) >= 500
    assert sum(not e.attack for e in told) >= 700
    attacks = {e.text.casefold() for e in told if e.attack}
    assert not attacks & {e.text.casefold() for e in told if not e.attack}
    assert {e.family for e in told if e.attack} | {"steering"} == {f.value for f in Family}


def test_the_weights_are_those_of_the_examples() -> None:
    kept = json.loads(WEIGHTS.read_text("utf-8"))
    assert kept["data"] == data_hash(), "train again: python -m prentice.ask.injection.train"
    assert WEIGHTS.stat().st_size < 300_000


@pytest.mark.timeout(300)
def test_training_again_gives_the_same_weights() -> None:
    kept, again = json.loads(WEIGHTS.read_text("utf-8")), train.trained(examples())
    old, new = (np.frombuffer(base64.b64decode(w["weights"]), np.int8).astype(int) for w in (kept, again))
    assert np.abs(old - new).max() <= 1  # the last bit of an exponential differs between processors
    assert again["threshold"] == pytest.approx(kept["threshold"], abs=0.002)
    assert again["held_out"]["precision"] >= 0.98


def test_the_score_alone_blocks_almost_nobody_it_was_not_trained_on() -> None:
    judge = scorer()
    innocent = [e for e in examples() if e.held_out and not e.attack]
    assert sum(judge.score(e.text) >= judge.threshold for e in innocent) <= 0.01 * len(innocent)


def test_a_question_is_scored_in_half_a_millisecond() -> None:
    judge = scorer()
    texts = [e.text for e in examples()][:400]
    took = []
    for text in texts:
        began = time.perf_counter()
        judge.score(text)
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.0005


def test_features_do_not_depend_on_the_process_or_on_figures() -> None:
    assert features.places("units sold in 2026").sum() == features.places("UNITS sold in 7").sum()
    assert list(features.places("revenue")[:3]) == sorted(features.places("revenue")[:3])
    assert not len(features.places("")) or features.places("").max() < features.WIDTH


@pytest.mark.parametrize("family", [f for f in Family if f is not Family.STEERING])
def test_each_family_has_patterns_that_find_most_of_its_examples(family: Family) -> None:
    texts = [e.text.casefold() for e in examples() if e.family == family.value]
    assert texts
    found = sum(rules.sure(text) is not None for text in texts)
    assert found >= 0.7 * len(texts), [t for t in texts if rules.sure(t) is None]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("folder", ["questions", "questions_unseen", "questions_patients", "second_practice"])
def test_no_question_that_is_answered_is_taken_for_an_attack(folder: str) -> None:
    cases = read_cases((TESTS / folder).glob("*.yml"), tenant="x" if folder == "second_practice" else None)
    answered = [c for c in cases if c.expect in ("answer", "withheld")]
    assert answered
    wrong = [c.question for c in answered if rejects(c.question)]
    assert not wrong
    asked_back = [c for c in cases if c.expect == "ask" and rejects(c.question)]
    assert len(asked_back) <= 1, asked_back
