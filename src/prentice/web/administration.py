"""A practice's administration: its users, API keys, limits and use, settings, and audit log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from prentice.audit.entry import Action, Decision
from prentice.audit.read import Wanted
from prentice.audit.read import export as exported
from prentice.audit.read import page as entries
from prentice.audit.report import Report
from prentice.errors import AddressRefused, AuditUnavailable, BadSetting, PrenticeError
from prentice.identity.addresses import allowed, networks
from prentice.identity.caller import Caller
from prentice.identity.roles import GRANTS, MAY_MANAGE, PRACTICE_ROLES, Permission, Role, effective_grants
from prentice.limits import Limits
from prentice.limits.policy import read_limits
from prentice.tenancy.scope import TenantScope
from prentice.web.desk import no_such
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, door, needs
from prentice.web.shown import moment, part_of, shown, tabs_of, told, who_is
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Slug = Annotated[str, Path(pattern=r"^[\w .-]{1,64}$")]
Id = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]
DAYS = 31  # of use, on one page
ENTRIES = 100  # of the audit log, on one page


class Office:
    """One practice's administration, for one person who may see this part of it."""

    def __init__(
        self, request: Request, door: Door, bench: Bench, caller: Caller, scope: TenantScope
    ) -> None:
        self.request, self.door, self.bench, self.caller, self.scope = request, door, bench, caller, scope

    @property
    def by(self) -> dict[str, Any]:
        """Who asks for a change of people, and whether as an operator: what `Users` wants to know."""
        return {"by": self.caller.user_id, "operator": self.caller.operator}

    async def page(
        self, template: str, current: str, heading: str, *, status: int = 200, **values: Any
    ) -> Response:
        who = await self.bench.run(lambda: who_is(self.door, self.caller))
        return shown(
            template,
            status,
            who=who,
            practice=part_of(who, self.scope.slug),
            scope=self.scope,
            tabs=tabs_of(Role(self.scope.role)),
            current=current,
            heading=heading,
            **values,
        )

    def seen(self, what: str) -> None:
        """Write down that this part is shown. Raises `AuditUnavailable`: then it is not."""
        with written(self.door, self.caller, self.scope.tenant_id, Action.shown, what=what):
            pass

    def to(self, current: str, done: str = "") -> Response:
        """See Other: the page again, so that a reload sends nothing twice."""
        return RedirectResponse(
            f"/practices/{self.scope.slug}/{current}{f'?done={done}' if done else ''}", 303
        )


def office(permission: Permission) -> Any:
    """A dependency: the administration of the practice in the path, where the caller may do this."""

    needed = Depends(needs(permission))  # as a default: an annotation's text cannot name what is local here

    async def opened(
        request: Request,
        slug: Slug,
        door: Annotated[Door, Depends(door)],
        bench: Annotated[Bench, Depends(bench)],
        caller: Caller = needed,
    ) -> Office:
        return Office(request, door, bench, caller, await door.scope(caller, slug, permission))

    return Depends(opened)


# -- users -----------------------------------------------------------------------------------------------

Users = Annotated[Office, office(Permission.users)]


async def _users(office: Office, *, status: int = 200, **values: Any) -> Response:
    people = office.door.identity.users
    mine = MAY_MANAGE.get(Role(office.scope.role), frozenset())

    def look() -> tuple[list[dict[str, Any]], list[Any]]:
        office.seen("users")
        members = [
            {
                "id": one.user_id,
                "name": one.name,
                "email": one.email,
                "role": one.role.value,
                "grants": sorted(one.grants),
                "disabled": one.status != "active",
                "factor": "set up" if one.second_factor else "none",
                "signed_in": moment(one.signed_in_at),
                "manageable": one.role in mine and one.user_id != office.caller.user_id,
            }
            for one in people.members(office.scope.tenant_id)
        ]
        invited = [
            {"id": one.id, "email": one.email, "role": one.role.value, "expires": moment(one.expires_at)}
            for one in people.invitations(office.scope.tenant_id)
        ]
        return members, invited

    members, invited = await office.bench.run(look)
    roles = [role.value for role in PRACTICE_ROLES if role in mine]
    part = office.caller.memberships[office.scope.slug]
    shown_values = {
        "link": "",
        "invited": "",
        "typed": {"email": "", "role": Role.assistant.value, "grants": []},
        # Nobody gives what they have not got.
        "gives": sorted(effective_grants(part.role, part.grants)),
        **values,
    }
    return await office.page(
        "users.html",
        "users",
        "Users",
        status=status,
        users=members,
        invitations=invited,
        roles=roles,
        **shown_values,
    )


