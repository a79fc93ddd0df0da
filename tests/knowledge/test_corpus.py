"""The corpus is as large, as wide and as sound as it is said to be."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from prentice.errors import BadCorpus
from prentice.knowledge.corpus import FOLDER, TOPICS, Corpus
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import of_item
from prentice.knowledge.validate import LEAST_ARTICLES, LEAST_ITEMS, findings
from prentice.knowledge.vectors import KeptVectors
from prentice.llm.embeddings import minilm


def test_it_holds_at_least_120_articles_and_1200_items(corpus: Corpus) -> None:
    assert len(corpus.articles) >= max(LEAST_ARTICLES, 120)
    assert len(corpus.items) >= max(LEAST_ITEMS, 1_200)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_has_articles_and_items(corpus: Corpus, topic: str) -> None:
    assert sum(a.topic == topic for a in corpus.articles.values()) >= 3
    assert sum(i.topic == topic for i in corpus.items.values()) >= 30


def test_both_readers_and_both_regions_are_served(corpus: Corpus) -> None:
    readers = Counter(item.audience for item in corpus.items.values())
    regions = Counter(item.region for item in corpus.items.values())
    assert min(readers["patient"], readers["professional"]) >= 200
    assert min(regions["UK"], regions["US"]) >= 50


def test_validation_finds_no_error(corpus: Corpus, kept: KeptVectors) -> None:
    errors = [f"{f.check} {f.where}: {f.what}" for f in findings(corpus, kept) if f.level == "error"]
    assert errors == []


def test_counterparts_name_each_other_across_regions(corpus: Corpus) -> None:
    for one, other in corpus.counterparts.items():
        pieces = corpus.items if one in corpus.items else corpus.articles
        assert {pieces[one].region, pieces[other].region} == {"UK", "US"}, (one, other)


def test_the_wordings_of_an_item_are_four_different_ones(corpus: Corpus) -> None:
    for item in corpus.items.values():
        assert len({w.casefold() for w in item.wordings}) == 4, item.id


def test_further_wordings_belong_to_an_item_and_are_only_searched(corpus: Corpus) -> None:
    assert len(corpus.also) >= 0.9 * len(corpus.items)
    id, also = next(iter(corpus.also.items()))
    passage = of_item(corpus.items[id], "", also)
    assert passage.also == also
    assert not set(passage.wordings) & set(also)
    index = CorpusIndex([passage])
    assert all(index.search(minilm().embed([asked])[0], [])[0].wording > 0.99 for asked in also)


def test_a_further_wording_of_nothing_is_named(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("vectors.npz"))
    file = tmp_path / "knowledge" / "wordings" / "more.jsonl"
    file.write_text('{"id": "optics-9999", "wordings": ["what is it"]}\n', "utf-8")
    with pytest.raises(BadCorpus, match=r"more\.jsonl, line 1.*optics-9999"):
        Corpus.load(tmp_path / "knowledge")
