"""Addresses of databases: passwords taken out and put in, and a connection or a clear error."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.rows import TupleRow

from prentice.errors import BadConfiguration, PrenticeError, SourceUnavailable, SourceUnsuitable

# libpq waits this long for one host to answer. A question must fail in under 2 s; a tenant added by
# hand may wait a little longer for a database far away.
CONNECT_TIMEOUT_S = 2
# Only what says how to reach and trust the server is kept when another login uses the address.
_TRANSPORT = {
    "host",
    "hostaddr",
    "port",
    "sslmode",
    "sslrootcert",
    "sslnegotiation",
    "channel_binding",
    "connect_timeout",
    "target_session_attrs",
    "keepalives",
}


def checked_address(url: str) -> str:
    """The address, if it can be read without a doubt; `BadConfiguration` otherwise, without a part of it.

    A password with an unescaped @, /, ? or # would make a part of itself the host or the database, and
    so show up where addresses are shown.

    >>> checked_address("postgresql://ann:s/fe@db.example/till")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    prentice.errors.BadConfiguration: The source's address cannot be read. Give it as ...
    """
    try:
        parts = urlsplit(url)
        sound = (
            parts.scheme in ("postgresql", "postgres")
            and len(parts.path) > 1
            and "@" not in parts.path + parts.query + parts.fragment
            and not parts.fragment
            and all(
                port.isdigit()
                for host in parts.netloc.rpartition("@")[2].split(",")
                if (port := host.rpartition("]")[2].partition(":")[2])
            )
        )
    except ValueError:
        sound = False
    if not sound:
        raise BadConfiguration(
            "The source's address cannot be read.",
            "Give it as postgresql://user:password@host:5432/database, with @ : / ? # in a password "
            "written as %40 %3A %2F %3F %23.",
        )
    return url


def without_password(url: str) -> tuple[str, str | None]:
    """The address without its password, and the password.

    >>> without_password("postgresql://ann:s%40fe@db.example:5432/till?sslmode=require")
    ('postgresql://ann@db.example:5432/till?sslmode=require', 's@fe')
    """
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    given = [value for name, value in query if name == "password"]
    kept = urlencode([(name, value) for name, value in query if name != "password"], safe="/")
    bare = urlunsplit((parts.scheme, f"{user}{at}{host}" if user else host, parts.path, kept, ""))
    secret = unquote(password) if password else (given[0] if given else None)
    return bare, secret


def with_password(url: str, password: str | None) -> str:
    """The address with this password.

    >>> with_password("postgresql://ann@db.example/till", "s@fe")
    'postgresql://ann:s%40fe@db.example/till'
    """
    if not password:
        return url
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    if not at:  # the user stands elsewhere (?user=, PGUSER): so must the password
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), ("password", password)], safe="/")
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    return urlunsplit(
        (parts.scheme, f"{login}:{quote(password, safe='')}@{host}", parts.path, parts.query, "")
    )


def for_login(url: str, login: str, password: str) -> str:
    """The same database for another login; nothing of the first login's own settings is kept."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name in _TRANSPORT]
    netloc = f"{quote(login, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(kept, safe="/"), ""))


def place(url: str) -> str:
    """Where an address points, for a message to the operator: host, port and database, no login.

    >>> place("postgresql://ann:s@db.example:5432/till")
    'db.example:5432/till'
    """
    bare = urlsplit(url)
    host = bare.netloc.rpartition("@")[2] or dict(parse_qsl(bare.query)).get("host", "localhost")
    return f"{host}{bare.path}"


def connect(url: str, *, for_operator: bool = False, **options: Any) -> psycopg.Connection[TupleRow]:
    """A connection in autocommit.

    Raises `SourceUnavailable` or `SourceUnsuitable`. With `for_operator` the message says where it
    tried and what refused it; without, only that the practice's database does not answer. The
    database's own text and the password are in neither.
    """
    # The encoding here, at the start: what a login set for its own sessions would change how texts arrive.
    ours = {"application_name": "prentice", "client_encoding": "UTF8"}
    options = {"connect_timeout": CONNECT_TIMEOUT_S, **ours, **options}
    try:
        return psycopg.connect(url, autocommit=True, **options)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as refused:
        raise _told(str(refused), url) if for_operator else unavailable() from None


def unavailable() -> SourceUnavailable:
    return SourceUnavailable(
        "The practice's database does not answer.",
        "Try again in a minute; if it goes on, the operator should look at the database and its address.",
    )


def _told(text: str, url: str) -> PrenticeError:
    """libpq gives no SQLSTATE for a failed connection, so its words are read; what they do not tell
    (a server that speaks another language) becomes the last case."""
    said, where = text.lower(), place(url)
    if any(sign in said for sign in ("translate host name", "name or service", "nodename", "resolve")):
        return SourceUnavailable(
            f"There is no host of that name ({where}).", "Check the host in the address."
        )
    if "password" in said or "authentication failed" in said:
        return SourceUnsuitable(
            f"The database at {where} refused the login.", "Check the user and the password in the address."
        )
    if "does not exist" in said and "database" in said:
        return SourceUnsuitable(
            f"The server has no database of that name ({where}).",
            "Check the part of the address after the last slash.",
        )
    if "does not exist" in said or "not permitted to log in" in said:
        return SourceUnsuitable(
            f"The server at {where} knows no such user.", "Check the user in the address."
        )
    if "pg_hba" in said:
        return SourceUnsuitable(
            f"The server at {where} does not let this machine, user or database in.",
            "Have its administrator allow it in pg_hba.conf.",
        )
    if "ssl" in said or "certificate" in said or "tls" in said:
        return SourceUnsuitable(
            f"The encrypted connection to {where} failed.", "Check sslmode and sslrootcert in the address."
        )
    if "starting up" in said or "shutting down" in said or "recovery" in said or "too many" in said:
        return SourceUnavailable(
            f"The server at {where} is not ready for a connection.", "Try again in a minute."
        )
    if 'missing "="' in said or "invalid" in said:
        return SourceUnsuitable(
            "The address cannot be read.", "Give it as postgresql://user:password@host:5432/database."
        )
    return SourceUnavailable(
        f"Nothing answers at {where}.", "Check that the server runs, and the host and port in the address."
    )
