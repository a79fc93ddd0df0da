"""Documents and passages in the platform database, each practice behind row security."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from prentice.knowledge.index import Candidate
from prentice.knowledge.passages import Passage
from prentice.knowledge.words import stems
from prentice.llm.embeddings import DIMENSIONS, Vectors
from prentice.tenancy.platform import platform_unavailable

MOST_PASSAGES = 50_000  # of one practice: what `search` can look at within its time
_NEAREST = 30
_MOST_INT = 2**31 - 1
_NUMBER = re.compile(r"[0-9]{1,9}")


_COLUMNS = "id, name, version, state, kind, sha256, bytes, passages, left_out, added_by, added_at"
_TOLD = ("id", "name", "version", "kind", "bytes", "passages", "left_out", "sha256", "added_by")


@dataclass(frozen=True, slots=True)
class Document:
    """One version. `state`: "ready" is searched, "old" is kept and not searched."""

    id: str
    name: str
    version: int
    state: str
    kind: str
    sha256: str
    bytes: int
    passages: int
    left_out: int  # sentences that instruct the assistant instead of informing a reader
    added_by: str
    added_at: datetime

    @property
    def facts(self) -> dict[str, object]:
        """What the audit says of it: never its name, in which somebody may stand."""
        return {"document": self.id, "version": self.version, "passages": self.passages}

    def as_json(self) -> dict[str, Any]:
        """The same at the command line, over HTTP and in an export."""
        told = {name: getattr(self, name) for name in _TOLD}
        return {**told, "searched": self.state == "ready", "added_at": self.added_at.isoformat()}


@dataclass(frozen=True, slots=True)
class Embedded:
    """A passage with its vector (384) and those of its sentences (n, 384)."""

    passage: Passage
    vector: Vectors
    sentences: Vectors


# A practice's passages are looked at directly until they are many; past that the index over all vectors is
# read on until enough of this practice are found. PostgreSQL chooses by its statistics.
_SEARCH = text("""
with near as (
  select document, version, part, 1 - (vector <=> cast(:vector as halfvec(384))) as cosine,
         0::real as lexical
  from passages where tenant_id = :tenant and searched
  order by vector <=> cast(:vector as halfvec(384)) limit :most
), told as (
  select document, version, part, 0.0::float8 as cosine,
         ts_rank(words, cast(:words as tsquery), 1) as lexical
  from passages where tenant_id = :tenant and searched and words @@ cast(:words as tsquery)
  order by lexical desc limit :most
), found as (
  select document, version, part, max(cosine) as cosine, max(lexical) as lexical
  from (select * from near union all select * from told) both_of group by 1, 2, 3
)
select p.document, p.version, p.part, p.title, p.heading, p.sentences, p.sentence_vectors,
       1 - (p.vector <=> cast(:vector as halfvec(384))) as cosine, f.lexical
from found f join passages p
  on p.tenant_id = :tenant and p.document = f.document and p.version = f.version and p.part = f.part
""")

_INSERT = text("""
insert into passages (tenant_id, document, version, part, searched, title, heading, sentences, vector,
  sentence_vectors, words)
values (:tenant, :document, :version, :part, true, :title, :heading, :sentences,
  cast(:vector as halfvec(384)), :sentence_vectors, array_to_tsvector(:words))
