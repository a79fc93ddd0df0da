"""Every knob, described once. `docs/settings.md` is made from this file (`python -m prentice.settings`)."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from prentice.errors import BadConfiguration, BadSetting
from prentice.identity.addresses import networks

PREFIX = "PRENTICE_"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_POSTGRES = ("postgresql", "postgres")
_SCHEMES = {
    "source_url": _POSTGRES,
    "platform_url": _POSTGRES,
    "redis_url": ("redis", "rediss", "unix"),
    "llm_url": ("http", "https"),
    "vector_store_url": ("http", "https", "file"),
    "public_url": ("http", "https"),
}


class Settings(BaseSettings):
    """What the environment says (`PRENTICE_HOME`, `PRENTICE_PORT`, …).

    An unset address means the embedded server, and an empty variable counts as unset. Addresses may
    hold passwords, so they are kept out of `repr`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        validate_default=True,  # the default home starts with ~
        hide_input_in_errors=True,
    )

    home: Path = Field(
        default=Path("~/.prentice"),
        description="The folder of all files of Prentice: embedded servers, their data, the secrets file.",
    )
    today: date | None = Field(
        default=None,
        description="Pins the date (YYYY-MM-DD) that 'today' and 'last month' count from. "
        "Unset: the date at the practice.",
    )
    source_url: str | None = Field(
        default=None,
        repr=False,
        description="The practices' own PostgreSQL, with a login that may create roles and a schema. "
        "Unset: the embedded server, with the demo practices.",
    )
    platform_url: str | None = Field(
        default=None,
        repr=False,
        description="The PostgreSQL database of Prentice itself (tenants). Unset: the embedded server.",
    )
    redis_url: str | None = Field(
        default=None, repr=False, description="Redis or Valkey, for the cache. Unset: the embedded Valkey."
    )
    production: bool = Field(
        default=False,
        description="Whether practices depend on this installation: the server then refuses to start with "
        "anything that is only good for trying it out, and says what (docs/security.md).",
    )
    master_key: str | None = Field(
        default=None,
        repr=False,
        description="The base64 of 32 random bytes (`openssl rand -base64 32`) under which all secrets at "
        "rest are sealed. Unset: the file `master.key` in the home, which `production` does not take.",
    )
    master_key_new: str | None = Field(
        default=None,
        repr=False,
        description="The master key that `prentice keys rotate` changes to; until `master_key` holds it, "
        "either opens what is sealed.",
    )
    host_names: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="The names under which browsers reach the web server, separated by commas "
        "(`prentice.example.com`). It answers to no other, except those of this machine.",
    )
    tls_cert: Path | None = Field(
        default=None,
        description="The web server's certificate and those up to its authority, as PEM. Set: it serves "
        "TLS 1.3 and nothing older, and nothing unencrypted.",
    )
    tls_key: Path | None = Field(default=None, description="The private key of `tls_cert`, as PEM.")
    behind_tls_proxy: bool = Field(
        default=False,
        description="Says that a proxy in front ends TLS and that nothing else reaches the port.",
    )
    tls_ca: Path | None = Field(
        default=None,
        description="A PEM file of certificate authorities. Set: every connection to PostgreSQL and Redis "
        "is encrypted, and the server's certificate and name are verified against it, whatever the address "
        "says.",
    )
    llm_url: str | None = Field(
        default=None,
        repr=False,
        description="A model server that speaks the OpenAI protocol, up to and with `/v1` "
        "(`http://127.0.0.1:8080/v1`). Set: the expert's answers are worded by it and checked sentence by "
        "sentence ([how](knowledge.md#a-language-model)). Unset: they are quoted.",
    )
    llm_model: str | None = Field(
        default=None, description="The name of the model to ask for at `llm_url`; needed with it."
    )
    llm_key: str | None = Field(
        default=None, repr=False, description="The API key of the model server, sent as a bearer token."
    )
    llm_timeout_s: float = Field(
        default=8,
        gt=0,
        le=120,
        description="Seconds that a model may take over an answer; after them the passages are quoted.",
    )
    vector_store: Literal["pgvector", "qdrant", "pinecone"] = Field(
        default="pgvector",
        description="Where the vectors of practices' own documents are: `pgvector` (the platform database), "
        "`qdrant` or `pinecone` ([how to change it](knowledge.md#vector-stores)).",
    )
    vector_store_url: str | None = Field(
        default=None,
        repr=False,
        description="The address of Qdrant (`https://qdrant.example.com:6333`; `file:///folder` is its local "
        "mode, of one process), or the host of a Pinecone index. Unset with `pinecone`: found by its name.",
    )
    vector_store_key: str | None = Field(
        default=None, repr=False, description="The API key of Qdrant or Pinecone."
    )
    vector_store_collection: str = Field(
        default="prentice",
        pattern=r"^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$",
        description="The name of the collection in Qdrant, which is made when it is missing, or of the index "
        "in Pinecone, which is not (384 dimensions, metric cosine).",
    )
    host: str = Field(default="127.0.0.1", description="The address the web server listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port the web server listens on; 0 takes any."
    )
    statement_timeout_s: float = Field(
        default=10,
        gt=0,
        le=600,
        description="Seconds after which a query is cancelled from outside its session.",
    )
    max_rows: int = Field(
        default=5_000,
        ge=1,
        le=1_000_000,
        description="Rows of one answer; more are cut and reported as truncated.",
    )
    max_cost: float = Field(
        default=5_000_000,
        gt=0,
        allow_inf_nan=False,
        description="EXPLAIN's cost above which a query is refused before it runs.",
    )
    cache_ttl_s: int = Field(
        default=3_600, ge=0, description="Seconds a result stays in the cache; 0 keeps none."
    )
    patients_watch_days: float = Field(
        default=7,
        gt=0,
        le=365,
        description="Days for which a user's questions about patients are remembered, so that two answers "
        "that differ by 1 to 10 people are never both given.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Networks (CIDR, separated by commas) of your own proxies. From them alone is "
        "`X-Forwarded-For` believed; empty: from nobody.",
    )
    outgoing_networks: str = Field(
        default="",
        description="Networks (CIDR, separated by commas) of your own in which a host's published keys or a "
        "sign-in provider may be, beside the public internet. In production this machine's own addresses "
        "(127.0.0.0/8, ::1/128) and link-local ones are fetched from only where they stand here.",
    )
    limit_tenant_per_minute: int = Field(
        default=3_000,
        ge=1,
        le=1_000_000,
        description="Requests a minute of one practice ([all limits](limits.md)).",
    )
    limit_tenant_burst: int = Field(
        default=600, ge=1, le=1_000_000, description="Requests of one practice that may come at once."
    )
    limit_user_per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="Requests a minute of one user in a practice."
    )
    limit_user_burst: int = Field(
        default=200, ge=1, le=1_000_000, description="Requests of one user that may come at once."
    )
    limit_key_per_minute: int = Field(
        default=1_200, ge=1, le=1_000_000, description="Requests a minute of one API key."
    )
    limit_key_burst: int = Field(
        default=300, ge=1, le=1_000_000, description="Requests of one API key that may come at once."
    )
    limit_address_per_minute: int = Field(
        default=120,
        ge=1,
        le=1_000_000,
        description="Requests a minute from one address by which somebody signs in, takes up an invitation "
        "or sets a new password. A practice's staff may share one.",
    )
    limit_address_burst: int = Field(
        default=300, ge=1, le=1_000_000, description="Such requests of one address that may come at once."
    )
    limit_tenant_at_once: int = Field(
        default=16, ge=1, le=10_000, description="Questions of one practice that may be under way together."
    )
    limit_user_at_once: int = Field(
        default=6, ge=1, le=10_000, description="Questions of one user that may be under way together."
    )
    limit_rows_per_day: int = Field(
        default=5_000_000, ge=0, le=10**15, description="Rows that a practice's answers may read in a day."
    )
    limit_cost_per_day: int = Field(
        default=1_000_000_000,
        ge=0,
        le=10**15,
        description="What a practice's queries may cost in a day, in EXPLAIN's units.",
    )
    limit_tokens_per_day: int = Field(
        default=1_000_000, ge=0, le=10**15, description="Tokens of language models in a practice's day."
    )
    limit_tokens_per_month: int = Field(
        default=20_000_000, ge=0, le=10**15, description="Tokens of language models in a practice's month."
    )
    deid_hour: int = Field(
        default=3,
        ge=0,
        le=23,
        description="The hour of the practice's own clock at which `prentice jobs` anonymises it each night.",
    )
    public_url: str | None = Field(
        default=None,
        description="What browsers call this server, such as https://prentice.example.com: passkeys and "
        "sign-in at a provider hold to it. Unset: what the browser calls it, a name of this machine.",
    )
    issuer: str = Field(
        default="prentice",
        min_length=1,
        description="This installation's name in the access tokens it signs.",
    )
    session_idle_minutes: int = Field(
        default=480,
        ge=1,
        description="Minutes after which somebody who asked for nothing has to sign in again.",
    )
    session_absolute_hours: int = Field(
        default=168,
        ge=1,
        description="Hours after which everybody has to sign in again.",
    )
    audit_anchor_s: float = Field(
        default=60,
        gt=0,
        le=86_400,
        description="Seconds after which the heads of the audit's chains are signed and written outside the "
        "database; also every 1,000 entries and at the end.",
    )
    audit_anchor_to: Path | None = Field(
        default=None,
        description="A second place for the signed heads: a folder or a file, best on a mount that takes "
        "additions alone (WORM). Unset: only `PRENTICE_HOME/audit/anchors.jsonl`.",
    )
    embedded_user: str = Field(
        default="prentice",
        pattern=r"^[a-z_][a-z0-9_-]{0,31}$",
        description="The system account that the embedded servers run as when Prentice is run as root "
        "(PostgreSQL refuses root). Created when missing.",
    )
    embedded_fsync: bool = Field(
        default=True,
        description="Whether the embedded PostgreSQL waits for the disk. `false` is faster and may lose the "
        "database when the machine loses power: for tests.",
    )

    @field_validator("master_key", "master_key_new")
    @classmethod
    def _is_key(cls, key: str | None) -> str | None:
        if key is not None:
            plain = key.strip().replace("-", "+").replace("_", "/").rstrip("=")
            try:
                whole = len(b64decode(plain + "=" * (-len(plain) % 4), validate=True)) == 32
            except ValueError:
                whole = False
            if not whole:
                raise ValueError("not the base64 of 32 bytes; make one with: openssl rand -base64 32")
        return key

    @field_validator("host_names", mode="before")
    @classmethod
    def _names(cls, names: object) -> object:
        if not isinstance(names, str):
            return names
        found = tuple(name for part in names.split(",") if (name := part.strip().lower().rstrip(".")))
        if not all(_HOST_NAME.fullmatch(name) for name in found):
            raise ValueError("names of hosts without scheme or port, separated by commas")
        return found

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        try:
            return home.expanduser().absolute()
        except RuntimeError:
            raise ValueError("'~' stands for nobody's home here; give the folder in full") from None

    @field_validator("trusted_proxies", "outgoing_networks")
    @classmethod
    def _are_networks(cls, listed: str) -> str:
        try:
            found = networks(listed)
        except BadSetting:  # it quotes the entry
            raise ValueError("not networks in CIDR, such as 10.0.0.0/8, separated by commas") from None
        if any(network.prefixlen == 0 for network in found):
            raise ValueError("a network of every address would hold nobody back")
        return listed

    @field_validator(*_SCHEMES)
    @classmethod
    def _is_address(cls, url: str | None, info: ValidationInfo) -> str | None:
        """Checks the form alone; whether something answers there is found out on connecting."""
        if url is None:
            return None
        schemes = _SCHEMES[str(info.field_name)]
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:  # its text quotes the address, which may hold a password
            raise ValueError("not an address; special characters in a password are written as %XX") from None
        if parts.scheme not in schemes:
            raise ValueError(f"an address here starts with {' or '.join(f'{s}://' for s in schemes)}")
        if schemes is _POSTGRES and parts.path.strip("/") == "":
            raise ValueError(
                "the address must name a database: postgresql://login:password@host:5432/database"
            )
        return url


