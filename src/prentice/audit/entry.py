"""`Entry`: what is written down of one access or change, and its canonical JSON."""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from prentice.errors import PLATFORM as PLATFORM  # the chain of what belongs to no practice

if TYPE_CHECKING:
    from prentice.deid.redact import Redactor
    from prentice.deid.redact.spans import Span

_CHAIN = re.compile(r"[a-z0-9_-]{1,12}")
_INT64 = 2**63
_reading = threading.Lock()


class Action(StrEnum):
    """What was done, or tried."""

    ask = "ask"
    query = "query"
    export = "export"
    catalogue = "catalogue"
    sign_in = "sign_in"
    sign_in_failed = "sign_in_failed"
    sign_out = "sign_out"
    session_revoked = "session_revoked"
    token_made = "token_made"
    token_renewed = "token_renewed"
    token_revoked = "token_revoked"
    token_reused = "token_reused"
    password_changed = "password_changed"
    factor_added = "factor_added"
    factor_removed = "factor_removed"
    user_invited = "user_invited"
    user_changed = "user_changed"
    user_removed = "user_removed"
    key_made = "key_made"
    key_revoked = "key_revoked"
    settings_changed = "settings_changed"
    tenant_created = "tenant_created"
    tenant_changed = "tenant_changed"
    tenant_suspended = "tenant_suspended"
    tenant_resumed = "tenant_resumed"
    tenant_exported = "tenant_exported"
    tenant_deleted = "tenant_deleted"
    audit_read = "audit_read"
    audit_verified = "audit_verified"
    audit_exported = "audit_exported"
    deid_run = "deid_run"
    feedback_given = "feedback_given"
    feedback_reviewed = "feedback_reviewed"
    document_added = "document_added"
    document_removed = "document_removed"
    document_restored = "document_restored"
    keys_rotated = "keys_rotated"
    address_shown = "address_shown"  # `prentice db url`: a password was printed
    shown = "shown"  # a list at the command line: practices, users, keys, …
    refused = "refused"  # turned away before it was known what was wanted


class Decision(StrEnum):
    """How it ended. `declined`: not answered for what was asked; `refused`: for who asked or how often."""

    allowed = "allowed"
    declined = "declined"
    refused = "refused"
    failed = "failed"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit. Raises `ValueError` for what must never stand in it.

    >>> Entry(tenant_id="platform", action=Action.sign_in, who="ann@practice.example")
    Traceback (most recent call last):
    ValueError: an entry names a user by id, never by e-mail
    """

    tenant_id: str  # or 'platform'
    action: Action
    decision: Decision = Decision.allowed
    at: datetime = field(default_factory=_now)
    who: str = ""  # a user's id; empty: nobody was signed in
    kind: str = (
        ""  # of the credential: session, token, host, key; 'operator' or 'command' at the command line
    )
    credential_id: str = ""
    address: str = ""
    question: str | None = None  # as `redacted` leaves it
    query: Mapping[str, Any] | None = None
    sql_hash: str | None = None  # `sql_hash(text)`
    tables: tuple[str, ...] = ()
    rows: int | None = None
    withheld: int | None = None  # figures kept back because a group was small
    code: str | None = None  # of the error or refusal
    duration_ms: float | None = None
    trace_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # what else: a role given, a setting's name

    def __post_init__(self) -> None:
        if "@" in self.who:
            raise ValueError("an entry names a user by id, never by e-mail")
        if not _CHAIN.fullmatch(self.tenant_id):
            raise ValueError("an entry belongs to a tenant's id or to 'platform'")
        if self.at.tzinfo is None:
            raise ValueError("an entry's time has a zone")

    def canonical(self) -> str:
        """The entry as JSON: keys sorted, no spaces, UTC to the microsecond, nothing that is empty.

        The same entry gives the same bytes, and PostgreSQL can read them as `jsonb`.

        >>> at = datetime(2026, 10, 31, tzinfo=UTC)
        >>> Entry(tenant_id="abc", action=Action.ask, at=at, rows=3).canonical()
        '{"action":"ask","at":"2026-10-31T00:00:00.000000Z","decision":"allowed","rows":3,"tenant_id":"abc"}'
        """
        told = {name: value for name in _FIELDS if (value := getattr(self, name)) not in _EMPTY}
        told["at"] = stamp(self.at)
        if self.duration_ms is not None:
            told["duration_ms"] = round(self.duration_ms, 2)
        return canonical_json(told)


_FIELDS = tuple(each.name for each in fields(Entry))
_EMPTY: tuple[object, ...] = (None, "", (), {})
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def canonical_json(value: Any) -> str:
    """JSON with sorted keys. What JSON or PostgreSQL cannot hold is written as nearly as they can."""
    try:
        made = orjson.dumps(value, _plain, _OPTIONS).decode()
    except TypeError:  # half a surrogate pair, a number of 20 digits
        made = "\\u0000"
    return orjson.dumps(_held(value), None, _OPTIONS).decode() if "\\u0000" in made else made


def stamp(at: datetime) -> str:
    """UTC with six digits after the second, so that as texts they stand in the order of time.

    >>> stamp(datetime(2026, 10, 31, 9, 15, tzinfo=UTC))
    '2026-10-31T09:15:00.000000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def sql_hash(sql: str) -> str:
    """SHA-256 of a statement's text, in hex.

    >>> sql_hash("select 1")[:12]
    '822ae07d4783'
    """
    return hashlib.sha256(sql.encode("utf-8", "replace")).hexdigest()


def redacted(question: str | None) -> str | None:
    """The question without identifiers: 0.01 to 0.3 ms once `warm` has run, which it otherwise waits for.

    >>> redacted("What did Mrs Joan Smith spend?")
    'What did [NAME] spend?'
    """
    if not question:
        return question
    with _reading:  # one for the process: a second would take 8 s and 35 MB to make
        return _redactor().redact(question).redacted


def identifiers(text: str) -> tuple[Span, ...]:
    """Where identifiers stand in a text, by the one redactor of the process.

    >>> [span.type for span in identifiers("What did Mrs Joan Smith spend?")]
    ['NAME']
    """
    with _reading:
        return tuple(_redactor().spans(text))


def warm() -> None:
    """Make the redactor ready. Takes some 8 s, in which other threads go on."""
    with _reading:
        _redactor()


@cache
def _redactor() -> Redactor:
    from prentice.deid.redact import Redactor

    return Redactor()


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _held(value: Any) -> Any:
    """Slowly, and for odd values alone: no NUL, no half surrogate, no integer over 64 bits."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
        case bool() | None:
            return value
        case int():
            return value if -_INT64 <= value < _INT64 else str(value)
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {_held(str(key)): _held(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
            return [_held(item) for item in items]
        case _:
            return _held(str(value))
