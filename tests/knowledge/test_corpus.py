"""The corpus is as large, as wide and as sound as it is said to be."""

from __future__ import annotations

from collections import Counter

import pytest

from prentice.knowledge.corpus import TOPICS, Corpus
from prentice.knowledge.validate import LEAST_ARTICLES, LEAST_ITEMS, findings
from prentice.knowledge.vectors import KeptVectors


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
