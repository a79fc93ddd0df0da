"""Practices and people for a test, everything that signs them in, and a clock that the test turns."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pyotp
from sqlalchemy import Engine, text

from prentice.identity.passkeys import Passkeys
from prentice.identity.persons import User
from prentice.identity.recovery import RecoveryCodes
from prentice.identity.sessions import Sessions
from prentice.identity.sign_in import SignedIn, SignIn, Step
from prentice.identity.totp import Totp
from prentice.identity.users import Users
from prentice.ops.sealing import Sealer
from prentice.tenancy.registry import Registry, Tenant

GOOD = "seven violet harpsichords"
BETTER = "an umbrella for the lighthouse"
T = TypeVar("T")


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


def at_once_clock() -> Clock:
    return Clock(datetime.now(UTC).replace(microsecond=0))


@dataclass
class Told:
    """Limits that let everything through and write down what they were told."""

    calls: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def before(self, email: str, address: str, known: bool) -> None:
        self.calls.append(("before", email, address, known))

    def failed(self, email: str, address: str, known: bool) -> None:
        self.calls.append(("failed", email, address, known))

    def succeeded(self, email: str, address: str, known: bool) -> None:
        self.calls.append(("succeeded", email, address, known))


@dataclass
class People:
    engine: Engine
    registry: Registry
    sealer: Sealer
    clock: Clock
    limits: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.users = Users(self.engine, clock=self.clock)
        self.totp = Totp(self.engine, self.sealer, clock=self.clock)
        self.recovery = RecoveryCodes(self.engine, clock=self.clock)
        self.passkeys = Passkeys(self.engine, clock=self.clock)
        self.sessions = Sessions(self.engine, clock=self.clock)
        self.way = SignIn(
            self.engine, self.users, self.totp, self.recovery, self.passkeys, self.limits, clock=self.clock
        )

    def practice(self, name: str = "Harbour Optics") -> Tenant:
        id = "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))
        return self.registry.add(id=id, slug=f"p-{id}", name=name, company_id=id)

    def person(self, password: str | None = GOOD, name: str = "Ann Lee") -> User:
        return self.users.add(f"x{secrets.token_hex(6)}@harbour.example", name, password)

    def member(self, practice: Tenant, role: str, grants: Iterable[str] = ()) -> User:
        person = self.person(None)
        self.users.add_member(practice.id, person.id, role, tuple(grants), by=None)
        return person

    def suspend(self, practice: Tenant) -> None:
        self.execute("update tenants set status = 'suspended' where id = :id", id=practice.id)

    def execute(self, sql: str, **parameters: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql), parameters)

    def value(self, sql: str, **parameters: object) -> object:
        with self.engine.connect() as connection:
            return connection.execute(text(sql), parameters).scalar()

    def app(self, person: User) -> pyotp.TOTP:
        """An authenticator app that is set up, its first code used."""
        app = pyotp.TOTP(self.totp.begin(person.id).secret)
        self.totp.confirm(person.id, self.code(app))
        self.clock.turn(seconds=30)
        return app

    def code(self, app: pyotp.TOTP, *, steps: int = 0) -> str:
        return app.at(self.clock.now, counter_offset=steps)

    def sign_in(self, person: User, password: str = GOOD) -> Step:
        return self.way.sign_in(person.email, password, "203.0.113.7")


def signed_in(step: Step) -> SignedIn:
    assert isinstance(step, SignedIn), step
    return step


def at_once(times: int, work: Callable[[], T]) -> list[T]:
    """The same work from several threads."""
    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(times)]]
