"""What a question may cost, and that it was asked: limits before it, a line of the audit after it.

Nothing is shown that could not be written down: an answer whose entry cannot be committed is not given.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from prentice.ask.contract import Answer
from prentice.audit import AuditLog
from prentice.audit.entry import Action, Decision, Entry, redacted, sql_hash
from prentice.errors import PrenticeError
from prentice.limits import Limits
from prentice.limits.budget import Budget, Reservation
from prentice.tenancy.scope import TenantScope

_DECISIONS = {"refusal": Decision.declined, "clarification": Decision.declined, "error": Decision.failed}


class Account:
    """One question under way: what it costs on the way, and what it came to."""

    def __init__(self, budget: Budget, tenant_id: str) -> None:
        self._budget, self._tenant_id = budget, tenant_id
        self._spent: list[tuple[Reservation, float]] = []
        self.answer: Answer | None = None

    def spend(self, cost: float) -> None:
        """A statement of this cost is about to run. Raises `BudgetSpent`, `LimitsUnavailable`."""
        whole = math.ceil(cost)
        self._spent.append((self._budget.reserve(self._tenant_id, "cost", whole), whole))

    def settle(self) -> None:
        for reservation, cost in self._spent:  # it was run, or begun: its cost is spent
            self._budget.settle(reservation, cost)


class Accounts:
    """For one process; safe between threads. `most_rows` are set aside before a question runs; what it did
    not show is given back."""

    def __init__(self, limits: Limits, audit: AuditLog, *, most_rows: int) -> None:
        self._limits, self._audit, self._most_rows = limits, audit, most_rows

    @contextmanager
    def of(
        self, scope: TenantScope, action: Action, trace_id: str, *, question: str | None = None
    ) -> Iterator[Account]:
        """Around one question. Raises `TooManyRequests`, `BudgetSpent`, `LimitsUnavailable` before it, and
        `AuditUnavailable` after it."""
        account, began = Account(self._limits.budget, scope.tenant_id), time.perf_counter()
        failure: PrenticeError | None = None
        try:
            with self._limits.question(scope.tenant_id, scope.principal, self._most_rows) as rows:
                try:
                    yield account
                finally:
                    self._limits.budget.settle(rows, len(account.answer.rows) if account.answer else 0)
                    account.settle()
        except PrenticeError as error:
            failure = error
            raise
        except Exception:
            failure = PrenticeError("", "")
            raise
        finally:
            self._audit.append(_entry(scope, action, trace_id, question, account, failure, began))


def _entry(
    scope: TenantScope,
    action: Action,
    trace_id: str,
    question: str | None,
    account: Account,
    failure: PrenticeError | None,
    began: float,
) -> Entry:
    kind, _, credential = scope.credential.partition(":")
    answer = account.answer
    if failure is not None:
        refused = failure.status in (401, 403, 404, 429)
        decision = Decision.refused if refused else Decision.failed
    else:
        decision = _DECISIONS.get(answer.kind, Decision.allowed) if answer else Decision.failed
    return Entry(
        tenant_id=scope.tenant_id,
        action=action,
        decision=decision,
        who=scope.principal,
        kind=kind,
        credential_id=credential,
        address=scope.address,
        question=redacted(question),
        query=answer.query if answer else None,
        sql_hash=sql_hash(answer.sql) if answer and answer.sql else None,
        tables=tables_of(answer.sql) if answer and answer.sql else (),
        rows=len(answer.rows) if answer else None,
        withheld=(answer.withheld or None) if answer else None,
        code=failure.code if failure else answer.code if answer else None,
        duration_ms=(time.perf_counter() - began) * 1e3,
        trace_id=trace_id,
        facts={"answer": answer.kind} if answer else {},
    )


@lru_cache(maxsize=2_000)
def tables_of(sql: str) -> tuple[str, ...]:
    """The views and tables that a statement of ours reads.

    >>> tables_of("SELECT SUM(s.net) FROM prentice.sale_lines AS s JOIN prentice.staff AS t ON s.a = t.a")
    ('prentice.sale_lines', 'prentice.staff')
    """
    return tuple(sorted(set(_FROM.findall(sql))))


_FROM = re.compile(r"\b(?:FROM|JOIN) ((?:prentice|anonymised)\.\w+)")
