"""What a question may cost, and that it was asked: limits before it, a line of the audit after it.

Nothing is shown that could not be written down: an answer whose entry cannot be committed is not given.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prentice.ask.contract import Answer
from prentice.audit import AuditLog
from prentice.audit.entry import Action, Decision, Entry, redacted, sql_hash
from prentice.errors import PrenticeError
from prentice.limits import Limits
from prentice.tenancy.scope import TenantScope

_DECISIONS = {"refusal": Decision.declined, "clarification": Decision.declined, "error": Decision.failed}
MOST_ROWS = 5_000  # kept aside before a question runs; what it did not read is given back


@dataclass(slots=True)
class Account:
    """One question under way: what it came to stands here when it ends."""

    answer: Answer | None = None
    tables: tuple[str, ...] = ()


class Accounts:
    """For one process; safe between threads."""

    def __init__(self, limits: Limits, audit: AuditLog, *, most_rows: int = MOST_ROWS) -> None:
        self._limits, self._audit, self._most_rows = limits, audit, most_rows

    @contextmanager
    def of(
        self, scope: TenantScope, action: Action, trace_id: str, *, question: str | None = None
    ) -> Iterator[Account]:
        """Around one question. Raises `TooManyRequests`, `BudgetSpent`, `LimitsUnavailable` before it, and
        `AuditUnavailable` after it."""
        account, began = Account(), time.perf_counter()
        failure: PrenticeError | None = None
        try:
            with self._limits.at_once(scope.tenant_id, scope.principal), self._rows(scope, account):
                yield account
        except PrenticeError as error:
            failure = error
            raise
        except Exception:
            failure = PrenticeError("", "")
            raise
        finally:
            self._audit.append(_entry(scope, action, trace_id, question, account, failure, began))

    @contextmanager
    def _rows(self, scope: TenantScope, account: Account) -> Iterator[None]:
        kept_aside = self._limits.budget.reserve(scope, "rows", self._most_rows)
        read = 0
        try:
            yield
            read = len(account.answer.rows) if account.answer else 0
        finally:
            self._limits.budget.settle(kept_aside, read)


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
    answer: Any = account.answer
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
        tables=account.tables,
        rows=len(answer.rows) if answer else None,
        withheld=(answer.withheld or None) if answer else None,
        code=failure.code if failure else answer.code if answer else None,
        duration_ms=(time.perf_counter() - began) * 1e3,
        trace_id=trace_id,
    )
