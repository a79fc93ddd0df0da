"""Vectors of practices' documents outside PostgreSQL: in Qdrant or Pinecone, through LlamaIndex's stores.

What is there are vectors and where each belongs, never a text: what `nearest` tells is looked up in
PostgreSQL, behind row security, before anybody sees it. The practice and the editions that are searched are
conditions inside the search, so a small practice among large ones still gets its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from heapq import nlargest
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid5

import structlog

from prentice.errors import BadConfiguration, SourceUnavailable
from prentice.llm.embeddings import Vectors
from prentice.settings import Settings, variable

if TYPE_CHECKING:
    from llama_index.core.vector_stores.types import BasePydanticVectorStore

log = structlog.get_logger(__name__)
PGVECTOR = "pgvector"
_IDS = UUID(
    "6c0f2f3e-6e0b-5a34-9a39-0d3c8a5d7f11"
)  # any of ours: the same passage has the same id, put again or not
_MOST_REMOVED = 1_000  # ids of one call: Pinecone's limit
_MOST_EDITIONS = 1_000  # of one search; a practice with more is asked for in turns
_TIMEOUT_S = 3  # of one request; a search without vectors goes on by words


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a document."""

    document: str
    version: int

    @property
    def key(self) -> str:
        return f"{self.document}#{self.version}"


@dataclass(frozen=True, slots=True)
class Near:
    """A passage that may be there still, and the cosine of its vector and the question's."""

    document: str
    version: int
    part: int
    cosine: float


class Elsewhere(Protocol):
    """Each raises `SourceUnavailable` where the store does not answer, and may be called again after that."""

    @property
    def name(self) -> str:
        """Stands with each edition whose vectors are here."""

    def put(self, tenant_id: str, edition: Edition, vectors: Vectors) -> None:
        """The vectors (n, 384) of passages 0 to n - 1. What was put once is put over."""

    def remove(self, tenant_id: str, edition: Edition, passages: int) -> None:
        """The first `passages` of an edition; those that are not there are no error."""

    def nearest(self, tenant_id: str, editions: Sequence[Edition], vector: Vectors, most: int) -> list[Near]:
        """Up to `most` passages of these editions of this practice, nearest first."""

    def close(self) -> None:
        """Lets go of connections and files."""


class LlamaVectors:
    """Any of LlamaIndex's vector stores that filters by metadata. `make` opens it, once, when it is first
    needed: LlamaIndex takes seconds to import. Safe to use from several threads, also where the store is not
    (`alone`)."""

    def __init__(
        self, name: str, make: Callable[[], BasePydanticVectorStore], *, alone: bool = False
    ) -> None:
        self._name = name
        self._make = make
        self._made: BasePydanticVectorStore | None = None
        self._opening = Lock()
        self._turn: AbstractContextManager[Any] = Lock() if alone else nullcontext()

    @property
    def name(self) -> str:
        return self._name

    def put(self, tenant_id: str, edition: Edition, vectors: Vectors) -> None:
        from llama_index.core.schema import TextNode

        nodes = [
            TextNode(
                id_=_id(tenant_id, edition, part),
                text="",
                embedding=vector.tolist(),
                metadata={
                    "tenant": tenant_id,
                    "edition": edition.key,
                    "document": edition.document,
                    "version": edition.version,
                    "part": part,
                },
            )
            for part, vector in enumerate(vectors)
        ]
        with self._store() as store:
            store.add(nodes)

    def remove(self, tenant_id: str, edition: Edition, passages: int) -> None:
        ids = [_id(tenant_id, edition, part) for part in range(passages)]
        with self._store() as store:
            for at in range(0, len(ids), _MOST_REMOVED):
                store.delete_nodes(node_ids=ids[at : at + _MOST_REMOVED])

    def nearest(self, tenant_id: str, editions: Sequence[Edition], vector: Vectors, most: int) -> list[Near]:
        keys = [edition.key for edition in editions]
        found: list[Near] = []
        with self._store() as store:
            for at in range(0, len(keys), _MOST_EDITIONS):
                found += _asked(store, tenant_id, keys[at : at + _MOST_EDITIONS], vector, most)
        return nlargest(most, found, key=lambda near: near.cosine)

    def close(self) -> None:
        with self._opening:
            close = getattr(getattr(self._made, "client", None), "close", None)
            self._made = None
        if close:
            close()

    @contextmanager
    def _store(self) -> Iterator[BasePydanticVectorStore]:
        try:
            with self._opening:
                self._made = self._made or self._make()
            with self._turn:
                yield self._made
        except BadConfiguration:
            raise
        except Exception as lost:  # each client has errors of its own, and their text may hold the address
            log.warning("vector_store_failed", store=self._name, error=type(lost).__name__)
            raise SourceUnavailable(
                f"The vector store ({self._name}) does not answer as it should.",
                f"Start it, or correct {variable('vector_store_url')}, {variable('vector_store_key')} and "
                f"{variable('vector_store_collection')}, and try again.",
            ) from None


