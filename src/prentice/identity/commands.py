"""`prentice user …`: who may use Prentice, for whoever runs it on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prentice.failures import print_json, told

if TYPE_CHECKING:
    from prentice.audit.entry import Action
    from prentice.identity.persons import User
    from prentice.identity.users import Users

user = typer.Typer(help="Who may use Prentice, and as what.", no_args_is_help=True)
operator = typer.Typer(help="Who may connect, suspend and remove practices.", no_args_is_help=True)
user.add_typer(operator, name="operator")

Email = Annotated[str, typer.Argument(help="The person's e-mail address.", metavar="EMAIL")]
Grant = Annotated[str, typer.Argument(help="What is given beside the role: patients.", metavar="GRANT")]
Tenant = Annotated[
    str, typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG", show_default=False)
]
Name = Annotated[str, typer.Option(help="The person's name.")]
FromInput = Annotated[
    bool,
    typer.Option(
        "--password-stdin",
        help="Read a password for somebody new from the standard input, instead of making a link.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
_ROLE = "owner, manager, dispenser, assistant or auditor."
_KEYS = typer.Option("--with-keys", help="Give their suspended API keys back too.")
_GRANT = typer.Option("--grant", help="Also give this: patients. May be repeated.")


@user.command()
def add(
    email: Email,
    tenant: Tenant,
    role: Annotated[str, typer.Option("--role", "-r", help=_ROLE)],
    name: Name = "",
    grant: Annotated[list[str] | None, _GRANT] = None,
    password_stdin: FromInput = False,
    as_json: Json = False,
) -> None:
    """Add somebody to a practice: print a link by which they come in, once and within seven days."""
    with told(as_json=as_json):
        from prentice.audit.entry import Action

        action = Action.user_changed if password_stdin else Action.user_invited
        with _practice(tenant, action, change="added" if password_stdin else "") as (users, tenant_id, said):
            said |= {"role": role, "grants": sorted(grant or ())}
            if password_stdin:
                added = users.add_with_password(
                    tenant_id, email, role, grant or (), name=name, password=_password()
                )
                said["user"] = added.id
            else:
                link = welcome(users.invite(tenant_id, email, role, grant or (), by=None))
        if not password_stdin:
            _link(link, f"{email} comes into '{tenant}' as {role} by this link of the page:", as_json)
            return
        _say({"user": _facts(added)}, f"{added.email} is {role} of '{tenant}'.", as_json)


@user.command("list")
def list_users(
    tenant: Annotated[
        str | None, typer.Option("--tenant", "-t", help="Of this practice alone.", metavar="SLUG")
    ] = None,
    as_json: Json = False,
) -> None:
    """Everybody, or everybody of a practice, with their roles."""
    with told(as_json=as_json):
        from prentice.audit.entry import Action
        from prentice.terminal import grid, remark, screen

        listing = _practice(tenant, Action.shown) if tenant else _platform(Action.shown)
        with listing as (users, _, said):
            said["what"], only = "users", tenant
            found = [
                (one, parts)
                for one in users.all()
                if (parts := [p for p in users.memberships(one.id) if only in (None, p.slug)]) or not only
            ]
        if as_json:
            print_json(
                {
                    "users": [
                        {
                            **_facts(one),
                            "practices": [
                                {"slug": p.slug, "role": p.role, "grants": sorted(p.grants)} for p in parts
                            ],
                        }
                        for one, parts in found
                    ]
                }
            )
        elif not found:
            remark("Nobody yet. `prentice user add EMAIL --tenant SLUG --role owner` makes a link for one.")
        else:
            rows = [
                (
                    one.email,
                    one.name,
                    ", ".join(f"{p.slug}: {' + '.join((p.role, *sorted(p.grants)))}" for p in parts),
                    "yes" if one.operator else "",
                    one.status,
                )
                for one, parts in found
            ]
            screen().print(grid(("address", "name", "practices", "operator", "status"), rows))


@user.command()
def role(
    email: Email, role: Annotated[str, typer.Argument(help=_ROLE, metavar="ROLE")], tenant: Tenant
) -> None:
    """Give somebody another role in a practice."""
    with told(as_json=False):
        from prentice.audit.entry import Action

        with _practice(tenant, Action.user_changed, change="role", role=role) as (users, tenant_id, said):
            found = _known(users, email, said)
            users.set_role(tenant_id, found.id, role, by=None)
        _remark(f"{found.email} is {role} of '{tenant}'.")


@user.command()
def grant(email: Email, grant: Grant, tenant: Tenant) -> None:
    """Give somebody what the role does not bring."""
    _grants(email, tenant, give=grant)


@user.command("revoke-grant")
def revoke_grant(email: Email, grant: Grant, tenant: Tenant) -> None:
    """Take it away again."""
    _grants(email, tenant, take=grant)


@user.command()
def disable(email: Email) -> None:
    """Nothing of theirs is good any more, in no practice. Sessions and tokens end, API keys are suspended."""
    with told(as_json=False):
        with _changed("disabled") as (users, _, said):
            found = users.disable(_known(users, email, said).id)
        _remark(f"{found.email} is disabled.")


@user.command()
def enable(email: Email, with_keys: Annotated[bool, _KEYS] = False) -> None:
    """Let somebody sign in again who was disabled. Their API keys stay suspended."""
    with told(as_json=False):
        with _changed("enabled, with API keys" if with_keys else "enabled") as (users, _, said):
            found = users.enable(_known(users, email, said).id, keys=with_keys)
        _remark(f"{found.email} may sign in.")


@user.command()
def remove(email: Email, tenant: Tenant) -> None:
    """Take somebody out of a practice. Their account stays: they may work elsewhere."""
    with told(as_json=False):
        from prentice.audit.entry import Action

        with _practice(tenant, Action.user_removed) as (users, tenant_id, said):
            found = _known(users, email, said)
            users.remove_member(tenant_id, found.id, by=None)
        _remark(f"{found.email} does not belong to '{tenant}' any more.")


@user.command("reset-mfa")
def reset_mfa(email: Email) -> None:
    """Take every second factor away, when somebody has lost their telephone. Their sessions end."""
    with told(as_json=False):
        from prentice.audit.entry import Action

        with _platform(Action.factor_removed) as (users, _, said):
            said["factor"] = "all"
            found = _known(users, email, said)
            users.reset_factors(found.id)
        _remark(f"{found.email} signs in with the password alone, and can set up a second factor again.")


@user.command("reset-password")
def reset_password(email: Email, as_json: Json = False) -> None:
    """Print a link that sets a new password, once and within 24 hours."""
    with told(as_json=as_json):
        with _changed("password may be reset") as (users, _, said):
            found = _known(users, email, said)
            link = f"/reset?token={users.reset_token(found.id)}"
        _link(link, f"{found.email} chooses a new password by this link of the page:", as_json)


@operator.command("add")
def add_operator(
    email: Email, name: Name = "", password_stdin: FromInput = False, as_json: Json = False
) -> None:
    """Make somebody an operator of the platform: print a link by which they become one, once and within seven
    days. Whoever has an account opens it signed in: the address alone does not say who made the account."""
    with told(as_json=as_json):
        found, link = None, ""
        with _changed("is an operator" if password_stdin else "invited as an operator") as (users, _, said):
            if password_stdin:
                found = users.add(email, name, _password(), operator=True)
            else:
                link = welcome(users.invite(None, email, "operator", by=None))
            about = found or users.by_email(email)
            said["user"] = about.id if about else None
        if found is None:
            _link(link, f"{email} becomes an operator by this link of the page:", as_json)
            return
        _say({"user": _facts(found)}, f"{found.email} is an operator.", as_json)


@operator.command("remove")
def remove_operator(email: Email) -> None:
    """They are no operator any more; what they are in practices stays."""
    with told(as_json=False):
        with _changed("is no operator") as (users, _, said):
            found = users.set_operator(_known(users, email, said).id, False)
        _remark(f"{found.email} is no operator.")


def welcome(token: str) -> str:
    """The path of an invitation's page."""
    return f"/welcome?token={token}"


