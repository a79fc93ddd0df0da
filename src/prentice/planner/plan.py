"""What a planner gives: a Query with a confidence, a question back, or a refusal.

`Planner` is the interface; `rules.RulePlanner` is the first implementation, a language model will be
the second, and the two are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from prentice.planner.reading import Reading
from prentice.planner.slots import Slots
from prentice.semantic.query import Query
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope


@dataclass(frozen=True)
class Plan:
    """`outcome` 'query': `query` answers the question as understood. 'ask': it is not clear enough and
    `alternatives` (two to four questions) are offered. 'decline': the data do not hold it.

    `code` is stable for ask and decline; `message` is what to tell. `unused` are content words of the
    question that no part of the Query stands for.
    """

    outcome: Literal["query", "ask", "decline"]
    confidence: float
    query: Query | None = None
    slots: Slots | None = None
    reading: Reading | None = None  # what `ask.check` compares the Query with
    code: str | None = None
    message: str = ""
    alternatives: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()
    aside: str = ""  # what was said around the question and left out of its reading
    remark: str = ""  # what belongs beside the answer
    assumed: tuple[str, ...] = field(default=())  # what was filled in: "default metric", "default range"


class Planner(Protocol):
    """Words to a Plan. Pure with respect to the practice's data but for `values`."""

    def plan(
        self, question: str, scope: TenantScope, values: ValueIndex, context: Sequence[str] = ()
    ) -> Plan:
        """Plan `question`; `context` are the previous questions of the conversation, oldest first."""
        ...
