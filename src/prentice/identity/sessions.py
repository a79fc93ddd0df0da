"""Sessions: kept on the server, known to the browser by 32 random bytes, found with one query.

Two limits end one: nothing asked for `idle`, and `absolute` since it was opened. A token is new whenever
somebody signs in or shows more than before, so that one planted in a browser never becomes a signed-in one.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text, update

from prentice.errors import PLATFORM, Credential, SignInNeeded, UnknownUser
from prentice.identity.caller import Caller, Membership
from prentice.identity.database import Found, Quick, reading, writing
from prentice.identity.opaque import digest, new_id, new_secret
from prentice.identity.roles import Role
from prentice.identity.tables import api_keys, sessions, token_families

COOKIE_SECURE = "__Host-prentice"  # the browser itself holds it to this host, TLS and Path=/
COOKIE_PLAIN = "prentice"  # on plain http, which is for this machine's own address alone
_SEEN_EVERY = timedelta(minutes=1)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in."""

    id: str
    user_id: str
    email: str
    name: str
    operator: bool
    strong: bool
    csrf: str
    address: str  # where it was opened
    browser: str
    created_at: datetime
    proved_at: datetime
    seen_at: datetime
    expires_at: datetime
    tenant_id: str | None = None  # a practice's provider opened it: it reaches that practice alone
    memberships: tuple[Membership, ...] = ()
    suspended: frozenset[str] = frozenset()  # short names of practices of theirs that are not active

    @property
    def own(self) -> bool:
        """Whether something of the account's own was shown: one that a provider opened has done so once it
        proved itself anew."""
        return self.tenant_id is None or self.proved_at > self.created_at

    def as_caller(self, address: str = "") -> Caller:
        """Who sends the request that brought this session from `address`.

        With practices that are suspended: `Registry.scope` says so of them.
        """
        return Caller(
            kind="session",
            user_id=self.user_id,
            credential_id=self.id,
            memberships={m.slug: m for m in self.memberships},
            operator=self.operator,
            address=address,
            strong=self.strong,
            csrf=self.csrf,
            since=self.proved_at,
            tenant=self.tenant_id,
            own=self.own,
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """One session as its owner sees it in the list."""

    id: str
    address: str
    browser: str
    strong: bool
    created_at: datetime
    seen_at: datetime


_FIND = text("""
select s.id, s.user_id, s.strong, s.csrf, s.address, s.browser, s.created_at, s.proved_at, s.seen_at,
       s.expires_at, s.tenant_id, u.email, u.name,
       u.operator and s.tenant_id is null as operator,
       s.revoked_at is null and s.expires_at > :now and s.seen_at > :idle_since
       and u.status = 'active' as good,
       (select jsonb_agg(jsonb_build_array(t.id, t.slug, m.role, m.grants, t.status = 'active',
                                           coalesce(t.settings->'mfa_roles' ? m.role, false),
                                           t.settings->'session_idle_minutes',
                                           t.settings->'session_absolute_hours'))
          from memberships m join tenants t on t.id = m.tenant_id
         where m.user_id = s.user_id
           and (s.tenant_id is null or s.tenant_id = m.tenant_id)) as memberships
  from sessions s join users u on u.id = s.user_id
 where s.token_hash = :token_hash
""")
_SEEN = text("update sessions set seen_at = :now where id = :id and seen_at <= :seen_before")


class SessionOver(SignInNeeded):
    """A session that was here and is good no more. `credential` says whose."""

    def __init__(self, credential: Credential) -> None:
        super().__init__("The session has ended.", "Sign in again.")
        self.credential = credential


class Sessions:
    """`idle_s` and `absolute_s` are the two limits in seconds; a practice's settings may make them shorter
    for whoever belongs to it."""

    def __init__(
        self, engine: Engine, idle_s: float = 28_800, absolute_s: float = 604_800, *, clock: Clock = utc_now
    ) -> None:
        self._engine = engine
        self._quick = Quick(engine)
        self._idle = timedelta(seconds=idle_s)
        self._absolute = timedelta(seconds=absolute_s)
        self._clock = clock

    def open_session(
        self,
        user_id: str,
        strong: bool,
        address: str,
        browser: str,
        *,
        instead_of: str | None = None,
        tenant_id: str | None = None,
    ) -> tuple[str, Session]:
        """A new session and its token, told this once. The session of the token that the browser brought to
        signing in (`instead_of`) ends. One that was opened through the provider of a practice (`tenant_id`)
        reaches that practice alone: its owner vouches for nobody elsewhere."""
        token, now = new_secret(), self._clock()
        with writing(self._engine) as connection:
            if instead_of:
                _end(connection, now, sessions.c.token_hash == digest(instead_of))
            connection.execute(
                insert(sessions).values(
                    id=new_id("s_"),
                    user_id=user_id,
                    token_hash=digest(token),
                    tenant_id=tenant_id,
                    csrf=new_secret(),
                    strong=strong,
                    address=address,
                    browser=browser,
                    created_at=now,
                    proved_at=now,
                    seen_at=now,
                    expires_at=now + self._absolute,
                )
            )
        found = self.find(token)
        if found is None:  # disabled in the meantime
            raise UnknownUser("There is no such user.", "Ask whoever invited you.")
        return token, found

    def find(self, token: str) -> Session | None:
        """The session of this token, or None: unknown, ended, too old, or its user is disabled."""
        try:
            return self.held(token)
        except SessionOver:
            return None

    def held(self, token: str) -> Session | None:
        """As `find`; raises `SessionOver` for one that is known, and good no more."""
        now = self._clock()
        facts = {"token_hash": digest(token), "now": now, "idle_since": now - self._idle}
        row = self._quick.one(_FIND, facts)
        if row is None:
            return None
        if not row.good or not _within_limits_of_practices(row, now):
            raise SessionOver(Credential("session", row.id, row.user_id, _chain(row)))
        if now - row.seen_at >= _SEEN_EVERY:
            self._quick.do(_SEEN, {"id": row.id, "now": now, "seen_before": now - _SEEN_EVERY})
        return _session(row)

    def caller(self, token: str, address: str = "") -> Caller | None:
        """Who sends what brought this token; None as `find` does."""
        found = self.find(token)
        return None if found is None else found.as_caller(address)

    def rotate(self, session_id: str, *, strong: bool | None = None, proved: bool = False) -> str:
        """The new token of a session whose rights have changed; the old one and its forms are good no more.

        `strong`: a second factor was shown, or the last one is gone. `proved`: so was the password or a
        passkey just now. Raises `UnknownUser` when the session has ended.
        """
        token, now = new_secret(), self._clock()
        values: dict[str, Any] = {"token_hash": digest(token), "csrf": new_secret()}
        if strong is not None:
            values["strong"] = strong
        if proved:
            values["proved_at"] = now
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(sessions)
                .where(sessions.c.id == session_id, sessions.c.revoked_at.is_(None))
                .values(values)
            ).rowcount
        if not changed:
            raise UnknownUser("This session has ended.", "Sign in again.")
        return token

    def list_of(self, user_id: str) -> list[Opened]:
        """The user's sessions that are good now, the one seen last first."""
        now = self._clock()
        statement = (
            select(sessions)
            .where(
                sessions.c.user_id == user_id,
                sessions.c.revoked_at.is_(None),
                sessions.c.expires_at > now,
                sessions.c.seen_at > now - self._idle,
            )
            .order_by(sessions.c.seen_at.desc(), sessions.c.id)
        )
        with reading(self._engine) as connection:
            return [
                Opened(r.id, r.address, r.browser, r.strong, r.created_at, r.seen_at)
                for r in connection.execute(statement)
            ]

    def revoke(self, session_id: str, user_id: str) -> bool:
        """End one session of this user's; False where it is not theirs or has ended."""
        with writing(self._engine) as connection:
            theirs = sessions.c.user_id == user_id
            return _end(connection, self._clock(), sessions.c.id == session_id, theirs) > 0

    def revoke_all(self, user_id: str, but: str | None = None) -> int:
        """End the user's sessions (all, or all but one) and all tokens. How many sessions ended."""
        with writing(self._engine) as connection:
            return end_all(connection, user_id, now=self._clock(), but=but)