@contextmanager
def _practice(slug: str, action: Action, **facts: object) -> Iterator[tuple[Users, str, dict[str, object]]]:
    """Around one command about a practice's people: the users, its id, and what is written in its chain."""
    from prentice.audit.commanded import commanded
    from prentice.session import opened

    with opened() as prentice:
        tenant_id = prentice.registry.get(slug, for_operator=True).id
        with commanded(prentice.audit, tenant_id, action, **facts) as said:
            yield prentice.identity.users, tenant_id, said


@contextmanager
def _platform(action: Action, **facts: object) -> Iterator[tuple[Users, None, dict[str, object]]]:
    """The same about somebody wherever they work: written in the platform's chain."""
    from prentice.audit.commanded import commanded
    from prentice.session import opened

    with opened() as prentice, commanded(prentice.audit, None, action, **facts) as said:
        yield prentice.identity.users, None, said


@contextmanager
def _changed(change: str) -> Iterator[tuple[Users, None, dict[str, object]]]:
    from prentice.audit.entry import Action

    with _platform(Action.user_changed, change=change) as opened:
        yield opened


def _known(users: Users, email: str, said: dict[str, object]) -> User:
    """The user of that address, whose id is written down. Raises `UnknownUser`."""
    from prentice.errors import UnknownUser

    found = users.by_email(email)
    if found is None:
        raise UnknownUser("There is no user of that address.", "`prentice user list` shows them all.")
    said["user"] = found.id
    return found


def _grants(email: str, tenant: str, *, give: str | None = None, take: str | None = None) -> None:
    with told(as_json=False):
        from prentice.audit.entry import Action
        from prentice.identity.memberships import checked_grants

        change = "grant given" if give else "grant taken"
        with _practice(tenant, Action.user_changed, change=change, grant=give or take) as opened:
            users, tenant_id, said = opened
            found = _known(users, email, said)
            held = next((p.grants for p in users.memberships(found.id) if p.slug == tenant), frozenset[str]())
            given, taken = checked_grants([give] if give else ()), checked_grants([take] if take else ())
            users.set_grants(tenant_id, found.id, (held | given) - taken, by=None)
        _remark(f"{found.email} {'has' if give else 'has no longer'} '{give or take}' in '{tenant}'.")


def _password() -> str:
    """One line; asked for without showing it where somebody sits at the terminal."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _facts(one: User) -> dict[str, Any]:
    return {
        "id": one.id,
        "email": one.email,
        "name": one.name,
        "operator": one.operator,
        "status": one.status,
        "signed_in_at": one.signed_in_at.isoformat() if one.signed_in_at else None,
    }


def _link(path: str, words: str, as_json: bool) -> None:
    """The path alone goes to the standard output: it is a secret to hand over."""
    if as_json:
        print_json({"link": path})
    else:
        _remark(words)
        print(path)


def _say(facts: dict[str, Any], words: str, as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        _remark(words)


def _remark(words: str) -> None:
    from prentice.terminal import remark

    remark(words)
