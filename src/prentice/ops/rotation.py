"""New data keys: made, what is sealed moved to them, the old ones forgotten when nothing needs them.

In this order, so that breaking off at any point loses nothing: a value is sealed with a key that is kept,
and begun again the rotation takes up what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table, select, text, update

from prentice.ops.sealing import PLATFORM, Sealer
from prentice.ops.secrets import Keyring

# A server that had looked up the old key just before may still be writing what it sealed with it.
KEPT = timedelta(days=1)
_IDS = "select distinct encode(substring({c} from 2 for 8), 'hex') from {table} where {c} is not null"


class Sealed(Protocol):
    """Values of the platform database that are sealed, wherever a capability keeps them."""

    def reseal(self, connection: Connection, sealer: Sealer) -> int:
        """Seal those of old keys with the present ones. Returns how many."""

    def in_use(self, connection: Connection) -> set[str]:
        """The ids of the data keys that the values need."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed bytes. `purpose` is what they were sealed for; it may name columns of the row, as
    in `"users.totp/{user_id}"`. `owner` is the column of the tenant's id; none, or null in it: the platform.
    """

    table: Table
    column: str
    purpose: str
    owner: str | None = "tenant_id"

    def reseal(self, connection: Connection, sealer: Sealer) -> int:
        value, moved = self.table.c[self.column], 0
        rows = connection.execute(select(self.table).where(value.is_not(None))).mappings().all()
        for row in rows:
            owner = (row[self.owner] if self.owner else None) or PLATFORM
            purpose = self.purpose.format_map(row)
            before = bytes(row[self.column])
            after = sealer.reseal(before, owner=owner, purpose=purpose)
            if after != before:
                same_row = [column == row[column.name] for column in self.table.primary_key.columns]
                changed: dict[str, Any] = {self.column: after}
                # What somebody wrote meanwhile stays: it is sealed with the new key.
                statement = update(self.table).where(*same_row, value == before).values(changed)
                moved += connection.execute(statement).rowcount
        return moved

    def in_use(self, connection: Connection) -> set[str]:
        return _ids(connection, self.table.name, self.column)


@dataclass(frozen=True, slots=True)
class Rotated:
    """How a rotation of data keys ended."""

    owners: int
    resealed: int  # values of tables; the keyring's own come on top
    forgotten: int  # old keys


def rotate_data(
    keyring: Keyring,
    engine: Engine,
    sealed: Sequence[Sealed],
    *,
    now: datetime,
    owners: Collection[str] | None = None,
) -> Rotated:
    """New data keys for these owners, or for all.

    An old key is forgotten by the first rotation that comes a day or more after it was retired, unless
    something is still sealed with it: one of `sealed`, or any column of bytes whose name ends in `_sealed`.
    Raises `CannotOpen` where a value does not open; then no key is forgotten.
    """
    changed = keyring.rotate_data(owners)
    sealer = Sealer(keyring)
    with engine.begin() as connection:
        resealed = sum(part.reseal(connection, sealer) for part in sealed)
    with engine.connect() as connection:
        needed = {key for part in sealed for key in part.in_use(connection)} | _ids_anywhere(connection)
    forgotten = keyring.forget_retired(needed, before=now - KEPT)
    return Rotated(len(changed), resealed, forgotten)


def _ids_anywhere(connection: Connection) -> set[str]:
    """So that a column that nobody named above cannot lose its keys."""
    found = connection.execute(
        text(
            "select quote_ident(table_schema) || '.' || quote_ident(table_name), quote_ident(column_name) "
            "from information_schema.columns where data_type = 'bytea' and column_name like '%\\_sealed' "
            "and table_schema <> 'information_schema'"
        )
    ).all()
    return {key for table, column in found for key in _ids(connection, table, column)}


def _ids(connection: Connection, table: str, column: str) -> set[str]:
    return {key for (key,) in connection.execute(text(_IDS.format(table=table, c=column)))}
