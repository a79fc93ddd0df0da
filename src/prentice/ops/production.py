"""Production mode: what is only good for trying Prentice out, and must not serve practices."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from prentice.errors import BadConfiguration
from prentice.identity.outgoing import is_loopback
from prentice.ops.master import HOW_TO_MAKE, MasterKey
from prentice.settings import Settings, variable

# What installers, images and tutorials set, in lower case; and our own name.
KNOWN_PASSWORDS = frozenset(
    (
        *("postgres", "postgresql", "redis", "valkey", "foobared", "prentice", "prentice-demo", "demo"),
        *("password", "passw0rd", "p@ssw0rd", "pass", "secret", "s3cr3t", "supersecret", "mysecretpassword"),
        *("changeme", "change-me", "change_me", "example", "default", "letmein", "welcome", "hunter2"),
        *("admin", "root", "user", "guest", "test", "testing", "qwerty", "123456", "12345678", "123456789"),
    )
)
_ADDRESSES = {
    "source_url": "the practices' database",
    "platform_url": "Prentice's own database",
    "redis_url": "Redis or Valkey",
}


def unsafe(settings: Settings, *, refuse_demo: Callable[[], list[str]] = list) -> list[str]:
    """What stands against serving practices like this: a sentence each, naming the setting and never its
    value. `refuse_demo` adds what the demo left behind (its users, its passwords).

    >>> unsafe(Settings(behind_tls_proxy=True, host_names=("prentice.example",)))[0]
    'PRENTICE_MASTER_KEY is not set (openssl rand -base64 32 makes one).'
    """
    return [
        *_about_the_master_key(settings),
        *(line for field, what in _ADDRESSES.items() for line in _about_an_address(settings, field, what)),
        *_about_the_vector_store(settings),
        *_about_the_model(settings),
        *_about_the_way_in(settings),
        *refuse_demo(),
    ]


def refuse_unsafe(settings: Settings, *, refuse_demo: Callable[[], list[str]] = list) -> None:
    """Raises `BadConfiguration` with all of `unsafe` in production mode; does nothing otherwise."""
    if settings.production and (found := unsafe(settings, refuse_demo=refuse_demo)):
        raise BadConfiguration(
            f"In production, Prentice does not start like this. {' '.join(found)}",
            f"Correct each (docs/security.md, 'Production mode'), or unset {variable('production')}.",
        )


def _about_the_master_key(settings: Settings) -> list[str]:
    name = variable("master_key")
    if settings.master_key is None:
        return [f"{name} is not set ({HOW_TO_MAKE} makes one)."]
    try:
        weak = MasterKey.from_text(settings.master_key).is_weak()
    except ValueError:
        weak = True
    return [f"{name} was not made at random ({HOW_TO_MAKE} makes one)."] if weak else []


def _about_an_address(settings: Settings, field: str, what: str) -> list[str]:
    name, url = variable(field), getattr(settings, field)
    if url is None:
        return [f"{name} is not set, so an embedded server would be used as {what}."]
    user, password = _login(url)
    if not password:
        return [f"{name} has no password."]
    if password.lower() in KNOWN_PASSWORDS or password.lower() == user.lower():
        return [f"{name} has a password that everybody knows."]
    return []


def _about_the_vector_store(settings: Settings) -> list[str]:
    name, url = variable("vector_store_url"), settings.vector_store_url
    if settings.vector_store == "pgvector" or url is None:
        return []
    if url.startswith("file:"):
        return [f"{name} is Qdrant's local mode, which is of one process."]
    found = [] if url.startswith("https:") else [f"{name} is not https, so its key travels unencrypted."]
    if not settings.vector_store_key:
        found.append(
            f"{variable('vector_store_key')} is not set, so the vector store asks nobody who they are."
        )
    return found


def _about_the_model(settings: Settings) -> list[str]:
    url = settings.llm_url
    if url is None or url.startswith("https:") or is_loopback(url):
        return []
    return [f"{variable('llm_url')} is not https, so questions and its key travel unencrypted."]


def _about_the_way_in(settings: Settings) -> list[str]:
    found = []
    if not (settings.tls_cert and settings.tls_key) and not settings.behind_tls_proxy:
        found.append(
            f"There is no TLS: set {variable('tls_cert')} and {variable('tls_key')}, or "
            f"{variable('behind_tls_proxy')}=1 where a proxy ends it."
        )
    if not (settings.public_url or "").startswith("https://"):
        found.append(
            f"{variable('public_url')} does not say what browsers call this server (https://…): passkeys and "
            "sign-in at a provider would hold to what a request says."
        )
    if not settings.host_names:
        found.append(f"{variable('host_names')} does not say under which names browsers come.")
    return found


def _login(url: str) -> tuple[str, str]:
    """The user and the password of an address, wherever in it they stand."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    user = unquote(parts.username or "") or query.get("user", "")
    return user, unquote(parts.password or "") or query.get("password", "")
