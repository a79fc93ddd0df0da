"""The tables of this capability in the platform database. Row security holds both to one practice."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from prentice.tenancy.tables import metadata

# One row for each answer and person: who changes their mind changes the row.
feedback = Table(
    "feedback",
    metadata,
    Column("tenant_id", String(12), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(24), primary_key=True),
    Column("trace_id", String(64), nullable=False),
    Column("principal", String(40), nullable=False),  # the user's id
    Column("kind", String(16), nullable=False),  # of the answer
    Column("code", String(40)),  # of the answer, where it was declined or asked back
    Column("question", Text),  # without identifiers; null for a Query without words
    Column("thumbs", String(4)),  # up, down
    Column("rating", SmallInteger),  # 1 to 5
    Column("correction", Text),  # without identifiers
    Column("review", String(8)),  # of the correction: open, accepted, rejected
    Column("reviewed_by", String(40)),
    Column("reviewed_at", DateTime(timezone=True)),
    Column("given_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("tenant_id", "trace_id", "principal", name="feedback_of_a_person_key"),
)

# A correction that was accepted, as it stood when it was.
candidates = Table(
    "feedback_candidates",
    metadata,
    Column("tenant_id", String(12), primary_key=True),
    Column("id", String(24), primary_key=True),  # of the feedback
    Column("kind", String(8), nullable=False),  # corpus, verified
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("accepted_by", String(40), nullable=False),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(
        ["tenant_id", "id"],
        ["feedback.tenant_id", "feedback.id"],
        name="feedback_candidates_feedback_fkey",
        ondelete="CASCADE",
    ),
)
