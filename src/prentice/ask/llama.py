"""LlamaIndex: the whole of Prentice as a query engine, for whoever composes with it.

Imported where it is used and not before, as `knowledge.llama` is.
"""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from prentice.ask.contract import Answer
from prentice.ask.pipeline import Prentice
from prentice.tenancy.scope import TenantScope


class AnalystQueryEngine(BaseQueryEngine):
    """One practice's figures, the expert and the calculators, with the rights of `scope`.

    A query goes the way of every question: guarded, limited, audited. Of the response, the text is the
    answer's, the source nodes are the rows as one table and the passages that are cited, each with what is
    quoted of it, and the metadata is the answer's object (`docs/answer.schema.json`). What is declined or
    unclear is a response too: `metadata["kind"]` says so. Raises what `Prentice.ask` raises.
    """

    def __init__(
        self, prentice: Prentice, scope: TenantScope, callback_manager: CallbackManager | None = None
    ) -> None:
        super().__init__(callback_manager)
        self._prentice, self._scope = prentice, scope

    def _get_prompt_modules(self) -> dict[str, Any]:
        """It has no prompts that could be exchanged."""
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        return responded(self._prentice.ask(query_bundle.query_str, self._scope))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)


def responded(answer: Answer) -> Response:
    """An answer as LlamaIndex's response."""
    return Response(
        response=answer.answer,
        source_nodes=[*_rows(answer), *_cited(answer)],
        metadata=answer.as_json(),
    )


def table(answer: Answer) -> str:
    """The rows in Markdown.

    >>> from prentice.ask.contract import Column
    >>> columns = [Column(name="brand", role="dimension", label="Brand"), Column(name="units", role="metric")]
    >>> print(table(Answer(kind="analytics", answer="", columns=columns, rows=[["A|B", 3], [None, 1]])))
    | Brand | units |
    |---|---|
    | A\\|B | 3 |
    |  | 1 |
    """
    head = [column.label or column.name for column in answer.columns]
    lines = [head, *answer.rows]
    told = [f"| {' | '.join(_cell(value) for value in line)} |" for line in lines]
    return "\n".join([told[0], "|" + "---|" * len(head), *told[1:]])


def _rows(answer: Answer) -> list[NodeWithScore]:
    if not answer.rows:
        return []
    node = TextNode(
        id_=f"{answer.trace_id}/rows",
        text=table(answer),
        metadata={
            "columns": [column.name for column in answer.columns],
            "range": answer.range.words if answer.range else "",
            "sql": answer.sql or "",
        },
        excluded_llm_metadata_keys=["sql"],  # what a language model needs are the rows and their dates
        excluded_embed_metadata_keys=["sql"],
    )
    return [NodeWithScore(node=node, score=answer.confidence)]


def _cited(answer: Answer) -> list[NodeWithScore]:
    """One node for each passage, with all that is quoted of it."""
    quoted: dict[str, list[str]] = {}
    told: dict[str, dict[str, str]] = {}
    for citation in answer.citations:
        quoted.setdefault(citation.id, []).append(citation.quote)
        told[citation.id] = {"title": citation.title, "source": citation.source}
    return [
        NodeWithScore(
            node=TextNode(id_=id, text=" ".join(quotes), metadata={**told[id]}), score=answer.confidence
        )
        for id, quotes in quoted.items()
    ]


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
