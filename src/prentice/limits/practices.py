"""What limits need to know of a practice: its own limits, and where its day begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from prentice.errors import BadSetting, LimitsUnavailable, UnknownTenant
from prentice.limits.policy import Policy, lowered, platform_policy, with_own
from prentice.settings import Settings

log = structlog.get_logger(__name__)

REMEMBERED_S = 5.0  # a change made by another process is seen this much later
_MOST = 10_000
_ONE = text("select timezone, settings -> 'limits', settings -> 'own_limits' from tenants where id = :id")


@dataclass(frozen=True, slots=True)
class Practice:
    granted: Policy  # by the operator
    policy: Policy  # what holds: the practice may have lowered it
    zone: ZoneInfo


class Practices:
    """Safe between threads. What was read before stands for as long as the database does not answer."""

    def __init__(self, engine: Engine, settings: Settings, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._platform = platform_policy(settings)
        self._now = now
        self._known: dict[str, tuple[float, Practice]] = {}
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def policy(self, tenant_id: str | None) -> Policy:
        """The practice's policy; the platform's for nobody's, and where nothing could be read yet."""
        if tenant_id is None:
            return self._platform
        try:
            return self.get(tenant_id).policy
        except (LimitsUnavailable, UnknownTenant):
            return self._platform

    def granted(self, tenant_id: str) -> Policy:
        """What the operator grants the practice. Raises `UnknownTenant`, `LimitsUnavailable`."""
        return self.get(tenant_id).granted

    def today(self, tenant_id: str) -> date:
        """The date at the practice; in UTC where its zone could not be read yet."""
        try:
            zone = self.get(tenant_id).zone
        except (LimitsUnavailable, UnknownTenant):
            return self._now().astimezone(UTC).date()
        return self._now().astimezone(zone).date()

    def get(self, tenant_id: str) -> Practice:
        """Raises `UnknownTenant`, and `LimitsUnavailable` where nothing could be read yet."""
        seen = self._known.get(tenant_id)
        if seen is not None:
            if time.monotonic() - seen[0] < REMEMBERED_S or not self._lock.acquire(blocking=False):
                return seen[1]  # another is reading already: what stood 5 s ago is good enough
        else:
            self._lock.acquire()
        try:
            seen = self._known.get(tenant_id)
            if seen is not None and time.monotonic() - seen[0] < REMEMBERED_S:
                return seen[1]
            return self._read(tenant_id, seen[1] if seen else None)
        finally:
            self._lock.release()

    def forget(self, tenant_id: str) -> None:
        """The practice's limits were changed here: they are read anew."""
        self._known.pop(tenant_id, None)

    def _read(self, tenant_id: str, before: Practice | None) -> Practice:
        try:
            if time.monotonic() < self._silent_until:
                raise TimeoutError
            with self._engine.connect() as connection:
                row = connection.execute(_ONE, {"id": tenant_id}).one_or_none()
        except (SQLAlchemyError, TimeoutError):
            if time.monotonic() >= self._silent_until:
                self._silent_until = time.monotonic() + 1.0  # connecting to a dead one takes up to 2 s
            if before is None:
                raise unavailable() from None
            found = before
        else:
            if row is None:
                self._known.pop(tenant_id, None)
                raise UnknownTenant("There is no such practice.", "Check its short name with the operator.")
            granted = self._with(with_own, self._platform, row[1])
            found = Practice(granted, self._with(lowered, granted, row[2]), ZoneInfo(row[0]))
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[tenant_id] = (time.monotonic(), found)
        return found

    @staticmethod
    def _with(change: Callable[[Policy, object], Policy], policy: Policy, given: object) -> Policy:
        if given is None:
            return policy
        try:
            return change(policy, given)
        except BadSetting:  # whoever wrote it did not ask `read_limits`
            log.warning("a practice's limits cannot be read; those above them hold")
            return policy


def unavailable() -> LimitsUnavailable:
    error = LimitsUnavailable(
        "What the practice has used cannot be looked up now, so nothing is done that would use more.",
        "Try again in a few seconds; if it goes on, the operator should look at Valkey and the platform's "
        "database.",
    )
    error.retry_after_s = 2
    return error
