"""`Limits`: the one door to rates, questions at once and budgets of a process."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError

from prentice.errors import TooManyRequests
from prentice.identity.addresses import counted
from prentice.limits.at_once import RENEW_S, Full, Leases
from prentice.limits.bucket import UNCHECKED, Bucket, Taken, headers, take
from prentice.limits.budget import Budget, Reservation, Wish
from prentice.limits.policy import Policy, Rates
from prentice.limits.practices import Practices, unavailable
from prentice.limits.store import Silent, Store
from prentice.limits.use import DayUse, Ledger, Use
from prentice.settings import Settings
from prentice.tenancy.platform import open_platform

log = structlog.get_logger(__name__)

BEAT_S = 3.0  # what a killed process and a killed Valkey together can forget
_SOON_S = 2  # most questions take less

_WHOSE = {"tenant": "This practice", "user": "You", "key": "This API key"}


@dataclass(frozen=True, slots=True)
class State:
    """For metrics, since the process began."""

    unchecked: Mapping[str, int]  # 'rates', 'at_once': let through because Valkey did not answer
    refused: Mapping[str, int]  # by reason: 'rate_tenant', 'at_once_user', 'rows_per_day', 'unavailable', …
    failures: int  # calls that Valkey did not answer
    under_way: int  # questions, now
    set_aside: int  # reservations, now
    unwritten: int  # practices' days that wait to be written down


def _utc() -> datetime:
    return datetime.now(UTC)


class Limits:
    """Safe between threads. `close` writes down what is not yet.

    Raises `SourceUnavailable` when the platform database does not answer at the start. `redis` stays the
    caller's; it says where Valkey is.
    """

    def __init__(
        self, redis: Redis, platform_url: str, settings: Settings, *, now: Callable[[], datetime] = _utc
    ) -> None:
        self._engine = open_platform(platform_url)
        self._store = Store(redis)
        self._practices = Practices(self._engine, settings, now)
        self._ledger = Ledger(self._engine)
        self._leases = Leases(self._store)
        self._address = Rates(settings.limit_address_per_minute, settings.limit_address_burst)
        self._unchecked = 0
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.budget = Budget(self._store, self._ledger, self._practices, now, self._refused)
        self._ended = threading.Event()
        self._beat = threading.Thread(target=self._go_on, name="limits", daemon=True)
        self._beat.start()

    @property
    def unchecked(self) -> int:
        """Requests and questions that were let through because Valkey did not answer."""
        return self._unchecked + self._leases.unchecked

    def take(self, tenant_id: str | None, user_id: str, credential_id: str, kind: str) -> Taken:
        """Count one request against the practice, the user and, where `kind` is 'key', the API key.

        Raises `TooManyRequests`, with `retry_after_s` and `headers`. Without Valkey it is let through.
        """
        policy = self._practices.policy(tenant_id)
        at = f"prentice:rate:{tenant_id or '-'}"
        buckets = [Bucket("user", f"{at}:u:{user_id}", policy.user)]
        if tenant_id is not None:
            buckets.append(Bucket("tenant", at, policy.tenant))
        if kind == "key":
            buckets.append(Bucket("key", f"{at}:k:{credential_id}", policy.key))
        try:
            taken = take(self._store, buckets)
        except Silent:
            with self._lock:
                self._unchecked += 1
            return UNCHECKED
        if taken.allowed:
            return taken
        self._refused(tenant_id, f"rate_{taken.name}")
        error = _too_many(
            f"{_WHOSE[taken.name]} sent requests faster than {taken.per_minute} a minute.",
            f"Wait {_seconds(taken.retry_after_s)} and go on more slowly.",
            taken.retry_after_s,
        )
        error.headers = headers(taken)
        raise error

    def take_address(self, address: str) -> None:
        """Count one request of somebody whom nobody knows yet against where it came from; an IPv6 address by
        its /64. Raises `TooManyRequests`. Without Valkey it is let through."""
        counts = hashlib.sha256(counted(address).encode()).hexdigest()[:32]
        try:
            taken = take(self._store, [Bucket("address", f"prentice:rate:address:{counts}", self._address)])
        except Silent:
            with self._lock:
                self._unchecked += 1
            return
        if not taken.allowed:
            self._refused(None, "rate_address")
            error = _too_many(
                f"This address sent requests faster than {taken.per_minute} a minute.",
                f"Wait {_seconds(taken.retry_after_s)} and try again.",
                taken.retry_after_s,
            )
            error.headers = headers(taken)
            raise error

    @contextmanager
    def at_once(self, tenant_id: str, user_id: str) -> Iterator[None]:
        """Around one question. Raises `TooManyRequests` where as many are under way as may be."""
        with self._held(tenant_id, user_id):
            yield

    @contextmanager
    def question(self, tenant_id: str, user_id: str, rows: float) -> Iterator[Reservation]:
        """Around one question, for which so many rows are set aside: `at_once` and `budget.reserve` in one
        journey to Valkey. The reservation is the caller's to settle. Raises what the two raise."""
        wish = self.budget.wish(tenant_id, {"rows": rows})
        with self._held(tenant_id, user_id, wish) as said:
            yield self.budget.granted(wish, said)

    @contextmanager
    def _held(self, tenant_id: str, user_id: str, wish: Wish | None = None) -> Iterator[list[str] | None]:
        policy = self._practices.policy(tenant_id)
        try:
            lease, said = self._leases.hold(tenant_id, user_id, policy.at_once, wish)
        except Full as full:
            self._refused(tenant_id, f"at_once_{full.whose}")
            raise self._busy(full, policy) from None
        try:
            self._ledger.add(tenant_id, self._practices.today(tenant_id), Use(questions=1))
            yield said
        finally:
            self._leases.let_go(lease)

    def use(self, tenant_id: str, days: int) -> list[DayUse]:
        """What the practice used in its last days, today first. Raises `LimitsUnavailable`."""
        try:
            return self._ledger.days(tenant_id, self._practices.today(tenant_id), days)
        except SQLAlchemyError:
            raise unavailable() from None

    def policy(self, tenant_id: str | None) -> Policy:
        """What holds for the practice, for the administration page."""
        return self._practices.policy(tenant_id)

    def granted(self, tenant_id: str) -> Policy:
        """What the operator grants the practice: the most that it may set for itself.

        Raises `UnknownTenant`, `LimitsUnavailable`.
        """
        return self._practices.granted(tenant_id)

    def changed(self, tenant_id: str) -> None:
        """The practice's own limits were changed by this process: they hold from now on.

        Other processes see it within `practices.REMEMBERED_S`.
        """
        self._practices.forget(tenant_id)

    def removed(self, tenant_id: str) -> None:
        """The practice is gone: nothing of it stays in Valkey. Raises `LimitsUnavailable`."""
        self._practices.forget(tenant_id)
        self.budget.remove(tenant_id)

    def state(self) -> State:
        return State(
            unchecked={"rates": self._unchecked, "at_once": self._leases.unchecked},
            refused=dict(self._counts),
            failures=self._store.failures,
            under_way=len(self._leases),
            set_aside=len(self.budget),
            unwritten=self._ledger.unwritten(),
        )

    def close(self) -> None:
        """May be called twice."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._beat.join()
        self.budget.keep()
        self._leases.close()
        self._store.close()
        self._engine.dispose()

    def _go_on(self) -> None:
        beats = 0
        while not self._ended.wait(BEAT_S):
            beats += 1
            try:
                self.budget.keep()
                if beats % round(RENEW_S / BEAT_S) == 0:
                    self._leases.renew()
            except Exception as failed:  # the next beat must come whatever became of this one
                log.error("the limits' beat failed", failure=type(failed).__name__)

    def _refused(self, tenant_id: str | None, reason: str) -> None:
        with self._lock:
            self._counts[reason] += 1
        if tenant_id is not None:
            self._ledger.add(tenant_id, self._practices.today(tenant_id), Use(refused=1))

    def _busy(self, full: Full, policy: Policy) -> TooManyRequests:
        most = policy.at_once.tenant if full.whose == "tenant" else policy.at_once.user
        who = "The practice has" if full.whose == "tenant" else "You have"
        return _too_many(
            f"{who} {most} questions under way, as many as may be at once.",
            "Wait until one is answered, and ask again.",
            _SOON_S,
        )


def _too_many(message: str, next_step: str, retry_after_s: int) -> TooManyRequests:
    error = TooManyRequests(message, next_step)
    error.retry_after_s = retry_after_s
    return error


def _seconds(number: int) -> str:
    return "1 second" if number == 1 else f"{number} seconds"
