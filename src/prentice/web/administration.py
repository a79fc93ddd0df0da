"""A practice's administration: its API keys, limits and use, and settings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse

from prentice.audit.entry import Action
from prentice.errors import AddressRefused, BadSetting, PrenticeError
from prentice.identity.addresses import allowed, networks
from prentice.identity.roles import PRACTICE_ROLES, Permission
from prentice.identity.sessions import utc_now
from prentice.limits import Limits
from prentice.limits.policy import read_limits
from prentice.tenancy.scope import TenantScope
from prentice.web.desk import no_such
from prentice.web.office import Id, Office, office
from prentice.web.shown import moment, told
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
DAYS = 31  # of use, on one page

# -- keys ------------------------------------------------------------------------------------------------

Keys = Annotated[Office, office(Permission.keys)]


async def _keys(office: Office, *, status: int = 200, **values: Any) -> Response:
    def look() -> list[dict[str, Any]]:
        office.seen("keys")
        members = {m.user_id: m.email for m in office.door.identity.users.members(office.scope.tenant_id)}
        return [
            {
                "id": one.id,
                "name": one.name,
                "prefix": f"pk_{one.prefix}",
                "whose": members.get(one.user_id, "somebody who left"),
                "scopes": sorted(one.scopes),
                "addresses": list(one.addresses),
                "used": moment(one.used_at),
                "expires": moment(one.expires_at),
                "state": one.state(utc_now()),
            }
            for one in office.door.identity.api_keys.list_of(tenant_id=office.scope.tenant_id)
            if one.revoked_at is None
        ]

    found = await office.bench.run(look)
    return await office.page("keys.html", "keys", "API keys", status=status, keys=found, **values)


@router.get("/practices/{slug}/keys")
async def keys(office: Keys) -> Response:
    return await _keys(office)


@router.post("/practices/{slug}/keys/{key_id}/revoke")
async def revoke_key(office: Keys, key_id: Id) -> Response:
    def revoke() -> None:
        with written(office.door, office.caller, office.scope.tenant_id, Action.key_revoked, key=key_id):
            ended = office.door.identity.api_keys.revoke(key_id, tenant_id=office.scope.tenant_id)
            if not ended:
                raise no_such("key")

    try:
        await office.bench.run(revoke)
    except PrenticeError as error:
        return await _keys(office, status=error.status, wrong=told(error, office.request))
    return office.to("keys")


# -- limits and use --------------------------------------------------------------------------------------


@router.get("/practices/{slug}/use")
async def use(office: Annotated[Office, office(Permission.use)]) -> Response:
    limits, scope = office.door.limits, office.scope

    def look() -> dict[str, Any]:
        office.seen("use")
        return _use_of(limits, scope)

    page = await office.bench.run(look)
    return await office.page("use.html", "use", "Limits and use", **page)


_WORDS = {
    "rows": "Rows read today",
    "cost": "Database cost today",
    "tokens": "Model tokens today",
    "tokens_of_month": "Model tokens this month",
}


def _use_of(limits: Limits, scope: TenantScope) -> dict[str, Any]:
    """Today's use beside its limits, the rates in words, and the last days."""
    policy = limits.policy(scope.tenant_id)
    rates = [
        f"The practice: {policy.tenant.per_minute:,} requests a minute, "
        f"{policy.tenant.burst:,} at once after a pause",
        f"A person: {policy.user.per_minute:,} requests a minute, {policy.user.burst:,} after a pause",
        f"An API key: {policy.key.per_minute:,} requests a minute, {policy.key.burst:,} after a pause",
        f"Questions under way together: {policy.at_once.tenant:,} of the practice, "
        f"{policy.at_once.user:,} of a person",
    ]
    standing = limits.budget.standing(scope.tenant_id)
    now = [
        {
            "words": _WORDS[name],
            "used": f"{one.used:,}",
            "limit": f"{one.limit:,}",
            "percent": min(100, round(100 * one.used / one.limit)) if one.limit else 100,
        }
        for name, one in standing.items()
    ]
    days = [
        {
            "day": day.day.isoformat(),
            **{
                name: f"{getattr(day, name):,}" for name in ("questions", "refused", "rows", "cost", "tokens")
            },
        }
        for day in limits.use(scope.tenant_id, DAYS)
        if day.questions or day.refused
    ]
    return {"rates": rates, "today_use": now, "days": days}


