"""`prentice key …`, `token …`, `host …` and `provider …`: credentials, as the operator of this machine."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prentice.failures import print_json, told

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from prentice.audit.entry import Action
    from prentice.audit.log import AuditLog
    from prentice.identity.api_keys import ApiKey
    from prentice.identity.opaque import Seals
    from prentice.identity.roles import Permission
    from prentice.tenancy.registry import Registry

key = typer.Typer(help="API keys of a practice's people.", no_args_is_help=True)
token = typer.Typer(help="Access tokens, and the keys that sign them.", no_args_is_help=True)
host = typer.Typer(help="Hosts whose own tokens a practice accepts.", no_args_is_help=True)
provider = typer.Typer(help="Providers (OpenID Connect) where people sign in.", no_args_is_help=True)

As = Annotated[str, typer.Option("--as", help="The e-mail address of the person.", metavar="EMAIL")]
Slug = Annotated[str, typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG")]
Issuer = Annotated[str, typer.Option(help="The `iss` of its tokens, to the letter.", metavar="TEXT")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
_SCOPE = typer.Option("--scope", help="A permission that the key has; repeat it. Without: ask.")
_ADDRESS = typer.Option("--address", help="A network it may be used from; repeat it. Without: anywhere.")
_MAP = typer.Option("--map", help="THEIRS=OURS: a role of the host and ours; repeat it. '*' is every other.")
_SECRET = typer.Option("--secret-stdin", help="Read the shared secret from standard input: one line.")
_JWKS = typer.Option(help="Where the host publishes its keys: https://…/jwks.json", metavar="URL")
_AUDIENCE = typer.Option(help="The `aud` that its tokens name for Prentice. Without: they name none.")
_ID = 26  # an id is no longer; a whole key, given by mistake, is
_DROP = typer.Option("--drop-old", help="Tokens of the old key are worth nothing at once: it was seen.")


@dataclass(frozen=True, slots=True)
class _Desk:
    engine: Engine
    sealer: Seals
    tenant_id: str
    audit: AuditLog

    def written(self, action: Action, **facts: object) -> AbstractContextManager[dict[str, object]]:
        """Around one command: it stands in the practice's chain."""
        from prentice.audit.commanded import commanded

        return commanded(self.audit, self.tenant_id, action, **facts)


