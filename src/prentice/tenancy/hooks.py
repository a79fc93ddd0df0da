"""What other capabilities do when a practice comes or goes. `tenancy` knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prentice.identity.caller import Caller
from prentice.tenancy.registry import Tenant


@dataclass(frozen=True, slots=True)
class Hooks:
    """Handed in by whoever puts the parts together.

    `on_remove` are called in their order once the practice's login, copy, caches and files are gone and
    before it is forgotten; a removal that was killed calls them again, so each must bear that.
    `export_parts` are further files of an export: name -> the lines of the practice.
    `invite_owner` gives the link with which the address becomes the practice's owner, or None; it is told who
    invites: an operator who is signed in, or None for whoever runs Prentice's own commands.
    `check_limits` raises where limits that are to be set cannot be.
    """

    on_remove: tuple[Callable[[Tenant], None], ...] = ()
    export_parts: Mapping[str, Callable[[Tenant], Iterable[Mapping[str, Any]]]] = field(default_factory=dict)
    invite_owner: Callable[[str, str, Caller | None], str | None] | None = None
    check_limits: Callable[[Mapping[str, Any]], None] | None = None


def wired(prentice: Any) -> Hooks:
    """The hooks of the opened platform, where whoever opened it has put any."""
    found: Hooks = getattr(prentice, "hooks", None) or Hooks()
    return found
