"""What is changed, fetched or refused over HTTP is written down: done, or tried in vain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prentice.audit.entry import PLATFORM, Action, Decision, Entry
from prentice.errors import PrenticeError
from prentice.identity.caller import Caller

if TYPE_CHECKING:
    from prentice.web.needs import Door


_RIGHTS = frozenset(
    (
        *(Action.user_invited, Action.user_changed, Action.user_removed, Action.key_made, Action.key_revoked),
        *(Action.password_changed, Action.factor_added, Action.factor_removed, Action.settings_changed),
        *(Action.tenant_created, Action.tenant_suspended, Action.tenant_resumed),
    )
)


def turned_away(door: Door, error: PrenticeError, address: str, action: Action = Action.refused) -> None:
    """Write down that a credential that is known was refused before it was known what was wanted, or that an
    address sends too fast. Repetitions are one line with a count."""
    shown = error.credential
    door.refusals.note(
        Entry(
            tenant_id=shown.tenant_id if shown else PLATFORM,
            action=action,
            decision=Decision.refused,
            who=shown.user_id if shown else "",
            kind=shown.kind if shown else "",
            credential_id=shown.id if shown else "",
            address=address,
            code=error.code,
        )
    )


def signed_in(door: Door, user_id: str, address: str, *, strong: bool, only: str | None) -> None:
    """That a member signed in also stands in the chain of each practice of theirs (`only` one, where its
    provider vouches for them): no word of the others."""
    for part in door.identity.users.memberships(user_id):
        if only is None or part.tenant_id == only:
            door.prentice.audit.append(
                Entry(
                    tenant_id=part.tenant_id,
                    action=Action.sign_in,
                    who=user_id,
                    address=address,
                    facts={"strong": strong},
                )
            )


def refusal(door: Door, caller: Caller, tenant_id: str | None, error: PrenticeError) -> None:
    """Write down that this caller was turned away. The platform's chain is everybody's: there, what repeats
    itself is one line with a count."""
    note = door.prentice.audit.append if tenant_id else door.refusals.note
    note(
        Entry(
            tenant_id=tenant_id or PLATFORM,
            action=Action.refused,
            decision=Decision.refused if error.status < 500 else Decision.failed,
            who=caller.user_id,
            kind=caller.kind,
            credential_id=caller.credential_id,
            address=caller.address,
            code=error.code,
        )
    )


@contextmanager
def written(
    door: Door,
    caller: Caller | None,
    tenant_id: str | None,
    action: Action,
    *,
    address: str = "",
    **facts: object,
) -> Iterator[dict[str, object]]:
    """Around one change. What is put into the mapping that it gives is written down too.

    What changes somebody's rights (`_RIGHTS`) is not begun unless its line could be written: it is tried
    first, and leaves nothing. What remains is a log that is lost between that and the end of the change, a
    moment later: then, as with every other change, `AuditUnavailable` is raised though the change was made;
    whoever made it is told, and makes it again when the log can be written.

    Failures to sign in that repeat themselves are one line with a count (`refusals`).
    """
    if action in _RIGHTS:
        door.prentice.audit.ready(Entry(tenant_id=tenant_id or PLATFORM, action=action))
    said: dict[str, object] = dict(facts)
    decision, code = Decision.allowed, None
    try:
        yield said
    except PrenticeError as error:
        decision = Decision.refused if error.status < 500 else Decision.failed
        code = error.code
        raise
    except Exception:
        decision, code = Decision.failed, "internal"
        raise
    finally:
        note = door.refusals.note if action is Action.sign_in_failed else door.prentice.audit.append
        note(
            Entry(
                tenant_id=tenant_id or PLATFORM,
                action=action,
                decision=decision,
                who=caller.user_id if caller else str(said.pop("who", "")),
                kind=caller.kind if caller else "",
                credential_id=caller.credential_id if caller else "",
                address=caller.address if caller else address,
                code=code,
                facts={name: value for name, value in said.items() if value not in (None, "")},
            )
        )