def end_all(connection: Connection, user_id: str, *, now: datetime, but: str | None = None) -> int:
    """Within the transaction of what changes a password or takes a factor away: whoever is signed in
    elsewhere may be the reason for it."""
    conditions = [sessions.c.user_id == user_id]
    if but is not None:
        conditions.append(sessions.c.id != but)
    connection.execute(
        update(token_families)
        .where(token_families.c.user_id == user_id, token_families.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return _end(connection, now, *conditions)


def end_keys(connection: Connection, user_id: str, *, now: datetime) -> int:
    """API keys of theirs, in every practice: for when an account is taken back. How many."""
    mine = (api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
    return connection.execute(update(api_keys).where(*mine).values(revoked_at=now)).rowcount


def suspend_keys(connection: Connection, user_id: str, *, now: datetime) -> int:
    """API keys of theirs, in every practice, for as long as nobody gives them back. How many."""
    mine = (api_keys.c.user_id == user_id, api_keys.c.suspended_at.is_(None))
    return connection.execute(update(api_keys).where(*mine).values(suspended_at=now)).rowcount


def resume_keys(connection: Connection, user_id: str) -> None:
    """Those that were suspended; what was revoked or has expired is good no more."""
    mine = (api_keys.c.user_id == user_id, api_keys.c.suspended_at.is_not(None))
    connection.execute(update(api_keys).where(*mine).values(suspended_at=None))


def check_csrf(session: Session | Caller, given: str | None) -> bool:
    """Whether a form brought back what its page was given. Never true for a caller without a session."""
    held, brought = session.csrf.encode(), (given or "").encode("utf-8", "replace")
    return bool(held) and hmac.compare_digest(held, brought)


def needs_second_factor(caller: Caller, slug: str) -> bool:
    """Whether the practice asks for a second factor that this caller has not shown.

    A key or a host's token has no second factor: whoever made it answers for that.
    """
    membership = caller.memberships.get(slug)
    asked = membership is not None and membership.second_factor
    return asked and not caller.strong and caller.kind in ("session", "token")


def cookie_name(secure: bool) -> str:
    return COOKIE_SECURE if secure else COOKIE_PLAIN


def cookie(token: str, secure: bool) -> str:
    """The value of Set-Cookie. It ends with the browser; the server's own limits end it sooner or later.

    >>> cookie("abc", secure=True)
    '__Host-prentice=abc; Path=/; HttpOnly; SameSite=Lax; Secure'
    """
    return f"{cookie_name(secure)}={token}; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


def no_cookie(secure: bool) -> str:
    """The value of Set-Cookie that takes it away."""
    return f"{cookie('', secure)}; Max-Age=0"


_BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/|\bChromium/"),
    ("Safari", r"\bVersion/[\d.]+.*\bSafari/"),
)
_SYSTEMS = (
    ("iPad", r"\biPad\b"),
    ("iPhone", r"\biPhone\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMacintosh\b|\bMac OS X\b"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)


def browser_of(user_agent: str | None) -> str:
    """Enough to know one's own browser by, and no more.

    >>> browser_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox on Windows'
    >>> browser_of("curl/8.5"), browser_of(None)
    ('Another program', 'Another program')
    """
    agent = (user_agent or "")[:500]
    browser = next((name for name, form in _BROWSERS if re.search(form, agent)), None)
    system = next((name for name, form in _SYSTEMS if re.search(form, agent)), None)
    if browser is None:
        return "Another program"
    return f"{browser} on {system}" if system else browser


def _end(connection: Connection, now: datetime, *conditions: Any) -> int:
    return connection.execute(
        update(sessions).where(*conditions, sessions.c.revoked_at.is_(None)).values(revoked_at=now)
    ).rowcount


def _within_limits_of_practices(row: Found, now: datetime) -> bool:
    """The strictest of the user's practices decides: one session opens all of them."""
    return not any(
        (idle and now - row.seen_at >= timedelta(minutes=idle))
        or (absolute and now - row.created_at >= timedelta(hours=absolute))
        for *_, idle, absolute in row.memberships or ()
    )


def _chain(row: Found) -> str:
    """Where it is written down that a session was refused: its practice, where it is known which one."""
    practices = [practice for practice, *_ in row.memberships or ()]
    if row.tenant_id is not None:
        return str(row.tenant_id)
    return practices[0] if len(practices) == 1 else PLATFORM


def _session(row: Found) -> Session:
    held = row.memberships or ()
    return Session(
        id=row.id,
        user_id=row.user_id,
        email=row.email,
        name=row.name,
        operator=row.operator,
        strong=row.strong,
        csrf=row.csrf,
        address=row.address,
        browser=row.browser,
        created_at=row.created_at,
        proved_at=row.proved_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        tenant_id=row.tenant_id,
        memberships=tuple(
            Membership(tenant_id, slug, Role(role), frozenset(grants), second_factor)
            for tenant_id, slug, role, grants, _, second_factor, *_ in held
        ),
        suspended=frozenset(slug for _, slug, _, _, active, *_ in held if not active),
    )
