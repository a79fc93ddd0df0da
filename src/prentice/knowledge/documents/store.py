"""Documents and passages in the platform database, each practice behind row security.

Vectors are there too, or in another store (`elsewhere`). Then an edition is written down first, its vectors
are put, and only then is it searched; to remove it, it is first no longer searched. So what was killed half
way is never found, and the rows always know which vectors may be there: the next change of the practice's
documents clears them away.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from prentice.errors import SourceUnavailable
from prentice.knowledge.documents.elsewhere import PGVECTOR, Edition, Elsewhere, Near
from prentice.knowledge.documents.rows import (
    INSERT,
    NEAR_ELSEWHERE,
    NEAR_HERE,
    Embedded,
    candidate,
    lexeme,
    passage_of,
    row_of,
    told,
)
from prentice.knowledge.index import Candidate
from prentice.knowledge.passages import Passage
from prentice.llm.embeddings import Vectors
from prentice.tenancy.platform import platform_unavailable

MOST_PASSAGES = 50_000  # of one practice: what `search` can look at within its time
_NEAREST = 30
_LOCK = 7_023_007  # any number of ours; the second one is the practice's
_MOST_INT = 2**31 - 1
_NUMBER = re.compile(r"[0-9]{1,9}")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Document:
    """One version. `state`: "ready" is searched, "old" is kept and not searched. `place`: of its vectors."""

    id: str
    name: str
    version: int
    state: str
    place: str
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


_COLUMNS = "id, name, version, state, place, kind, sha256, bytes, passages, left_out, added_by, added_at"
_TOLD = ("id", "name", "version", "kind", "bytes", "passages", "left_out", "sha256", "added_by")


class DocumentStore:
    """`engine` is on the platform database, brought up to date. With `elsewhere`, vectors are there."""

    def __init__(self, engine: Engine, elsewhere: Elsewhere | None = None) -> None:
        self._engine = engine
        self._elsewhere = elsewhere

    @property
    def place(self) -> str:
        """Where vectors are put now."""
        return self._elsewhere.name if self._elsewhere else PGVECTOR

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
        """A new document, or a new version of the one with this name: searched from one moment to the next.

        Raises `SourceUnavailable`; what was searched before then still is.
        """
        facts = {
            "name": name, "kind": kind, "sha256": sha256, "size": size, "left_out": left_out, "by": by,
        }  # fmt: skip
        if self._elsewhere is None:
            with self._of(tenant_id) as connection:
                edition = self._write(connection, tenant_id, facts, embedded)
                return _publish(connection, tenant_id, edition)
        with self._alone(tenant_id):
            self._clear_away(tenant_id, self._elsewhere)
            with self._of(tenant_id) as connection:
                edition = self._write(connection, tenant_id, facts, embedded)
            try:
                self._elsewhere.put(tenant_id, edition, np.stack([one.vector for one in embedded]))
            except SourceUnavailable:
                with suppress(SourceUnavailable):
                    self._clear_away(tenant_id, self._elsewhere)
                raise
            with self._of(tenant_id) as connection:
                return _publish(connection, tenant_id, edition)

    def restore(self, tenant_id: str, id: str, version: int) -> Document | None:
        """An older version is searched again instead of the newest. None where there is no such version."""
        if not 0 < version <= _MOST_INT:
            return None
        with self._of(tenant_id) as connection:
            _one_change(connection, tenant_id)
            there = text(
                "select 1 from documents where tenant_id = :tenant and id = :id and version = :version "
                "and state in ('ready', 'old') for update"
            )
            where = {"tenant": tenant_id, "id": id, "version": version}
            if connection.execute(there, where).one_or_none() is None:
                return None
            return _publish(connection, tenant_id, Edition(id, version))

    def remove(self, tenant_id: str, id: str) -> bool:
        """All versions, for good. False where there is none.

        Raises `SourceUnavailable`: then it is no longer searched, and its vectors go with the next change.
        """
        if self._elsewhere is None:
            with self._of(tenant_id) as connection:
                gone = connection.execute(
                    text("delete from documents where tenant_id = :tenant and id = :id"),
                    {"tenant": tenant_id, "id": id},
                )
                return bool(gone.rowcount)
        with self._alone(tenant_id):
            with self._of(tenant_id) as connection:
                leaving = _leave(connection, tenant_id, id)
            self._clear_away(tenant_id, self._elsewhere)
        return leaving

    def forget(self, tenant_id: str) -> None:
        """All documents of a practice. Raises `SourceUnavailable`; may be called again."""
        if self._elsewhere is None:
            return  # the rows go with the practice's
        with self._alone(tenant_id):
            with self._of(tenant_id) as connection:
                _leave(connection, tenant_id, None)
            self._clear_away(tenant_id, self._elsewhere)

    def all(self, tenant_id: str, name: str | None = None) -> list[Document]:
        """Every version, the newest of each document first."""
        with self._of(tenant_id) as connection:
            rows = connection.execute(
                text(
                    f"select {_COLUMNS} from documents "
                    "where tenant_id = :tenant and state in ('ready', 'old') "
                    "and (cast(:name as text) is null or name = :name) order by name, version desc"
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
            return None if row is None else passage_of(row)

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
            return [passage_of(row) for row in rows]

    def _search(self, tenant_id: str, vector: Vectors, words: Sequence[str]) -> list[Candidate]:
        asked: dict[str, Any] = {
            "tenant": tenant_id,
            "vector": told(vector),
            "words": " | ".join(map(lexeme, dict.fromkeys(words))) or None,  # none: none to be found
            "most": _NEAREST,
        }
        if self._elsewhere is None:
            with self._of(tenant_id) as connection:
                return [candidate(row, vector) for row in connection.execute(NEAR_HERE, asked)]
        ready = self._ready(tenant_id)
        if not ready:
            return []
        near = self._nearest(self._elsewhere, tenant_id, ready.get(self.place, []), vector)
        asked |= {
            "documents": [n.document for n in near],
            "versions": [n.version for n in near],
            "parts": [n.part for n in near],
            "cosines": [n.cosine for n in near],
        }
        # What is found by its words alone is no nearer than the last of the nearest.
        most = near[-1].cosine if len(near) == _NEAREST else 1.0
        with self._of(tenant_id) as connection:
            return [candidate(row, vector, most) for row in connection.execute(NEAR_ELSEWHERE, asked)]

    def _ready(self, tenant_id: str) -> dict[str, list[Edition]]:
        """The editions that are searched, by the place of their vectors."""
        ready = text("select place, id, version from documents where tenant_id = :tenant and state = 'ready'")
        found: dict[str, list[Edition]] = {}
        with self._of(tenant_id) as connection:
            for row in connection.execute(ready, {"tenant": tenant_id}):
                found.setdefault(row.place, []).append(Edition(row.id, row.version))
        return found

    def _nearest(
        self, elsewhere: Elsewhere, tenant_id: str, editions: Sequence[Edition], vector: Vectors
    ) -> list[Near]:
        """Nothing where the store does not answer: the words still find, and the corpus still answers."""
        try:
            return elsewhere.nearest(tenant_id, editions, vector, _NEAREST) if editions else []
        except SourceUnavailable:
            log.warning("searched_by_words_alone", tenant=tenant_id, store=elsewhere.name)
            return []

    def _write(
        self, connection: Connection, tenant_id: str, facts: dict[str, Any], embedded: Sequence[Embedded]
    ) -> Edition:
        """The rows of a new edition, not searched yet."""
        _one_change(connection, tenant_id)
        had = connection.execute(
            text(
                "select id, max(version) as version from documents "
                "where tenant_id = :tenant and name = :name group by id"
            ),
            {"tenant": tenant_id, "name": facts["name"]},
        ).one_or_none()
        edition = Edition(had.id, had.version + 1) if had else Edition(f"doc-{secrets.token_hex(6)}", 1)
        connection.execute(
            text(
                "insert into documents (tenant_id, id, name, version, state, place, kind, sha256, bytes, "
                "passages, left_out, added_by) values (:tenant, :id, :name, :version, 'adding', :place, "
                ":kind, :sha256, :size, :passages, :left_out, :by)"
            ),
            {**facts, **_where(tenant_id, edition), "place": self.place, "passages": len(embedded)},
        )
        connection.execute(
            INSERT, [row_of(tenant_id, edition, one, here=self._elsewhere is None) for one in embedded]
        )
        return edition

    def _clear_away(self, tenant_id: str, elsewhere: Elsewhere) -> None:
        """What is leaving, or was never wholly added: its vectors, then its rows."""
        with self._of(tenant_id) as connection:
            rows = connection.execute(
                text(
                    "select id, version, place, passages from documents "
                    "where tenant_id = :tenant and state in ('adding', 'leaving')"
                ),
                {"tenant": tenant_id},
            ).all()
        for row in rows:
            edition = Edition(row.id, row.version)
            if row.place == elsewhere.name:
                elsewhere.remove(tenant_id, edition, row.passages)
            elif row.place != PGVECTOR:
                log.warning("vectors_left_behind", tenant=tenant_id, store=row.place, edition=edition.key)
            with self._of(tenant_id) as connection:
                connection.execute(
                    text(
                        "delete from documents where tenant_id = :tenant and id = :id and version = :version"
                    ),
                    _where(tenant_id, edition),
                )

    @contextmanager
    def _alone(self, tenant_id: str) -> Iterator[None]:
        """One at a time changes a practice's documents, over several transactions.

        The lock lives in a connection outside the pool: waiting for it must not keep others from theirs.
        """
        try:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            with connection:
                connection.detach()
                key = {"key": _LOCK, "tenant": tenant_id}
                connection.execute(text("select pg_advisory_lock(:key, hashtext(:tenant))"), key)
                yield
        except (OperationalError, InterfaceError, TimeoutError):
            raise platform_unavailable() from None

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


def _one_change(connection: Connection, tenant_id: str) -> None:
    """Until the end of this transaction nobody else changes the practice's documents."""
    connection.execute(text("select pg_advisory_xact_lock(hashtext(:tenant))"), {"tenant": tenant_id})