@router.get("/practices/{slug}/users")
async def users(office: Users) -> Response:
    return await _users(office)


@router.post("/practices/{slug}/users")
async def invite(
    office: Users,
    email: Annotated[str, Form(max_length=254)],
    role: Annotated[str, Form(max_length=12)],
    grants: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Makes a link that the person in charge hands over: Prentice sends no mail."""

    def make() -> str:
        with written(
            office.door,
            office.caller,
            office.scope.tenant_id,
            Action.user_invited,
            role=role,
            grants=_there_are(grants),
        ):
            return office.door.identity.users.invite(
                office.scope.tenant_id, email, role, grants or (), **office.by
            )

    try:
        token = await office.bench.run(make)
    except PrenticeError as error:
        typed = {"email": email, "role": role, "grants": grants or []}
        return await _users(office, status=error.status, wrong=told(error, office.request), typed=typed)
    link = f"{office.door.site(office.request).origin}/welcome?token={token}"
    return await _users(office, link=link, invited=email)


@router.post("/practices/{slug}/users/{user_id}")
async def change_user(
    office: Users,
    user_id: Id,
    role: Annotated[str, Form(max_length=12)],
    grants: Annotated[list[str] | None, Form()] = None,
) -> Response:
    people, scope = office.door.identity.users, office.scope

    def change() -> None:
        with written(
            office.door,
            office.caller,
            scope.tenant_id,
            Action.user_changed,
            change="role",
            user=user_id,
            role=role,
            grants=_there_are(grants),
        ):
            people.set_part(scope.tenant_id, user_id, role, grants or (), **office.by)

    return await _done(office, change)


@router.post("/practices/{slug}/users/{user_id}/remove")
async def remove_user(office: Users, user_id: Id) -> Response:
    people, scope = office.door.identity.users, office.scope

    def remove() -> None:
        with written(office.door, office.caller, scope.tenant_id, Action.user_removed, user=user_id):
            people.remove_member(scope.tenant_id, user_id, **office.by)

    return await _done(office, remove)


@router.post("/practices/{slug}/invitations/{invitation_id}/withdraw")
async def withdraw(office: Users, invitation_id: Id) -> Response:
    people, scope = office.door.identity.users, office.scope

    def take_back() -> None:
        with written(
            office.door, office.caller, scope.tenant_id, Action.user_changed, change="invitation withdrawn"
        ):
            people.withdraw(scope.tenant_id, invitation_id, **office.by)

    return await _done(office, take_back)


def _there_are(grants: Iterable[str] | None) -> list[str]:
    """Of what a form sent, the grants that exist: the log takes no text of anybody's."""
    return sorted(GRANTS & set(grants or ()))


async def _done(office: Office, work: Any) -> Response:
    try:
        await office.bench.run(work)
    except PrenticeError as error:
        return await _users(office, status=error.status, wrong=told(error, office.request))
    return office.to("users")


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


# -- audit -----------------------------------------------------------------------------------------------

Audit = Annotated[Office, office(Permission.audit)]
_Filter = Annotated[str, Query(max_length=40)]


@router.get("/practices/{slug}/audit")
async def audit(
    office: Audit,
    who: _Filter = "",
    action: _Filter = "",
    decision: _Filter = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Reading it is written down in it."""
    wanted = Wanted(who=who or None, action=action or None, decision=decision or None)
    return await _audit(office, wanted, before)


async def _audit(
    office: Office, wanted: Wanted, before: int | None, report: dict[str, Any] | None = None
) -> Response:
    door, scope = office.door, office.scope

    url = door.prentice.servers.platform_url

    def look() -> dict[str, Any]:
        if report and not report["written"]:
            return {"entries": None, "older": "", "people": []}  # a reading that nobody could write down
        with written(door, office.caller, scope.tenant_id, Action.audit_read):
            page = entries(url, scope.tenant_id, before=before, limit=ENTRIES, wanted=wanted)
        people = {m.user_id: m.email for m in door.identity.users.members(scope.tenant_id)}
        older = {
            "before": page.older,
            "who": wanted.who,
            "action": wanted.action,
            "decision": wanted.decision,
        }
        return {
            "entries": [_line(one.seq, one.entry, people) for one in page.lines],
            "older": f"?{urlencode({k: v for k, v in older.items() if v})}" if page.older else "",
            "people": [{"id": i, "words": email} for i, email in sorted(people.items(), key=lambda p: p[1])],
        }

    return await office.page(
        "audit.html",
        "audit",
        "Audit",
        report=report,
        chosen={"who": wanted.who, "action": wanted.action, "decision": wanted.decision},
        actions=[one.value for one in Action],
        decisions=[one.value for one in Decision],
        **await office.bench.run(look),
    )


def _said(facts: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """
    >>> list(_said({"change": "role", "limits": {"budgets": {"rows_per_day": 9}}, "mfa_roles": ["owner"]}))
    ['change: role', 'limits budgets rows per day: 9', 'mfa roles: owner']
    """
    for name, value in facts.items():
        words = f"{before} {name}".strip().replace("_", " ")
        match value:
            case dict():
                yield from _said(value, words)
            case list():
                yield f"{words}: {' '.join(map(str, value)) or 'none'}"
            case bool():
                yield f"{words}: {'yes' if value else 'no'}"
            case _:
                yield f"{words}: {value}"


def _line(seq: int, entry: Mapping[str, Any], people: Mapping[str, str]) -> dict[str, Any]:
    who = str(entry.get("who", ""))
    said = str(entry.get("action", "unreadable"))
    facts = entry.get("facts") or {}
    details = ", ".join(_said(facts)) if isinstance(facts, dict) else ""
    return {
        "seq": seq,
        "at": str(entry.get("at", ""))[:19].replace("T", " "),
        "who": people.get(who, who) or "nobody",
        "address": entry.get("address", ""),
        "action": said.replace("_", " "),
        "decision": entry.get("code") or entry.get("decision", ""),
        "rows": entry.get("rows", ""),
        "question": entry.get("question") or details,
    }


@router.post("/practices/{slug}/audit/verify")
async def verify(office: Audit) -> Response:
    door, scope = office.door, office.scope

    def look() -> dict[str, Any]:
        found: Report | None = None
        unwritten = ""
        try:
            with written(door, office.caller, scope.tenant_id, Action.audit_verified) as said:
                found = door.verifier.verify(scope.tenant_id)
                said["whole"] = found.whole
        except AuditUnavailable:  # whoever altered a chain may have broken its writing too
            if found is None:
                raise
            unwritten = " That it was verified could not be written down."
        words = (
            f"The chain is whole: {found.entries:,} entries as they were written, in {found.seconds:.2f} s."
            if found.whole
            else f"The chain of {found.entries:,} entries is not as it was written: {found.found} findings."
        )
        return {
            "whole": found.whole,
            "words": words + unwritten,
            "written": not unwritten,
            "findings": [flaw.what for flaw in found.flaws],
        }

    return await _audit(office, Wanted(), None, await office.bench.run(look))


@router.get("/practices/{slug}/audit.jsonl")
async def export(office: Audit) -> Response:
    door, scope = office.door, office.scope

    def begin() -> None:
        with written(door, office.caller, scope.tenant_id, Action.audit_exported):
            door.downloads.begin(scope.tenant_id)

    await office.bench.run(begin)
    lines = exported(door.prentice.servers.platform_url, scope.tenant_id)
    return door.downloads.response(scope.tenant_id, lines, f"audit-{scope.slug}.jsonl")