# -- settings --------------------------------------------------------------------------------------------

Settings = Annotated[Office, office(Permission.settings)]

# The limits that a practice may lower for itself: the field's name, its words, its place in the policy.
_LIMITS = (
    ("user.per_minute", "Requests a minute, each person"),
    ("key.per_minute", "Requests a minute, each API key"),
    ("at_once.user", "Questions at once, each person"),
    ("budgets.rows_per_day", "Rows a day"),
    ("budgets.tokens_per_month", "Model tokens a month"),
)


async def _settings(
    office: Office, *, status: int = 200, typed: dict[str, Any] | None = None, **values: Any
) -> Response:
    """`typed`: what was sent and not taken."""
    registry, scope = office.door.prentice.registry, office.scope

    def look() -> dict[str, Any]:
        office.seen("settings")
        settings = registry.settings(scope.slug)
        default = office.door.limits.granted(scope.tenant_id)
        limits = []
        for name, words in _LIMITS:
            part, _, field = name.partition(".")
            limits.append(
                {
                    "name": name,
                    "words": words,
                    "value": (typed or {}).get(name, settings.own_limits.get(part, {}).get(field, "")),
                    "default": getattr(getattr(default, part), field),
                }
            )
        return {
            "settings": {
                "mfa_roles": settings.mfa_roles if typed is None else typed["mfa_roles"],
                "addresses": "\n".join(settings.allowed_addresses) if typed is None else typed["addresses"],
            },
            "roles": [role.value for role in PRACTICE_ROLES],
            "limits": limits,
        }

    return await office.page(
        "settings.html", "settings", "Settings", status=status, **await office.bench.run(look), **values
    )


@router.get("/practices/{slug}/settings")
async def settings(office: Settings, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    return await _settings(office, said="Saved." if done == "saved" else "")


@router.post("/practices/{slug}/settings")
async def change_settings(
    office: Settings,
    mfa_roles: Annotated[list[str] | None, Form()] = None,
    addresses: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    form = await office.request.form()
    given = {name: str(form.get(f"limit_{name}", "")).strip() for name, _ in _LIMITS}

    def change() -> None:
        listed = addresses.replace(",", " ").split()
        if listed and not allowed(office.caller.address, networks(listed)):
            raise AddressRefused(
                "That list leaves your own address out, so it was not taken.",
                f"Add {office.caller.address} to it, or send it from where the practice is.",
            )
        registry, scope = office.door.prentice.registry, office.scope
        limits = _limits(registry.settings(scope.slug).own_limits, given)
        read_limits(limits, no_more_than=office.door.limits.granted(scope.tenant_id))
        with written(
            office.door,
            office.caller,
            scope.tenant_id,
            Action.settings_changed,
            mfa_roles=sorted(mfa_roles or ()),
            addresses=listed,
            limits=limits,
        ):
            registry.change_settings(
                scope.slug, mfa_roles=mfa_roles or [], allowed_addresses=listed, own_limits=limits
            )
        office.door.limits.changed(scope.tenant_id)

    try:
        await office.bench.run(change)
    except PrenticeError as error:
        typed = {"mfa_roles": mfa_roles or [], "addresses": addresses, **given}
        return await _settings(office, status=error.status, wrong=told(error, office.request), typed=typed)
    return office.to("settings", "saved")


def _limits(had: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    """What the practice lowered for itself, with what the form says in its place; what is empty is gone."""
    limits: dict[str, Any] = {part: dict(fields) for part, fields in had.items()}
    for name, text in given.items():
        part, _, field = name.partition(".")
        limits.setdefault(part, {}).pop(field, None)
        if text:
            if not text.isdecimal():
                raise BadSetting(
                    "A limit is a whole number above 0.", "Leave it empty for what the platform grants."
                )
            limits[part][field] = int(text)
    return {part: fields for part, fields in limits.items() if fields}