""")


class DocumentStore:
    """`engine` is on the platform database, brought up to date."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(
        self,
        tenant_id: str,
        name: str,
        *,
        kind: str,
        sha256: str,
        size: int,
        left_out: int,
        by: str,
        embedded: Sequence[Embedded],
    ) -> Document:
        """A new document, or a new version of the one with this name: searched at once, or not at all."""
        with self._of(tenant_id) as connection:
            _alone(connection, tenant_id)
            had = connection.execute(
                text(
                    "select id, max(version) as version from documents "
                    "where tenant_id = :tenant and name = :name group by id"
                ),
                {"tenant": tenant_id, "name": name},
            ).one_or_none()
            id, version = (had.id, had.version + 1) if had else (f"doc-{secrets.token_hex(6)}", 1)
            where = {"tenant": tenant_id, "id": id}
            _retire(connection, where)
            connection.execute(
                text(
                    "insert into documents (tenant_id, id, name, version, state, kind, sha256, bytes, "
                    "passages, left_out, added_by) values (:tenant, :id, :name, :version, 'ready', :kind, "
                    ":sha256, :size, :passages, :left_out, :by)"
                ),
                {
                    **where,
                    "name": name,
                    "version": version,
                    "kind": kind,
                    "sha256": sha256,
                    "size": size,
                    "passages": len(embedded),
                    "left_out": left_out,
                    "by": by,
                },
            )
            connection.execute(_INSERT, [_row(tenant_id, id, version, one) for one in embedded])
            return _one(connection, tenant_id, id, version)

    def restore(self, tenant_id: str, id: str, version: int) -> Document | None:
        """An older version is searched again instead of the newest. None where there is no such version."""
        if not 0 < version <= _MOST_INT:
            return None
        with self._of(tenant_id) as connection:
            _alone(connection, tenant_id)
            where = {"tenant": tenant_id, "id": id, "version": version}
            there = "from documents where tenant_id = :tenant and id = :id and version = :version"
            if connection.execute(text(f"select 1 {there} for update"), where).one_or_none() is None:
                return None
            _retire(connection, where)
            this = "where tenant_id = :tenant and {} = :id and version = :version"
            connection.execute(text(f"update documents set state = 'ready' {this.format('id')}"), where)
            connection.execute(text(f"update passages set searched = true {this.format('document')}"), where)
            return _one(connection, tenant_id, id, version)

    def remove(self, tenant_id: str, id: str) -> bool:
        """All versions, for good. False where there is none."""
        with self._of(tenant_id) as connection:
            gone = connection.execute(
                text("delete from documents where tenant_id = :tenant and id = :id"),
                {"tenant": tenant_id, "id": id},
            )
            return bool(gone.rowcount)

    def all(self, tenant_id: str, name: str | None = None) -> list[Document]:
        """Every version, the newest of each document first."""
        with self._of(tenant_id) as connection:
            rows = connection.execute(
                text(
                    f"select {_COLUMNS} from documents "
                    "where tenant_id = :tenant and (cast(:name as text) is null or name = :name) "
                    "order by name, version desc"
                ),
                {"tenant": tenant_id, "name": name},
            )
            return [Document(**row._mapping) for row in rows]

    def count(self, tenant_id: str) -> int:
        with self._of(tenant_id) as connection:
            counted = text("select count(*) from passages where tenant_id = :tenant and searched")
            found: int = connection.execute(counted, {"tenant": tenant_id}).scalar_one()
            return found

    def search(self, tenant_id: str) -> Callable[[Vectors, Sequence[str]], list[Candidate]]:
        """What `retrieve` calls for the practice's own passages."""
        return lambda vector, words: self._search(tenant_id, vector, words)

    def passage(self, tenant_id: str, id: str) -> Passage | None:
        """The passage that a citation names, while its version is there."""
        document, version, part = (*id.split("#"), "", "")[:3]
        if not all(_NUMBER.fullmatch(number) for number in (version, part)):
            return None
        with self._of(tenant_id) as connection:
            row = connection.execute(
                text(
                    "select document, version, part, title, heading, sentences from passages "
                    "where tenant_id = :tenant and document = :id and version = :version and part = :part"
                ),
                {"tenant": tenant_id, "id": document, "version": int(version), "part": int(part)},
            ).one_or_none()
            return None if row is None else _passage(row)

    def passages(self, tenant_id: str, of: Document) -> list[Passage]:
        """All passages of one version, in their order."""
        with self._of(tenant_id) as connection:
            rows = connection.execute(
                text(
                    "select document, version, part, title, heading, sentences from passages "
                    "where tenant_id = :tenant and document = :id and version = :version order by part"
                ),
                {"tenant": tenant_id, "id": of.id, "version": of.version},
            )
            return [_passage(row) for row in rows]

    def _search(self, tenant_id: str, vector: Vectors, words: Sequence[str]) -> list[Candidate]:
        asked = {
            "tenant": tenant_id,
            "vector": _told(vector),
            "words": " | ".join(map(_lexeme, dict.fromkeys(words))) or None,  # none: none to be found
            "most": _NEAREST,
        }
        with self._of(tenant_id) as connection:
            rows = connection.execute(_SEARCH, asked).all()
        return [_candidate(row) for row in rows]

    @contextmanager
    def _of(self, tenant_id: str) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    text(
                        "select set_config('prentice.tenant', :tenant, true), "
                        "set_config('hnsw.iterative_scan', 'relaxed_order', true)"
                    ),
                    {"tenant": tenant_id},
                )
                yield connection
        except (OperationalError, InterfaceError, TimeoutError):
            raise platform_unavailable() from None


def _alone(connection: Connection, tenant_id: str) -> None:
    """One change of a practice's documents at a time."""
    connection.execute(text("select pg_advisory_xact_lock(hashtext(:tenant))"), {"tenant": tenant_id})


def _retire(connection: Connection, where: dict[str, Any]) -> None:
    connection.execute(
        text("update documents set state = 'old' where tenant_id = :tenant and id = :id and state = 'ready'"),
        where,
    )
    connection.execute(
        text(
            "update passages set searched = false where tenant_id = :tenant and document = :id and searched"
        ),
        where,
    )


def _one(connection: Connection, tenant_id: str, id: str, version: int) -> Document:
    row = connection.execute(
        text(
            f"select {_COLUMNS} from documents where tenant_id = :tenant and id = :id and version = :version"
        ),
        {"tenant": tenant_id, "id": id, "version": version},
    ).one()
    return Document(**row._mapping)


def _row(tenant_id: str, id: str, version: int, one: Embedded) -> dict[str, Any]:
    passage = one.passage
    return {
        "tenant": tenant_id,
        "document": id,
        "version": version,
        "part": passage.part,
        "title": passage.title,
        "heading": passage.heading,
        "sentences": list(passage.sentences),
        "vector": _told(one.vector),
        "sentence_vectors": np.rint(one.sentences * 127).astype(np.int8).tobytes(),
        "words": sorted(set(stems(passage.indexed))),
    }


def _lexeme(word: str) -> str:
    """A word as it stands in a `tsquery`.

    >>> print(_lexeme("it's"))
    'it''s'
    """
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _told(vector: Vectors) -> str:
    return "[" + ",".join(f"{x:.5f}" for x in vector) + "]"


def _candidate(row: Any) -> Candidate:
    passage = _passage(row)
    vectors = np.frombuffer(row.sentence_vectors, np.int8).reshape(-1, DIMENSIONS).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Candidate(
        passage=passage,
        cosine=float(row.cosine),
        wording=0.0,
        lexical=float(row.lexical),
        words=frozenset(stems(passage.indexed)),
        vectors=vectors,
    )


def _passage(row: Any) -> Passage:
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
