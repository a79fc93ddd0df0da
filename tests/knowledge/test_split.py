"""What is tested was never seen: no wording of a test question, nor one like it, is in another part."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from prentice.knowledge.corpus import Corpus
from prentice.knowledge.split import NEAR, Part, clusters, part_of, split
from prentice.llm.embeddings import Vectors


@pytest.fixture(scope="module")
def parts(corpus: Corpus, wordings: dict[str, Vectors]) -> dict[str, Part]:
    return split(list(corpus.items.values()), wordings)


def test_each_item_has_one_part(corpus: Corpus, parts: dict[str, Part]) -> None:
    assert parts.keys() == corpus.items.keys()


def test_parts_are_about_80_10_and_10_of_a_hundred(parts: dict[str, Part]) -> None:
    share = {part: n / len(parts) for part, n in Counter(parts.values()).items()}
    assert share["train"] == pytest.approx(0.8, abs=0.04)
    assert share["dev"] == pytest.approx(0.1, abs=0.03)
    assert share["test"] == pytest.approx(0.1, abs=0.03)


def test_no_two_wordings_that_ask_the_same_stand_in_two_parts(
    parts: dict[str, Part], wordings: dict[str, Vectors]
) -> None:
    tested = [id for id, part in parts.items() if part == "test"]
    others = [id for id, part in parts.items() if part != "test"]
    near = np.concatenate([wordings[id] for id in tested]) @ np.concatenate([wordings[id] for id in others]).T
    assert near.max() <= NEAR


def test_counterparts_of_two_regions_stand_in_one_part(corpus: Corpus, parts: dict[str, Part]) -> None:
    for one, other in corpus.counterparts.items():
        if one in parts:
            assert parts[one] == parts[other], (one, other)


def test_the_order_of_the_items_changes_nothing(
    corpus: Corpus, wordings: dict[str, Vectors], parts: dict[str, Part]
) -> None:
    some = list(corpus.items.values())[:400]
    assert split(some[::-1], wordings) == split(some, wordings)


def test_a_cluster_stays_in_its_part_as_items_are_added(corpus: Corpus, wordings: dict[str, Vectors]) -> None:
    some = list(corpus.items.values())[:400]
    before = {tuple(group) for group in clusters(some[:300], wordings)}
    after = {tuple(group) for group in clusters(some, wordings)}
    told, now = split(some[:300], wordings), split(some, wordings)
    assert len(before & after) > 250
    assert all(told[id] == now[id] for group in before & after for id in group)


@pytest.mark.parametrize(
    ("cluster", "part"), [("optics-001", "train"), ("optics-002", "test"), ("optics-012", "dev")]
)
def test_a_part_is_the_same_on_every_machine(cluster: str, part: Part) -> None:
    assert part_of(cluster) == part
