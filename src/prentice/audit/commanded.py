"""What is done and shown at the command line is written down: whoever sits there is the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from prentice.audit.entry import PLATFORM, Action, Decision, Entry
from prentice.audit.log import AuditLog
from prentice.errors import PrenticeError

OPERATOR = "operator"
COMMAND, JOB = "operator", "job"  # kinds: typed by somebody; done by the clock
STOPPED, BAD_USAGE, UNEXPECTED = "stopped", "bad_usage", "internal"


@contextmanager
def commanded(
    audit: AuditLog, tenant_id: str | None, action: Action, kind: str = COMMAND, /, **facts: object
) -> Iterator[dict[str, object]]:
    """Around the work of one command, up to and not including its output. What is put into the mapping that
    it gives is written down too; never a secret, never an e-mail address.

    An entry that cannot be written down ends in `AuditUnavailable`, and nothing is shown. `tenant_id` None:
    what belongs to no practice.
    """
    said: dict[str, object] = dict(facts)
    decision, code = Decision.failed, STOPPED
    try:
        yield said
        decision, code = Decision.allowed, ""
    except PrenticeError as error:
        decision = Decision.refused if error.status < 500 else Decision.failed
        code = error.code
        raise
    except (typer.Abort, typer.BadParameter):
        decision, code = Decision.refused, BAD_USAGE
        raise
    except Exception:
        code = UNEXPECTED
        raise
    finally:
        audit.append(
            Entry(
                tenant_id=tenant_id or PLATFORM,
                action=action,
                decision=decision,
                who=OPERATOR,
                kind=kind,
                code=code or None,
                facts={name: value for name, value in said.items() if value not in (None, "", (), [])},
            )
        )
