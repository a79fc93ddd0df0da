"""What reaches a database, whichever library sends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that psycopg sends meanwhile, SQLAlchemy's among them; not its pool's pings."""
    seen: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: psycopg.Cursor[Any], query: Any, *rest: Any, **more: Any) -> psycopg.Cursor[Any]:
        text = query.decode() if isinstance(query, bytes) else str(query)
        if text != ";":
            seen.append(text)
        return execute(cursor, query, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noted)
        yield seen