def load_settings() -> Settings:
    """Read the environment afresh.

    Raises `BadConfiguration` naming every variable that is wrong, never its value.
    """
    try:
        return Settings()
    except ValidationError as invalid:
        raise _told(invalid) from None


@cache
def settings() -> Settings:
    """The settings of this process, read once. Raises `BadConfiguration`."""
    return load_settings()


def variable(field: str) -> str:
    """The environment variable of a field.

    >>> variable("source_url")
    'PRENTICE_SOURCE_URL'
    """
    return PREFIX + field.upper()


def reference() -> str:
    """`docs/settings.md`: one row for each setting."""
    rows = [
        "# Settings",
        "",
        "All are environment variables; none is needed to begin. Made by `python -m prentice.settings`.",
        "",
        "| variable | default | what it does |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{str(field.default).lower()}`"
        rows.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def _told(invalid: ValidationError) -> BadConfiguration:
    wrong = []
    for error in invalid.errors(include_input=False, include_context=False, include_url=False):
        name = variable(str(error["loc"][0]))
        wrong.append(f"{name}: {error['msg'].removeprefix('Value error, ')}")
    plural = "Settings are" if len(wrong) > 1 else "A setting is"
    return BadConfiguration(
        f"{plural} not valid. {'; '.join(wrong)}.",
        "Correct or unset the variable; docs/settings.md lists them all.",
    )


if __name__ == "__main__":
    print(reference(), end="")
