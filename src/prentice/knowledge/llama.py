"""LlamaIndex: our embeddings, the pipeline that documents go through, and the corpus as a retriever.

Imported where it is used and not before: it takes seconds, and no question needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from prentice.knowledge.documents.rows import Embedded
from prentice.knowledge.passages import Passage
from prentice.knowledge.retrieve import More, Ranked, Retriever
from prentice.llm.embeddings import minilm


class MiniLMEmbedding(BaseEmbedding):
    """all-MiniLM-L6-v2 for LlamaIndex, without torch: `Settings.embed_model = MiniLMEmbedding()`."""

    model_name: str = "all-MiniLM-L6-v2"
    embed_batch_size: int = 32

    def _get_query_embedding(self, query: str) -> list[float]:
        found: list[float] = minilm().query(query).tolist()
        return found

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = minilm().embed(texts).tolist()
        return found


class CorpusRetriever(BaseRetriever):
    """The corpus, and with `more` a practice's documents, for whoever composes with LlamaIndex.

    A node's text is the passage; its metadata name the document, title, region, audience and sources.
    """

    def __init__(
        self,
        retriever: Retriever,
        *,
        region: str = "any",
        more: More | None = None,
        most: int = 5,
        **given: Any,
    ) -> None:
        super().__init__(**given)
        self._retriever, self._region, self._more, self._most = retriever, region, more, most

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        asked = self._retriever.asked(query_bundle.query_str, self._region)
        return [_scored(one) for one in self._retriever.search(asked, self._more, self._most)]


def embedded(passages: Sequence[Passage]) -> list[Embedded]:
    """Passages with the vectors of themselves and of their sentences."""
    nodes = [TextNode(id_=str(p.part), text=p.indexed) for p in passages]
    nodes += [
        TextNode(id_=f"{p.part}.{at}", text=sentence)
        for p in passages
        for at, sentence in enumerate(p.sentences)
    ]
    pipeline = IngestionPipeline(transformations=[MiniLMEmbedding()], disable_cache=True)
    vectors = {node.node_id: np.array(node.embedding, np.float32) for node in pipeline.run(nodes=nodes)}
    return [
        Embedded(
            passage=p,
            vector=vectors[str(p.part)],
            sentences=np.stack([vectors[f"{p.part}.{at}"] for at in range(len(p.sentences))]),
        )
        for p in passages
    ]


def _scored(ranked: Ranked) -> NodeWithScore:
    passage = ranked.candidate.passage
    node = TextNode(
        id_=passage.id,
        text=passage.text,
        metadata={
            "document": passage.document,
            "title": passage.title,
            "heading": passage.heading,
            "region": passage.region,
            "audience": passage.audience,
            "sources": list(passage.sources),
        },
    )
    return NodeWithScore(node=node, score=ranked.score)