@key.command("make")
def make_key(
    person: As,
    slug: Slug,
    name: Annotated[str, typer.Option(help="What it is for.")],
    scopes: Annotated[list[str] | None, _SCOPE] = None,
    days: Annotated[int, typer.Option(help="Days that it is good for; 365 at most.")] = 90,
    addresses: Annotated[list[str] | None, _ADDRESS] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is printed once and cannot be shown again."""
    with told(as_json=as_json), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.api_keys import ApiKeys
        from prentice.terminal import remark

        with desk.written(Action.key_made, scopes=sorted(scopes or ["ask"]), days=days) as said:
            said["user"] = _person(desk.engine, person)
            made = ApiKeys(desk.engine).make(
                str(said["user"]),
                desk.tenant_id,
                name=name,
                scopes=_scopes(scopes or ["ask"]),
                days=days,
                addresses=addresses or (),
                strong=True,
            )
            said["key"] = made.key.id
        if as_json:
            print_json({"key": made.text, **_key_facts(made.key)})
        else:
            print(made.text)
            remark(f"Good until {made.key.expires_at:%Y-%m-%d}. Keep it now: it is not shown again.")


@key.command("list")
def list_keys(slug: Slug, as_json: Json = False) -> None:
    """The practice's keys."""
    with told(as_json=as_json), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.api_keys import ApiKeys

        with desk.written(Action.shown, what="keys"):
            found = [_key_facts(one) for one in ApiKeys(desk.engine).list_of(tenant_id=desk.tenant_id)]
        _listed("keys", found, as_json)


@key.command("revoke")
def revoke_key(
    slug: Slug, key_id: Annotated[str, typer.Argument(help="As `prentice key list` names it.", metavar="ID")]
) -> None:
    """End a key at once."""
    with told(as_json=False), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.api_keys import ApiKeys

        with desk.written(Action.key_revoked, key=key_id if len(key_id) <= _ID else "?"):
            _known(ApiKeys(desk.engine).revoke(key_id, tenant_id=desk.tenant_id), "key", "key")
        _remark("The key is revoked.")


@token.command("issue")
def issue_token(person: As, slug: Slug, as_json: Json = False) -> None:
    """Print an access token of 15 minutes, for scripts on this machine."""
    with told(as_json=as_json), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.signing import SigningKeys
        from prentice.identity.tokens import Tokens
        from prentice.settings import load_settings

        issuer = getattr(load_settings(), "issuer", "prentice")
        tokens = Tokens(desk.engine, SigningKeys(desk.engine, desk.sealer), issuer=issuer)
        with desk.written(Action.token_made) as said:
            said["user"] = _person(desk.engine, person)
            pair = tokens.issue(str(said["user"]), desk.tenant_id, name="command line")
        if as_json:
            print_json({"access": pair.access, "refresh": pair.refresh, "expires_in": pair.expires_in})
        else:
            print(pair.access)


@token.command("rotate")
def rotate_keys(drop_old: Annotated[bool, _DROP] = False) -> None:
    """Sign with a new key from now on."""
    with told(as_json=False), _platform() as (engine, sealer, _, audit):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.identity.signing import SigningKeys
        from prentice.terminal import remark

        with commanded(audit, None, Action.keys_rotated, keys="signing", drop_old=drop_old or None) as said:
            said["kid"] = kid = SigningKeys(engine, sealer).rotate(drop_old=drop_old)
        remark(f"Tokens are signed with {kid} from now on, by every server within a minute.")


@host.command("add")
def add_host(
    slug: Slug,
    issuer: Issuer,
    mapped: Annotated[list[str], _MAP],
    secret_stdin: Annotated[bool, _SECRET] = False,
    jwks_url: Annotated[str | None, _JWKS] = None,
    audience: Annotated[str | None, _AUDIENCE] = None,
) -> None:
    """Accept a host's tokens: signed with a shared secret (HS256) or with keys that it publishes."""
    with told(as_json=False), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.host_issuers import HostIssuers
        from prentice.terminal import remark

        with desk.written(Action.settings_changed, change="host added", issuer=issuer):
            HostIssuers(desk.engine, desk.sealer).add(
                desk.tenant_id,
                issuer,
                roles=dict(_pair(one) for one in mapped),
                secret=_secret() if secret_stdin else None,
                jwks_url=jwks_url,
                audience=audience,
                loopback=_asks_itself(),
            )
        remark(f"'{slug}' accepts tokens of {issuer}.")


@host.command("list")
def list_hosts(slug: Slug, as_json: Json = False) -> None:
    """The hosts whose tokens the practice accepts."""
    with told(as_json=as_json), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.host_issuers import HostIssuers

        with desk.written(Action.shown, what="hosts"):
            found = HostIssuers(desk.engine, desk.sealer).list_of(desk.tenant_id)
        facts = [
            {
                "issuer": one.issuer,
                "audience": one.audience,
                "keys": one.jwks_url or "shared secret",
                "roles": dict(one.roles),
            }
            for one in found
        ]
        _listed("hosts", facts, as_json)


@host.command("remove")
def remove_host(slug: Slug, issuer: Issuer) -> None:
    """Accept a host's tokens no more."""
    with told(as_json=False), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.host_issuers import HostIssuers

        with desk.written(Action.settings_changed, change="host removed", issuer=issuer):
            _known(HostIssuers(desk.engine, desk.sealer).remove(desk.tenant_id, issuer), "host", "issuer")
        _remark(f"'{slug}' accepts no more tokens of {issuer}.")


@provider.command("add")
def add_provider(
    slug: Slug,
    issuer: Issuer,
    client_id: Annotated[str, typer.Option(help="What the provider calls Prentice.")],
    name: Annotated[str, typer.Option(help="What stands on the button.")],
    secret_stdin: Annotated[bool, _SECRET] = False,
) -> None:
    """Let the practice's people sign in at a provider."""
    with told(as_json=False), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.oidc_providers import OidcProviders
        from prentice.terminal import remark

        with desk.written(Action.settings_changed, change="provider added", issuer=issuer):
            made = OidcProviders(desk.engine, desk.sealer).add(
                desk.tenant_id,
                issuer,
                client_id=client_id,
                name=name,
                secret=_secret() if secret_stdin else None,
                loopback=_asks_itself(),
            )
        print(made.id)
        remark(f"People of '{slug}' whom it knows or has invited may sign in at {issuer}.")


@provider.command("list")
def list_providers(slug: Slug, as_json: Json = False) -> None:
    """The providers where the practice's people sign in."""
    with told(as_json=as_json), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.oidc_providers import OidcProviders

        with desk.written(Action.shown, what="providers"):
            found = OidcProviders(desk.engine, desk.sealer).list_of(desk.tenant_id)
        facts = [
            {"id": one.id, "name": one.name, "issuer": one.issuer, "client_id": one.client_id}
            for one in found
        ]
        _listed("providers", facts, as_json)


@provider.command("remove")
def remove_provider(slug: Slug, issuer: Issuer) -> None:
    """Let nobody sign in there any more."""
    with told(as_json=False), _desk(slug) as desk:
        from prentice.audit.entry import Action
        from prentice.identity.oidc_providers import OidcProviders

        with desk.written(Action.settings_changed, change="provider removed", issuer=issuer):
            gone = OidcProviders(desk.engine, desk.sealer).remove(desk.tenant_id, issuer)
            _known(gone, "provider", "issuer")
        _remark(f"Nobody of '{slug}' signs in at {issuer} any more.")


def _asks_itself() -> bool:
    """Whether the operator's word is enough for an address of this machine."""
    from prentice.identity.addresses import networks
    from prentice.identity.outgoing import asks_itself
    from prentice.settings import load_settings

    settings = load_settings()
    return asks_itself(settings.production, networks(settings.outgoing_networks))


@contextmanager
def _platform() -> Iterator[tuple[Engine, Seals, Registry, AuditLog]]:
    from prentice.ops.sealing import Sealer
    from prentice.session import opened
    from prentice.tenancy.platform import platform_engine

    with opened() as prentice:
        engine = platform_engine(prentice.servers.platform_url)
        try:
            yield engine, Sealer(prentice.keyring), prentice.registry, prentice.audit
        finally:
            engine.dispose()


@contextmanager
def _desk(slug: str) -> Iterator[_Desk]:
    with _platform() as (engine, sealer, registry, audit):
        yield _Desk(engine, sealer, registry.get(slug, for_operator=True).id, audit)


def _person(engine: Engine, email: str) -> str:
    from sqlalchemy import select

    from prentice.errors import UnknownUser
    from prentice.identity.database import reading
    from prentice.identity.tables import users

    plain = unicodedata.normalize("NFKC", email).strip().lower()
    with reading(engine) as connection:
        found: str | None = connection.execute(select(users.c.id).where(users.c.email == plain)).scalar()
    if found is None:
        raise UnknownUser("There is no such person.", "Check the address; `prentice user list` names them.")
    return found


def _scopes(names: list[str]) -> list[Permission]:
    from prentice.identity.roles import Permission

    known = {permission.value: permission for permission in Permission}
    if unknown := sorted(set(names) - known.keys()):
        raise typer.BadParameter(f"{unknown[0]}: known are {', '.join(known)}", param_hint="'--scope'")
    return [known[name] for name in names]


def _pair(text: str) -> tuple[str, str]:
    theirs, separator, ours = text.rpartition("=")
    if not separator or not theirs or not ours:
        raise typer.BadParameter(f"{text!r} is not THEIRS=OURS", param_hint="'--map'")
    return theirs, ours


def _secret() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _key_facts(one: ApiKey) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "starts_with": f"pk_{one.prefix}",
        "scopes": sorted(one.scopes),
        "addresses": list(one.addresses),
        "expires_at": one.expires_at.isoformat(timespec="minutes"),
        "used_at": one.used_at.isoformat(timespec="minutes") if one.used_at else None,
        "revoked": one.revoked_at is not None,
        "state": one.state(datetime.now(UTC)),
    }


def _listed(what: str, found: list[dict[str, Any]], as_json: bool) -> None:
    from prentice.terminal import grid, remark, screen

    if as_json:
        print_json({what: found})
    elif not found:
        remark(f"The practice has no {what}.")
    else:
        screen().print(
            grid(tuple(found[0]), [tuple(_cell(value) for value in one.values()) for one in found])
        )


def _cell(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{theirs}={ours}" for theirs, ours in value.items())
    return value


def _known(found: bool, what: str, by: str) -> None:
    from prentice.errors import BadConfiguration

    if not found:
        raise BadConfiguration(
            f"The practice has no such {what}.", f"`prentice {what} list` names each {by}."
        )


def _remark(words: str) -> None:
    from prentice.terminal import remark

    remark(words)
