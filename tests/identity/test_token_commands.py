"""`prentice key`, `token`, `host` and `provider`, as the operator types them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import typer
from sqlalchemy import Engine, insert
from typer.testing import CliRunner, Result

from prentice.embedded import Servers
from prentice.identity import token_commands
from prentice.identity.api_keys import ApiKeys
from prentice.identity.opaque import new_id
from prentice.identity.signing import SigningKeys
from prentice.identity.tables import memberships, users
from prentice.identity.tokens import Tokens
from prentice.ops.sealing import Sealer
from prentice.session import opened
from prentice.settings import Settings
from prentice.tenancy.platform import open_platform
from prentice.tenancy.tables import tenants

app = typer.Typer()
for name in ("key", "token", "host", "provider"):
    app.add_typer(getattr(token_commands, name), name=name)


class Desk:
    """The commands in this process, on the platform of this run, with a practice and its manager."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self.engine = engine
        self.sealer = sealer
        self.tenant, self.slug, self.user = new_id("", 12), f"shop-{secrets.token_hex(4)}", new_id("u_")
        self.email = f"{self.slug}@town.example"
        practice = {"id": self.tenant, "slug": self.slug, "name": "Shop", "company_id": self.slug,
                    "currency": "GBP", "country": "GB", "timezone": "UTC", "route": "pool"}  # fmt: skip
        with engine.begin() as connection:
            connection.execute(insert(tenants).values(practice))
            connection.execute(insert(users).values(id=self.user, email=self.email))
            connection.execute(
                insert(memberships).values(tenant_id=self.tenant, user_id=self.user, role="manager")
            )

    def __call__(self, *words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(app, [*words, "--tenant", self.slug], input=given)


@pytest.fixture
def desk(servers: Servers, session_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("PRENTICE_HOME", str(session_settings.home))
    monkeypatch.setenv("PRENTICE_EMBEDDED_FSYNC", "false")
    engine = open_platform(servers.platform_url)
    with opened() as prentice:
        sealer = Sealer(prentice.keyring)
    desk = Desk(engine, sealer)
    yield desk
    with engine.begin() as connection:
        connection.execute(tenants.delete().where(tenants.c.id == desk.tenant))
        connection.execute(users.delete().where(users.c.id == desk.user))
    engine.dispose()


def test_a_key_is_made_listed_and_revoked(desk: Desk) -> None:
    words = [
        "--name",
        "till",
        "--scope",
        "ask",
        "--scope",
        "export",
        "--days",
        "30",
        "--address",
        "203.0.113.0/24",
    ]
    made = desk("key", "make", "--as", desk.email.upper(), *words)
    assert made.exit_code == 0, made.stderr
    [text] = made.stdout.split()
    assert ApiKeys(desk.engine).verify(text, "203.0.113.9").user_id == desk.user

    [listed] = json.loads(desk("key", "list", "--json").stdout)["keys"]
    assert listed["scopes"] == ["ask", "export"]
    until = datetime.fromisoformat(listed["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29) < until < timedelta(days=31)
    shown = desk("key", "list")
    assert "till" in shown.stdout
    assert text not in shown.stdout

    assert desk("key", "revoke", listed["id"]).exit_code == 0
    again = desk("key", "revoke", listed["id"])
    assert again.exit_code != 0
    assert "no such key" in again.stderr


def test_a_key_for_more_than_the_role_or_for_nobody_is_not_made(desk: Desk) -> None:
    for words in (
        ("--as", desk.email, "--scope", "tenants"),
        ("--as", desk.email, "--scope", "everything"),
        ("--as", "nobody@town.example"),
        ("--as", desk.email, "--days", "400"),
    ):
        refused = desk("key", "make", "--name", "till", *words)
        assert refused.exit_code != 0
        assert refused.stdout == ""
        assert "Traceback" not in refused.stderr


def test_a_token_for_scripts_is_good_and_rotation_leaves_it_so(desk: Desk) -> None:
    [access] = desk("token", "issue", "--as", desk.email).stdout.split()
    tokens = Tokens(desk.engine, SigningKeys(desk.engine, desk.sealer))
    assert tokens.verify(access).user_id == desk.user
    rotated = CliRunner().invoke(app, ["token", "rotate"])
    assert rotated.exit_code == 0
    tokens = Tokens(desk.engine, SigningKeys(desk.engine, desk.sealer))
    assert tokens.verify(access).user_id == desk.user


def test_a_host_is_added_with_a_secret_that_no_one_sees_again(desk: Desk) -> None:
    issuer, secret = "https://host.example", secrets.token_urlsafe(40)
    added = desk("host", "add", "--issuer", issuer, "--secret-stdin", "--map", "admin=manager", "--map",
                 "*=assistant", given=f"{secret}\n")  # fmt: skip
    assert added.exit_code == 0, added.stderr
    assert secret not in added.output
    listed = desk("host", "list", "--json").stdout
    assert json.loads(listed)["hosts"] == [
        {
            "issuer": issuer,
            "audience": None,
            "keys": "shared secret",
            "roles": {"admin": "manager", "*": "assistant"},
        }
    ]
    assert "admin=manager" in desk("host", "list").stdout
    assert desk("host", "remove", "--issuer", issuer).exit_code == 0
    assert desk("host", "remove", "--issuer", issuer).exit_code != 0


@pytest.mark.parametrize(
    "words",
    [
        ("--map", "admin=manager"),
        ("--map", "admin=manager", "--secret-stdin"),  # 'short'
        ("--map", "admin", "--jwks-url", "https://host.example/jwks"),
        ("--map", "admin=operator", "--jwks-url", "https://host.example/jwks"),
        ("--map", "admin=manager", "--jwks-url", "http://host.example/jwks"),
    ],
)
def test_a_host_that_could_not_be_trusted_is_not_added(desk: Desk, words: tuple[str, ...]) -> None:
    refused = desk("host", "add", "--issuer", "https://host.example", *words, given="short\n")
    assert refused.exit_code != 0
    assert "Traceback" not in refused.output
    assert json.loads(desk("host", "list", "--json").stdout)["hosts"] == []


def test_a_provider_is_added_listed_and_removed(desk: Desk) -> None:
    issuer = "https://login.example"
    words = ["--client-id", "prentice", "--name", "Work", "--secret-stdin"]
    added = desk("provider", "add", "--issuer", issuer, *words, given="of the client\n")
    assert added.exit_code == 0, added.stderr
    [listed] = json.loads(desk("provider", "list", "--json").stdout)["providers"]
    assert listed == {"id": added.stdout.strip(), "name": "Work", "issuer": issuer, "client_id": "prentice"}
    assert desk("provider", "remove", "--issuer", issuer).exit_code == 0
    assert "no providers" in desk("provider", "list").output


def test_in_production_this_machine_is_written_down_only_where_it_is_listed(
    desk: Desk, session_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRENTICE_MASTER_KEY", (session_settings.home / "master.key").read_text().strip())
    monkeypatch.setenv("PRENTICE_PRODUCTION", "1")
    host = ("host", "add", "--issuer", "https://till.example", "--map", "*=assistant")
    provider = ("provider", "add", "--client-id", "prentice", "--name", "Work")
    for words in (
        (*host, "--jwks-url", "https://127.0.0.1/keys"),
        (*provider, "--issuer", "http://localhost:9"),
    ):
        monkeypatch.delenv("PRENTICE_OUTGOING_NETWORKS", raising=False)
        refused = desk(*words)
        assert refused.exit_code == 1
        assert "PRENTICE_OUTGOING_NETWORKS" in refused.stderr
        monkeypatch.setenv("PRENTICE_OUTGOING_NETWORKS", "127.0.0.1/32")
        assert desk(*words).exit_code == 0, refused.stderr
