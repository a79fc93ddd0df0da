"""One practice's administration, opened for one person: what its pages stand on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from prentice.audit.entry import Action
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission, Role
from prentice.tenancy.scope import TenantScope
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, door, needs
from prentice.web.shown import part_of, shown, tabs_of, who_is
from prentice.web.writing import written

Slug = Annotated[str, Path(pattern=r"^[\w .-]{1,64}$")]
Id = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]


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
