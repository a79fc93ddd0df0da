"""Vectors of documents in Qdrant, spoken to through its local mode; what is found is looked up in PostgreSQL.

Guards against: another practice's vector that comes back, a small practice that finds nothing beside a large
one, a document half-ingested that is found, a vector that outlives its document.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from prentice.embedded import Servers
from prentice.errors import BadConfiguration, SourceUnavailable, UnknownDocument
from prentice.knowledge.documents.elsewhere import Edition, LlamaVectors, Near, opened, qdrant
from prentice.knowledge.documents.library import Library, cut
from prentice.knowledge.documents.rows import Embedded
from prentice.knowledge.documents.store import Document, DocumentStore
from prentice.knowledge.words import stems
from prentice.llm.embeddings import DIMENSIONS, Vectors
from prentice.settings import Settings
from prentice.tenancy.platform import open_platform
from prentice.wiring import hooks_of

SMALL, LARGE = "smallpractis", "largepractis"
LARGE_PARTS = 2_000


@pytest.fixture(scope="module")
def engine(servers: Servers) -> Iterator[Engine]:
    engine = open_platform(servers.platform_url)
    with engine.begin() as connection:
        for id in (SMALL, LARGE):
            connection.execute(
                text(
                    "insert into tenants (id, slug, name, company_id, currency, country, timezone, route) "
                    "values (cast(:id as varchar), :id, cast(:id as text), '1', 'GBP', 'GB', "
                    "'Europe/London', 'pool')"
                ),
                {"id": id},
            )
    yield engine
    with engine.begin() as connection:
        connection.execute(text("delete from tenants where id in (:a, :b)"), {"a": SMALL, "b": LARGE})
    engine.dispose()


class Counted(LlamaVectors):
    """The store as it is, with a switch that takes it away, and its points to look at."""

    def __init__(self) -> None:
        from qdrant_client import QdrantClient

        self.client = QdrantClient(location=":memory:")
        self.down = False
        super().__init__("qdrant:tests", lambda: qdrant(self.client, "tests", local=True), alone=True)

    def _here(self) -> None:
        if self.down:
            raise SourceUnavailable("Away.", "Wait.")

    def put(self, tenant_id: str, edition: Edition, vectors: Vectors) -> None:
        self._here()
        super().put(tenant_id, edition, vectors)

    def remove(self, tenant_id: str, edition: Edition, passages: int) -> None:
        self._here()
        super().remove(tenant_id, edition, passages)

    def nearest(self, tenant_id: str, editions: Sequence[Edition], vector: Vectors, most: int) -> list[Near]:
        self._here()
        return super().nearest(tenant_id, editions, vector, most)

    def points(self, tenant_id: str) -> list[dict[str, Any]]:
        if not self.client.collection_exists("tests"):
            return []
        found, _ = self.client.scroll("tests", limit=100_000)
        return [p.payload for p in found if p.payload and p.payload["tenant"] == tenant_id]


@pytest.fixture
def vectors() -> Iterator[Counted]:
    vectors = Counted()
    yield vectors
    vectors.client.close()


@pytest.fixture
def store(engine: Engine, vectors: Counted) -> Iterator[DocumentStore]:
    store = DocumentStore(engine, vectors)
    yield store
    vectors.down = False
    for tenant in (SMALL, LARGE):
        store.forget(tenant)


def unit(rng: np.random.Generator, n: int) -> Vectors:
    found = rng.standard_normal((n, DIMENSIONS)).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def embedded(name: str, vectors: Vectors, word: str = "lens") -> list[Embedded]:
    told = "\n\n".join(
        f"## Part {i}\n\nThe {word} of {name} stands in part {i}." for i in range(len(vectors))
    )
    passages = cut(f"{name}.md", told)
    assert len(passages) == len(vectors)
    return [Embedded(p, v, v[None, :]) for p, v in zip(passages, vectors, strict=True)]


def put(store: DocumentStore, tenant: str, name: str, vectors: Vectors, word: str = "lens") -> Document:
    return store.put(
        tenant,
        f"{name}.md",
        kind="markdown",
        sha256=name,
        size=1,
        left_out=0,
        by="operator",
        embedded=embedded(name, vectors, word),
    )


def found(store: DocumentStore, tenant: str, vector: Vectors, words: Sequence[str] = ()) -> dict[str, float]:
    return {c.passage.id: c.cosine for c in store.search(tenant)(vector, words)}


def test_a_small_practice_among_a_large_one_still_gets_its_neighbours(
    store: DocumentStore, vectors: Counted
) -> None:
    rng = np.random.default_rng(5)
    question = unit(rng, 1)[0]
    # Every vector of the large practice is nearer than any of the small one's.
    near = question + 0.3 * unit(rng, LARGE_PARTS)
    put(store, LARGE, "handbook", near / np.linalg.norm(near, axis=1, keepdims=True))
    mine = unit(rng, 8)
    small = put(store, SMALL, "prices", mine)
    hits = found(store, SMALL, question)
    assert hits == {
        f"{small.id}#1#{part}": pytest.approx(float(cosine), abs=1e-3)
        for part, cosine in enumerate(mine @ question)
    }
    assert len(found(store, LARGE, question)) == 30
    assert not set(found(store, LARGE, question)) & set(hits)


def test_a_vector_of_another_practice_shows_nothing_even_if_the_store_gave_it_back(
    store: DocumentStore, vectors: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(6)
    question = unit(rng, 1)
    theirs = put(store, LARGE, "secret", question)
    put(store, SMALL, "mine", unit(rng, 1))
    monkeypatch.setattr(
        vectors, "nearest", lambda *_: [Near(theirs.id, 1, 0, 1.0), Near("doc-none", 3, 7, 1.0)]
    )
    assert found(store, SMALL, question[0]) == {}
    assert list(found(store, LARGE, question[0])) == [f"{theirs.id}#1#0"]


def test_no_text_of_a_practice_is_in_the_vector_store(store: DocumentStore, vectors: Counted) -> None:
    put(store, SMALL, "margins", unit(np.random.default_rng(7), 2), word="zebrawood")
    assert len(vectors.points(SMALL)) == 2
    assert "zebrawood" not in str(vectors.points(SMALL))
    assert "margins" not in str(vectors.points(SMALL))


def test_the_vectors_are_there_and_not_in_postgresql(store: DocumentStore, engine: Engine) -> None:
    document = put(store, SMALL, "margins", unit(np.random.default_rng(8), 2))
    assert document.place == "qdrant:tests"
    with engine.begin() as connection:
        connection.execute(text("select set_config('prentice.tenant', :t, true)"), {"t": SMALL})
        held = connection.execute(text("select count(*), count(vector) from passages")).one()
    assert tuple(held) == (2, 0)


def test_a_new_version_is_searched_instead_of_the_old_one_and_the_old_one_can_come_back(
    store: DocumentStore,
) -> None:
    rng = np.random.default_rng(9)
    question = unit(rng, 1)
    first = put(store, SMALL, "prices", question)
    second = put(store, SMALL, "prices", unit(rng, 2))
    assert (second.id, second.version) == (first.id, 2)
    assert set(found(store, SMALL, question[0])) == {f"{first.id}#2#0", f"{first.id}#2#1"}
    assert store.restore(SMALL, first.id, 1) is not None
    assert found(store, SMALL, question[0]) == {f"{first.id}#1#0": pytest.approx(1.0, abs=1e-3)}
    assert [d.state for d in store.all(SMALL)] == ["old", "ready"]


def test_removal_removes_all_versions_here_and_there(store: DocumentStore, vectors: Counted) -> None:
    rng = np.random.default_rng(10)
    document = put(store, SMALL, "prices", unit(rng, 3))
    put(store, SMALL, "prices", unit(rng, 1_001))  # more than one call removes
    put(store, SMALL, "other", unit(rng, 1))
    put(store, LARGE, "prices", unit(rng, 2))
    assert store.remove(SMALL, document.id)
    assert [d.name for d in store.all(SMALL)] == ["other.md"]
    assert (len(vectors.points(SMALL)), len(vectors.points(LARGE))) == (1, 2)
    assert not store.remove(SMALL, document.id)
    store.forget(SMALL)
    assert (vectors.points(SMALL), store.all(SMALL)) == ([], [])
    assert len(vectors.points(LARGE)) == 2


def test_a_practice_that_is_removed_takes_its_vectors_with_it_before_its_rows(
    store: DocumentStore, vectors: Counted
) -> None:
    put(store, SMALL, "prices", unit(np.random.default_rng(19), 3))
    nothing: Any = None
    library = Library(store, suspicious=lambda text: False, identifiers=lambda text: ())
    hooks = hooks_of(nothing, nothing, nothing, library, nothing, "")
    [forget] = [
        hook for hook in hooks.on_remove if "library" in hook.__code__.co_names + hook.__code__.co_freevars
    ]
    tenant: Any = type("Leaving", (), {"id": SMALL})
    vectors.down = True
    with pytest.raises(SourceUnavailable):  # then the removal is run again
        forget(tenant)
    vectors.down = False
    forget(tenant)
    forget(tenant)  # also when it was killed right after
    assert vectors.points(SMALL) == []


def test_what_the_store_did_not_take_is_neither_shown_nor_searched(
    store: DocumentStore, vectors: Counted
) -> None:
    rng = np.random.default_rng(11)
    question = unit(rng, 1)
    first = put(store, SMALL, "prices", question)
    vectors.down = True
    with pytest.raises(SourceUnavailable):
        put(store, SMALL, "prices", unit(rng, 2), word="frame")
    with pytest.raises(SourceUnavailable):
        put(store, SMALL, "new", unit(rng, 2), word="frame")
    vectors.down = False
    assert [(d.name, d.version, d.state) for d in store.all(SMALL)] == [("prices.md", 1, "ready")]
    assert list(found(store, SMALL, question[0], stems("frame"))) == [f"{first.id}#1#0"]


def test_what_was_killed_half_way_is_not_found_and_is_cleared_away_by_the_next_change(
    store: DocumentStore, vectors: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(12)
    question = unit(rng, 1)
    killed = vectors.put

    def dies_after(tenant_id: str, edition: Edition, given: Vectors) -> None:
        killed(tenant_id, edition, given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(vectors, "put", dies_after)
        with pytest.raises(KeyboardInterrupt):
            put(store, SMALL, "prices", question, word="frame")
    assert len(vectors.points(SMALL)) == 1
    assert store.all(SMALL) == []
    assert found(store, SMALL, question[0], stems("frame")) == {}
    put(store, SMALL, "other", unit(rng, 1))
    assert [p["document"] for p in vectors.points(SMALL)] == [store.all(SMALL)[0].id]


def test_a_removal_while_the_store_is_away_ends_the_search_and_is_finished_later(
    store: DocumentStore, vectors: Counted
) -> None:
    rng = np.random.default_rng(13)
    question = unit(rng, 1)
    document = put(store, SMALL, "prices", question, word="frame")
    vectors.down = True
    with pytest.raises(SourceUnavailable):
        store.remove(SMALL, document.id)
    assert store.all(SMALL) == []
    assert found(store, SMALL, question[0], stems("frame")) == {}
    vectors.down = False
    put(store, SMALL, "other", unit(rng, 1))
    assert len(vectors.points(SMALL)) == 1


def test_without_the_store_the_words_still_find(store: DocumentStore, vectors: Counted) -> None:
    question = unit(np.random.default_rng(14), 1)
    document = put(store, SMALL, "prices", question, word="frame")
    vectors.down = True
    # Its own vector is away; that of its one sentence is not.
    assert found(store, SMALL, question[0], stems("frame")) == {
        f"{document.id}#1#0": pytest.approx(1.0, abs=0.01)
    }
    assert found(store, SMALL, question[0]) == {}


def test_a_practice_without_documents_costs_the_store_nothing(store: DocumentStore, vectors: Counted) -> None:
    vectors.down = True  # would be noted, and is not asked
    assert found(store, SMALL, unit(np.random.default_rng(15), 1)[0], stems("frame")) == {}
    assert vectors._made is None


def test_after_the_setting_changed_the_same_file_moves_its_vectors(
    store: DocumentStore, engine: Engine, vectors: Counted
) -> None:
    scope: Any = type("Scope", (), {"tenant_id": SMALL})
    here = Library(DocumentStore(engine), suspicious=lambda text: False, identifiers=lambda text: ())
    there = Library(store, suspicious=lambda text: False, identifiers=lambda text: ())
    content = b"# Prices\n\nA rimless frame costs 210 pounds."
    first = here.add(scope, "prices.md", content, by="operator")
    assert here.add(scope, "prices.md", content, by="operator") == first
    assert vectors.points(SMALL) == []
    question = unit(np.random.default_rng(16), 1)[0]
    assert list(found(store, SMALL, question, stems("frame"))) == [f"{first.id}#1#0"]  # by its words
    second = there.add(scope, "prices.md", content, by="operator")
    assert (second.version, second.place, len(vectors.points(SMALL))) == (2, "qdrant:tests", 1)
    assert list(found(store, SMALL, question)) == [f"{first.id}#2#0"]
    there.remove(scope, "prices.md")
    with pytest.raises(UnknownDocument):
        there.remove(scope, "prices.md")
    assert vectors.points(SMALL) == []


# Qdrant's client leaves its lock file open when it is refused.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_folder_is_opened_in_local_mode_and_kept(tmp_path: Path) -> None:
    settings = Settings(vector_store="qdrant", vector_store_url=f"file://{tmp_path}/vectors")
    place = opened(settings)
    assert place is not None
    assert place.name == "qdrant:prentice"
    vector = unit(np.random.default_rng(17), 1)
    place.put(SMALL, Edition("doc-a", 1), vector)
    assert [n.part for n in place.nearest(SMALL, [Edition("doc-a", 1)], vector[0], 5)] == [0]
    assert place.nearest(SMALL, [Edition("doc-a", 2)], vector[0], 5) == []
    assert place.nearest(LARGE, [Edition("doc-a", 1)], vector[0], 5) == []
    again = opened(settings)
    assert again is not None
    with pytest.raises(BadConfiguration, match="Another process"):
        again.nearest(SMALL, [Edition("doc-a", 1)], vector[0], 5)
    place.close()
    assert [n.part for n in again.nearest(SMALL, [Edition("doc-a", 1)], vector[0], 5)] == [0]
    again.close()


def test_a_server_that_does_not_answer_is_told_with_the_next_step() -> None:
    place = opened(
        Settings(vector_store="qdrant", vector_store_url="http://127.0.0.1:1", vector_store_key="hush")
    )
    assert place is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a key that travels unencrypted: production mode refuses that
        with pytest.raises(SourceUnavailable, match="PRENTICE_VECTOR_STORE_URL") as refused:
            place.put(SMALL, Edition("doc-a", 1), unit(np.random.default_rng(18), 1))
    assert "hush" not in str(refused.value)
    assert "127.0.0.1" not in str(refused.value)
    place.close()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"vector_store": "qdrant"}, "PRENTICE_VECTOR_STORE_URL is not set"),
        (
            {"vector_store": "pinecone", "vector_store_key": "hush"},
            "pip install llama-index-vector-stores-pinecone",
        ),
    ],
)
def test_what_a_store_lacks_is_named_at_the_start(given: dict[str, Any], named: str) -> None:
    with pytest.raises(BadConfiguration, match=named) as refused:
        opened(Settings(**given))
    assert "hush" not in str(refused.value)


def test_pinecone_wants_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prentice.knowledge.documents.elsewhere.find_spec", lambda name: object())
    with pytest.raises(BadConfiguration, match="PRENTICE_VECTOR_STORE_KEY is not set"):
        opened(Settings(vector_store="pinecone"))
    assert opened(Settings(vector_store="pinecone", vector_store_key="hush")) is not None  # not yet connected


def test_by_default_vectors_stay_in_postgresql() -> None:
    assert opened(Settings()) is None


def test_neither_address_nor_key_are_shown_when_settings_are_printed() -> None:
    given = Settings(vector_store="qdrant", vector_store_url="https://hush:6333", vector_store_key="hush")
    assert "hush" not in repr(given)