def _where(tenant_id: str, edition: Edition) -> dict[str, Any]:
    return {"tenant": tenant_id, "id": edition.document, "version": edition.version}


def _publish(connection: Connection, tenant_id: str, edition: Edition) -> Document:
    """From the end of this transaction this edition is searched, and no other of its document."""
    where = _where(tenant_id, edition)
    for statement in (
        "update documents set state = 'old' where tenant_id = :tenant and id = :id and state = 'ready'",
        "update documents set state = 'ready' where tenant_id = :tenant and id = :id and version = :version",
        "update passages set searched = (version = :version) "
        "where tenant_id = :tenant and document = :id and searched <> (version = :version)",
    ):
        connection.execute(text(statement), where)
    row = connection.execute(
        text(
            f"select {_COLUMNS} from documents where tenant_id = :tenant and id = :id and version = :version"
        ),
        where,
    ).one()
    return Document(**row._mapping)


def _leave(connection: Connection, tenant_id: str, id: str | None) -> bool:
    """From the end of this transaction a document, or every one, is neither shown nor searched."""
    where = {"tenant": tenant_id, "id": id}
    gone = connection.execute(
        text(
            "update documents set state = 'leaving' where tenant_id = :tenant "
            "and (cast(:id as text) is null or id = :id)"
        ),
        where,
    )
    connection.execute(
        text(
            "update passages set searched = false where tenant_id = :tenant and searched "
            "and (cast(:id as text) is null or document = :id)"
        ),
        where,
    )
    return bool(gone.rowcount)
