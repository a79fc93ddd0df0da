"""Everything that was seen, written down: one chain of hashes for each practice.

`entry` says what stands in one line of it, `log` writes, `anchor` signs the chains' heads outside the
database, `verify` finds what was changed, `read` shows and exports. docs/audit.md describes it all.
Names are read on first use: the command line lists its commands without opening a database driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prentice.audit.entry import Action, Decision, Entry
    from prentice.audit.log import AuditLog

__all__ = ["Action", "AuditLog", "Decision", "Entry"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'log' if name == 'AuditLog' else 'entry'}"), name)
