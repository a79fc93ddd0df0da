"""The last answers of each practice, so that their CSV and chart are of exactly what was shown.

Running the Query again could give other numbers than those on the page (a sale was made since), and a
Query in an address would stand in logs and histories. So a few answers are kept, in memory alone, for
half an hour, and given back only to the person they were made for, in that practice and role, and who has
still been given what they had been given then.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from prentice.ask.contract import Answer
from prentice.errors import PrenticeError
from prentice.tenancy.scope import TenantScope


class AnswerGone(PrenticeError):
    code, status = "answer_gone", 404

    def __init__(self) -> None:
        super().__init__("That answer is no longer kept.", "Ask the question again, then download it.")


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    tenant_id: str
    role: str
    principal: str
    grants: frozenset[str]
    until: float


class Shelf:
    """At most `per_tenant` answers of a practice, `in_all` of all, each for `keep_s` seconds."""

    def __init__(
        self,
        *,
        per_tenant: int = 40,
        in_all: int = 400,
        keep_s: float = 1800,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_tenant, self._in_all, self._keep_s, self._clock = per_tenant, in_all, keep_s, clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, answer: Answer, scope: TenantScope) -> None:
        """Keep what has rows; the oldest of this practice, then of all, make room."""
        if not answer.rows:
            return
        now = self._clock()
        with self._lock:
            self._kept[answer.trace_id] = _Kept(
                answer, scope.tenant_id, scope.role, scope.principal, scope.grants, now + self._keep_s
            )
            self._kept.move_to_end(answer.trace_id)
            for trace_id in [t for t, k in self._kept.items() if k.until <= now]:
                del self._kept[trace_id]
            theirs = [t for t, k in self._kept.items() if k.tenant_id == scope.tenant_id]
            for trace_id in theirs[: max(0, len(theirs) - self._per_tenant)]:
                del self._kept[trace_id]
            while len(self._kept) > self._in_all:
                self._kept.popitem(last=False)

    def find(self, trace_id: str, scope: TenantScope) -> Answer:
        """Raises `AnswerGone` alike for one that never was, has gone, or belongs to another."""
        with self._lock:
            kept = self._kept.get(trace_id)
        if (
            kept is None
            or kept.tenant_id != scope.tenant_id
            or kept.role != scope.role
            or kept.principal != scope.principal
            or not kept.grants <= scope.grants
            or kept.until <= self._clock()
        ):
            raise AnswerGone()
        return kept.answer
