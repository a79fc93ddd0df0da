"""`FeedbackStore`: what was said of an answer, its review, and what became a candidate."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, case, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from prentice.audit.entry import redacted
from prentice.errors import BadQuestion, UnknownFeedback
from prentice.feedback.tables import candidates as kept
from prentice.feedback.tables import feedback as table
from prentice.feedback.told import Told
from prentice.tenancy.platform import platform_unavailable

Thumbs = Literal["up", "down"]
Candidacy = Literal["corpus", "verified"]
LISTED = 200  # corrections that wait, on one page
_PRACTICE = text("select set_config('prentice.tenant', :tenant, true)")


@dataclass(frozen=True, slots=True)
class Given:
    """What stands of one person's feedback on one answer."""

    id: str
    trace_id: str
    principal: str
    kind: str
    code: str | None
    question: str | None
    thumbs: str | None
    rating: int | None
    correction: str | None
    review: str | None
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Counts of answers, each once for each person who said something of it."""

    up: int = 0
    down: int = 0
    rated: int = 0
    stars: int = 0  # the ratings added up
    corrected: int = 0

    @property
    def mean(self) -> float | None:
        """The mean rating, 1 to 5; None where nobody rated.

        >>> Satisfaction(rated=4, stars=18).mean
        4.5
        """
        return self.stars / self.rated if self.rated else None

    @property
    def share_up(self) -> float | None:
        """Of the thumbs, those that are up; None where there are none."""
        return self.up / (self.up + self.down) if self.up + self.down else None

    def __add__(self, more: Satisfaction) -> Satisfaction:
        return Satisfaction(
            self.up + more.up,
            self.down + more.down,
            self.rated + more.rated,
            self.stars + more.stars,
            self.corrected + more.corrected,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An accepted correction. `id` is that of the feedback it came from."""

    id: str
    kind: str
    question: str
    answer: str
    accepted_by: str
    accepted_at: datetime


_GIVEN = tuple(table.c[name] for name in Given.__dataclass_fields__)
_KEPT = tuple(kept.c[name] for name in Candidate.__dataclass_fields__)