def opened(settings: Settings) -> Elsewhere | None:
    """The store that the settings name; None where vectors stay in PostgreSQL.

    Connects when it is first used. Raises `BadConfiguration` where a setting or a package is missing.
    """
    match settings.vector_store:
        case "pgvector":
            return None
        case "qdrant":
            _installed("qdrant")
            url = settings.vector_store_url
            if url is None:
                raise _missing("qdrant", "vector_store_url", "Set it to the address of your Qdrant.")
            key, collection = settings.vector_store_key, settings.vector_store_collection
            return LlamaVectors(
                f"qdrant:{collection}",
                lambda: _qdrant(url, key, collection),
                alone=urlsplit(url).scheme == "file",
            )
        case "pinecone":
            _installed("pinecone")
            key = settings.vector_store_key
            if key is None:
                raise _missing(
                    "pinecone", "vector_store_key", "Set it to an API key of your Pinecone project."
                )
            host, index = settings.vector_store_url, settings.vector_store_collection
            return LlamaVectors(f"pinecone:{index}", lambda: _pinecone(key, host, index))


def qdrant(client: Any, collection: str, *, local: bool) -> BasePydanticVectorStore:
    """LlamaIndex's store over a Qdrant client. The practice is an indexed field, so that a search for a small
    one looks at its own points alone; the local mode has no such indexes, and complains of them."""
    from llama_index.vector_stores.qdrant import QdrantVectorStore
    from qdrant_client import models

    keyword = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
    indexes: list[Any] = [
        {"field_name": "tenant", "field_schema": keyword},
        {"field_name": "edition", "field_schema": models.PayloadSchemaType.KEYWORD},
    ]
    store: BasePydanticVectorStore = QdrantVectorStore(
        collection, client=client, index_doc_id=False, payload_indexes=None if local else indexes
    )
    return store


def _qdrant(url: str, key: str | None, collection: str) -> BasePydanticVectorStore:
    from qdrant_client import QdrantClient

    if urlsplit(url).scheme != "file":
        # Whether the versions fit is asked by a request of its own, which warns where nothing answers.
        client = QdrantClient(url=url, api_key=key, timeout=_TIMEOUT_S, check_compatibility=False)
        return qdrant(client, collection, local=False)
    folder = unquote(urlsplit(url).path)
    try:
        client = QdrantClient(
            path=folder, force_disable_check_same_thread=True
        )  # `alone` sees to the threads
    except RuntimeError:
        raise BadConfiguration(
            f"Another process has the folder of {variable('vector_store_url')} open.",
            "Qdrant's local mode is of one process: stop the other, or start a Qdrant server and name that.",
        ) from None
    return qdrant(client, collection, local=True)


def _pinecone(key: str, host: str | None, index: str) -> BasePydanticVectorStore:
    """The index has to be there already: 384 dimensions, metric cosine."""
    from llama_index.vector_stores.pinecone import PineconeVectorStore
    from pinecone import Pinecone

    client = Pinecone(api_key=key)
    opened_index = client.Index(host=host) if host else client.Index(index)
    store: BasePydanticVectorStore = PineconeVectorStore(pinecone_index=opened_index)
    return store


def _installed(name: str) -> None:
    try:
        found = find_spec(f"llama_index.vector_stores.{name}")
    except ModuleNotFoundError:  # of LlamaIndex itself
        found = None
    if found is None:
        raise BadConfiguration(
            f"{variable('vector_store')} is {name}, and the package for it is not installed.",
            f"Run: pip install llama-index-vector-stores-{name}. Or set it to pgvector, which needs none.",
        )


def _missing(store: str, field: str, next_step: str) -> BadConfiguration:
    return BadConfiguration(
        f"{variable('vector_store')} is {store}, and {variable(field)} is not set.", next_step
    )


def _id(tenant_id: str, edition: Edition, part: int) -> str:
    return str(uuid5(_IDS, f"{tenant_id}/{edition.key}/{part}"))


def _asked(
    store: BasePydanticVectorStore, tenant_id: str, keys: list[str], vector: Vectors, most: int
) -> list[Near]:
    from llama_index.core.vector_stores.types import (
        FilterOperator,
        MetadataFilter,
        MetadataFilters,
        VectorStoreQuery,
    )

    only = MetadataFilters(
        filters=[
            MetadataFilter(key="tenant", value=tenant_id),
            MetadataFilter(key="edition", value=keys, operator=FilterOperator.IN),
        ]
    )
    query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=most, filters=only)
    result = store.query(query)
    return [
        Near(
            document=str(node.metadata["document"]),
            version=int(node.metadata["version"]),
            part=int(node.metadata["part"]),  # Pinecone gives numbers back as floats
            cosine=float(cosine),
        )
        for node, cosine in zip(result.nodes or [], result.similarities or [], strict=True)
    ]
