"""A practice's audit log: its lines, whether they are whole, and all of them in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from prentice.audit.entry import Action, Decision
from prentice.audit.read import Wanted
from prentice.audit.read import export as exported
from prentice.audit.read import page as entries
from prentice.audit.report import Report
from prentice.errors import AuditUnavailable
from prentice.identity.roles import Permission
from prentice.web.office import Office, office
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
ENTRIES = 100  # on one page

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