class FeedbackStore:
    """`engine` is on the platform database, brought up to date. Safe between threads.

    Every method raises `SourceUnavailable` where the database does not answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def give(
        self,
        tenant_id: str,
        principal: str,
        told: Told,
        *,
        thumbs: Thumbs | None = None,
        rating: int | None = None,
        correction: str | None = None,
    ) -> Given:
        """Write down what this person says of this answer; what is None stays as it was said before.

        A correction is kept without identifiers, and waits for review; another one waits anew.
        """
        said: dict[str, Any] = {
            name: value
            for name, value in (
                ("thumbs", thumbs),
                ("rating", rating),
                ("correction", redacted(correction) if correction else None),
            )
            if value is not None
        }
        row = {
            "tenant_id": tenant_id,
            "id": secrets.token_hex(10),
            "trace_id": told.trace_id,
            "principal": principal,
            "kind": told.kind,
            "code": told.code,
            "question": told.question,
            **said,
        }
        newer = dict(said)
        if "correction" in said:
            row["review"] = "open"
            same = table.c.correction == said["correction"]
            newer |= {
                "review": case((same, table.c.review), else_=literal("open")),
                "reviewed_by": case((same, table.c.reviewed_by)),
                "reviewed_at": case((same, table.c.reviewed_at)),
            }
        statement = insert(table).values(row)
        with self._of(tenant_id) as connection:
            found = connection.execute(
                statement.on_conflict_do_update(constraint="feedback_of_a_person_key", set_=newer).returning(
                    *_GIVEN
                )
            ).one()
        return _given(found)

    def waiting(self, tenant_id: str) -> list[Given]:
        """Corrections that nobody reviewed yet, the oldest first; at most `LISTED`."""
        wanted = (
            select(*_GIVEN)
            .where(table.c.tenant_id == tenant_id, table.c.review == "open")
            .order_by(table.c.given_at, table.c.id)
            .limit(LISTED)
        )
        with self._of(tenant_id) as connection:
            return [_given(row) for row in connection.execute(wanted)]

    def accept(self, tenant_id: str, id: str, kind: Candidacy, *, by: str) -> Candidate:
        """A correction that waits becomes a candidate. Raises `UnknownFeedback` where none of that id waits,
        `BadQuestion` where there were no words that it could answer."""
        with self._of(tenant_id) as connection:
            row = self._reviewed(connection, tenant_id, id, "accepted", by)
            if not row.question:
                raise BadQuestion(
                    "It corrects a Query without words, so no question goes with it.", "Reject it."
                )
            values = {"kind": kind, "question": row.question, "answer": row.correction, "accepted_by": by}
            statement = insert(kept).values(tenant_id=tenant_id, id=id, **values)
            made = connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["tenant_id", "id"], set_={**values, "accepted_at": func.now()}
                ).returning(*_KEPT)
            ).one()
        return Candidate(**made._asdict())

    def reject(self, tenant_id: str, id: str, *, by: str) -> None:
        """Raises `UnknownFeedback` where no correction of that id waits."""
        with self._of(tenant_id) as connection:
            self._reviewed(connection, tenant_id, id, "rejected", by)

    def candidates(self, tenant_id: str, kind: Candidacy | None = None) -> list[Candidate]:
        """In the order in which they were accepted."""
        wanted = select(*_KEPT).where(kept.c.tenant_id == tenant_id).order_by(kept.c.accepted_at, kept.c.id)
        if kind:
            wanted = wanted.where(kept.c.kind == kind)
        with self._of(tenant_id) as connection:
            return [Candidate(**row._asdict()) for row in connection.execute(wanted)]

    def by_week(self, tenant_id: str, since: datetime, timezone: str) -> dict[date, Satisfaction]:
        """Mondays of the practice's calendar -> what was said in that week, from `since` on."""
        week = func.date_trunc("week", func.timezone(timezone, table.c.given_at)).label("week")
        wanted = (
            select(
                week,
                func.count().filter(table.c.thumbs == "up").label("up"),
                func.count().filter(table.c.thumbs == "down").label("down"),
                func.count(table.c.rating).label("rated"),
                func.coalesce(func.sum(table.c.rating), 0).label("stars"),
                func.count(table.c.correction).label("corrected"),
            )
            .where(table.c.tenant_id == tenant_id, table.c.given_at >= since)
            .group_by(text("1"))
        )
        with self._of(tenant_id) as connection:
            return {
                row.week.date(): Satisfaction(row.up, row.down, row.rated, int(row.stars), row.corrected)
                for row in connection.execute(wanted)
            }

    def exported(self, tenant_id: str) -> list[Mapping[str, Any]]:
        """All that is held of the practice, for its export."""
        wanted = select(*_GIVEN, table.c.reviewed_at).where(table.c.tenant_id == tenant_id)
        with self._of(tenant_id) as connection:
            return [dict(row) for row in connection.execute(wanted.order_by(table.c.given_at)).mappings()]

    def forget(self, tenant_id: str) -> None:
        """The practice is gone. May be called twice."""
        with self._of(tenant_id) as connection:
            connection.execute(delete(table).where(table.c.tenant_id == tenant_id))

    def _reviewed(self, connection: Connection, tenant_id: str, id: str, review: str, by: str) -> Row[Any]:
        row = connection.execute(
            update(table)
            .where(table.c.tenant_id == tenant_id, table.c.id == id, table.c.review == "open")
            .values(review=review, reviewed_by=by, reviewed_at=func.now())
            .returning(table.c.question, table.c.correction)
        ).one_or_none()
        if row is None:
            raise UnknownFeedback(
                "No such correction waits for review.", "Reload the page: somebody may have been quicker."
            )
        return row

    @contextmanager
    def _of(self, tenant_id: str) -> Iterator[Connection]:
        """A transaction in which this practice's rows are seen and no other's."""
        try:
            with self._engine.begin() as connection:
                connection.execute(_PRACTICE, {"tenant": tenant_id})
                yield connection
        except (OperationalError, InterfaceError, TimeoutError):
            raise platform_unavailable() from None


def _given(row: Row[Any]) -> Given:
    return Given(**row._asdict())
