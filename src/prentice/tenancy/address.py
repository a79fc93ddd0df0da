"""Addresses of databases: passwords taken out and put in, and a connection or a clear error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

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
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "gssencmode",
    "channel_binding",
    "require_auth",
    "connect_timeout",
    "tcp_user_timeout",
    "target_session_attrs",
    "load_balance_hosts",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
}
# What else a source's address may say; no file or service of this machine that would be read for it.
_NAMED = (_TRANSPORT - {"host", "hostaddr"}) | {"user", "password"}
_SECRET = {"password", "sslpassword"}
_REDIS_TLS = {"ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "ssl_ca_path", "ssl_ca_data"}


def checked_address(url: str) -> str:
    """The address, if it can be read without a doubt; `BadConfiguration` otherwise, without a part of it.

    A password with an unescaped @, /, ? or # would make a part of itself the host or the database, and
    so show up where addresses are shown. Options are those that say how to reach and trust the server: a
    socket, a service, a password or key file of the machine that Prentice runs on is nobody's to name.

    >>> checked_address("postgresql://ann:s/fe@db.example/till")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    prentice.errors.BadConfiguration: The source's address cannot be read. Give it as ...
    """
    try:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2]
        sound = (
            parts.scheme in ("postgresql", "postgres")
            and len(parts.path) > 1
            and "@" not in parts.path + parts.query + parts.fragment
            and not parts.fragment
            and all(host and host[0] not in "/@" for host in unquote(hosts).split(","))  # no socket
            and all(name in _NAMED for name, _ in _read(parts.query))
            and all(
                port.isdigit()
                for host in hosts.split(",")
                if (port := host.rpartition("]")[2].partition(":")[2])
            )
        )
    except ValueError:
        sound = False
    if not sound:
        raise BadConfiguration(
            "The source's address cannot be read.",
            "Give it as postgresql://user:password@host:5432/database, with @ : / ? # in a password "
            "written as %40 %3A %2F %3F %23; after a ? only options such as sslmode, sslrootcert and "
            "connect_timeout.",
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
    query = _read(parts.query)
    given = [value for name, value in query if name == "password"]
    kept = _written([(name, value) for name, value in query if name not in _SECRET])
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
        query = _written([*_read(parts.query), ("password", password)])
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    return urlunsplit(
        (parts.scheme, f"{login}:{quote(password, safe='')}@{host}", parts.path, parts.query, "")
    )


def for_login(url: str, login: str, password: str) -> str:
    """The same database for another login; nothing of the first login's own settings is kept."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    kept = [(name, value) for name, value in _read(parts.query) if name in _TRANSPORT]
    netloc = f"{quote(login, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit((parts.scheme, netloc, parts.path, _written(kept), ""))


def trusting(url: str, authorities: Path | None) -> str:
    """The address of a PostgreSQL or Redis, made to verify the server's certificate and name against these
    authorities, whatever it said before; as it is without any. A socket of this machine needs none.

    >>> trusting("postgresql://ann:s@db.example/till?sslmode=prefer", Path("/etc/own ca.pem"))
    'postgresql://ann:s@db.example/till?sslmode=verify-full&sslrootcert=/etc/own%20ca.pem'
    >>> trusting("redis://:s@cache.example:6379/0", Path("/etc/ca.pem"))
    'rediss://:s@cache.example:6379/0?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/etc/ca.pem'
    """
    parts = urlsplit(url)
    if authorities is None or not url or parts.scheme == "unix":
        return url
    if parts.scheme in ("redis", "rediss"):
        scheme, replaced = "rediss", _REDIS_TLS
        ours = [("ssl_cert_reqs", "required"), ("ssl_check_hostname", "true")]
        ours.append(("ssl_ca_certs", str(authorities)))
    else:
        scheme, replaced = parts.scheme, {"sslmode", "sslrootcert", "requiressl"}
        ours = [("sslmode", "verify-full"), ("sslrootcert", str(authorities))]
    kept = [(name, value) for name, value in _read(parts.query) if name not in replaced]
    return urlunsplit((scheme, parts.netloc, parts.path, _written([*kept, *ours]), ""))


def place(url: str) -> str:
    """Where an address points, for a message to the operator: host, port and database, no login.

    >>> place("postgresql://ann:s@db.example:5432/till")
    'db.example:5432/till'
    """
    bare = urlsplit(url)
    host = bare.netloc.rpartition("@")[2] or dict(_read(bare.query)).get("host", "localhost")
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


def _read(query: str) -> list[tuple[str, str]]:
    """The parameters as libpq reads them: a + is a plus and no space, as it would be in a web address."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in pairs]


def _written(parameters: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='/')}" for name, value in parameters)


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
    if "root certificate" in said:
        return SourceUnsuitable(
            f"The certificate authorities for {where} cannot be read.",
            "Check PRENTICE_TLS_CA, or sslrootcert in the address.",
        )
    if "certificate verify failed" in said:
        return SourceUnsuitable(
            f"The certificate of the server at {where} is not one to trust.",
            "Check that its authority is in PRENTICE_TLS_CA (or the address's sslrootcert) and that it has "
            "not expired.",
        )
    if "server certificate" in said and "does not match host name" in said:
        return SourceUnsuitable(
            f"The certificate of the server at {where} is for another name.",
            "Use the name that stands in its certificate.",
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
