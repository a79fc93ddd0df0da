"""Passages as rows of the platform database, and the statements that write and find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import text

from prentice.knowledge.documents.elsewhere import Edition
from prentice.knowledge.index import Candidate
from prentice.knowledge.passages import Passage
from prentice.knowledge.words import stems
from prentice.llm.embeddings import DIMENSIONS, Vectors

# A practice's passages are looked at directly until they are many; past that the index over all vectors is
# read on until enough of this practice are found. PostgreSQL chooses by its statistics.
_HERE = """
  select document, version, part, 1 - (vector <=> cast(:vector as halfvec(384))) as cosine
  from passages where tenant_id = :tenant and searched and vector is not null
  order by vector <=> cast(:vector as halfvec(384)) limit :most
"""
_ELSEWHERE = """
  select document, version, part, cosine
  from unnest(
    cast(:documents as text[]), cast(:versions as int[]), cast(:parts as int[]), cast(:cosines as float8[])
  ) as told_by_the_store (document, version, part, cosine)
"""
_SEARCH = """
with near as ({near}), told as (
  select document, version, part, ts_rank(words, cast(:words as tsquery), 1) as lexical
  from passages where tenant_id = :tenant and searched and words @@ cast(:words as tsquery)
  order by lexical desc limit :most
), found as (
  select document, version, part, max(cosine) as cosine, max(lexical) as lexical from (
    select document, version, part, cosine, 0.0::real as lexical from near
    union all select document, version, part, null, lexical from told
  ) both_of group by 1, 2, 3
)
select p.document, p.version, p.part, p.title, p.heading, p.sentences, p.sentence_vectors, f.lexical,
       coalesce(f.cosine, 1 - (p.vector <=> cast(:vector as halfvec(384)))) as cosine
from found f join passages p
  on p.tenant_id = :tenant and p.searched
  and p.document = f.document and p.version = f.version and p.part = f.part
"""
NEAR_HERE, NEAR_ELSEWHERE = text(_SEARCH.format(near=_HERE)), text(_SEARCH.format(near=_ELSEWHERE))

INSERT = text("""
insert into passages (tenant_id, document, version, part, searched, title, heading, sentences, vector,
  sentence_vectors, words)
values (:tenant, :document, :version, :part, :searched, :title, :heading, :sentences,
  cast(:vector as halfvec(384)), :sentence_vectors, array_to_tsvector(:words))
""")


@dataclass(frozen=True, slots=True)
class Embedded:
    """A passage with its vector (384) and those of its sentences (n, 384)."""

    passage: Passage
    vector: Vectors
    sentences: Vectors


def row_of(tenant_id: str, edition: Edition, one: Embedded, *, here: bool) -> dict[str, Any]:
    """`here`: its vector is in PostgreSQL."""
    passage = one.passage
    return {
        "tenant": tenant_id,
        "document": edition.document,
        "version": edition.version,
        "part": passage.part,
        "searched": False,
        "title": passage.title,
        "heading": passage.heading,
        "sentences": list(passage.sentences),
        "vector": told(one.vector) if here else None,
        "sentence_vectors": np.rint(one.sentences * 127).astype(np.int8).tobytes(),
        "words": sorted(set(stems(passage.indexed))),
    }


def lexeme(word: str) -> str:
    """A word as it stands in a `tsquery`.

    >>> print(lexeme("it's"))
    'it''s'
    """
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def told(vector: Vectors) -> str:
    return "[" + ",".join(f"{x:.5f}" for x in vector) + "]"


def candidate(row: Any, question: Vectors, most: float = 1.0) -> Candidate:
    """`most`: the cosine that a passage has at most whose vector is not known here."""
    passage = passage_of(row)
    vectors = np.frombuffer(row.sentence_vectors, np.int8).reshape(-1, DIMENSIONS).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Candidate(
        passage=passage,
        cosine=min(most, _guessed(vectors, question)) if row.cosine is None else float(row.cosine),
        wording=0.0,
        lexical=float(row.lexical),
        words=frozenset(stems(passage.indexed)),
        vectors=vectors,
    )


def _guessed(sentences: Vectors, question: Vectors) -> float:
    """The cosine of a passage, from its sentences' vectors: of their middle."""
    middle = sentences.mean(axis=0)
    return float(middle @ question / np.linalg.norm(middle))


def passage_of(row: Any) -> Passage:
    return Passage(
        document=f"{row.document}#{row.version}",
        part=row.part,
        kind="document",
        title=row.title,
        heading=row.heading,
        sentences=tuple(row.sentences),
        audience="professional",
        region="any",
        topic="own",
        sources=(),
    )
