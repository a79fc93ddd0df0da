"""How one host column is read, whatever type a practice's database gave it.

Everything here writes SQL text from the fixed names of the host's schema and from type names of the
catalogue; nothing of a person's reaches it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from prentice.warehouse.schema import HostTable, SourceSchema

WALL = "select l.company_id{cast} from prentice.tenant_login l where l.login = current_user"
_ZONE = "(select l.timezone from prentice.tenant_login l where l.login = current_user)"
_TEXT = {"text", "varchar", "bpchar", "name", "citext"}
_NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8", "money"}
_CASTS = {"uuid": "::uuid", "int2": "::int2", "int4": "::int4", "int8": "::int8", "numeric": "::numeric"}


def quoted(name: str) -> str:
    """An SQL identifier.

    >>> quoted('odd "name"')
    '"odd ""name\"""'
    """
    return '"' + name.replace('"', '""') + '"'


@dataclass(slots=True)
class Reading:
    """One host table under an alias, and the columns of it that a view reads (`used`)."""

    schema: SourceSchema
    table: HostTable
    alias: str
    used: set[str] = field(default_factory=set)

    @property
    def source(self) -> str:
        return f"{quoted(self.schema.schema)}.{quoted(self.table.name)} {self.alias}"

    def raw(self, column: str) -> str:
        self.used.add(column)
        return f"{self.alias}.{quoted(column)}"

    def kind(self, column: str) -> str:
        return self.table.columns[column]

    def text(self, column: str) -> str:
        if not self.table.has(column):
            return "null::text"
        return self.raw(column) if self.kind(column) == "text" else f"{self.raw(column)}::text"

    def filled(self, column: str) -> str:
        """The text, with what is blank as null."""
        return f"nullif(btrim({self.text(column)}), '')" if self.table.has(column) else "null::text"

    def key(self, column: str) -> str:
        """The text for comparison: without case, and with space, hyphen and underscore alike; null where
        the text is blank, as in `filled`, so that one group is not two."""
        if not self.table.has(column):
            return "null::text"
        return f"nullif(lower(translate(btrim({self.text(column)}), ' -', '__')), '')"

    def number(self, column: str) -> str:
        if not self.table.has(column):
            return "null::numeric"
        kind = self.kind(column)
        if kind == "numeric":
            return self.raw(column)
        if kind in _NUMBERS:
            return f"{self.raw(column)}::numeric"
        plain = f"btrim({self.text(column)})"
        return rf"case when {plain} ~ '^-?[0-9]{{1,15}}(\.[0-9]+)?$' then {plain}::numeric end"

    def quantity(self, column: str) -> str:
        """How many, or how much: half a box where the till can sell one."""
        if self.table.has(column) and self.kind(column) in ("int4", "int8"):
            return self.raw(column)
        return self.number(column)

    def flag(self, column: str) -> str:
        if not self.table.has(column):
            return "null::boolean"
        kind = self.kind(column)
        if kind == "bool":
            return self.raw(column)
        if kind in _NUMBERS:
            return f"{self.raw(column)} <> 0"
        return f"lower(btrim({self.text(column)})) in ('t', 'true', 'y', 'yes', '1', 'on')"

    def moment(self, column: str) -> str:
        """A timestamp of the practice's own clock: a zone is converted, none is taken as it stands."""
        if not self.table.has(column):
            return "null::timestamp"
        match self.kind(column):
            case "timestamp":
                return self.raw(column)
            case "timestamptz":
                return f"({self.raw(column)} at time zone {_ZONE})"
            case "date":
                return f"{self.raw(column)}::timestamp"
            case _:
                return self._written_moment(column)

    def _written_moment(self, column: str) -> str:
        plain = f"btrim({self.text(column)})"
        iso = rf"{plain} ~ '^\d{{4}}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?$'"
        if self.schema.version >= 160000:  # so that 2026-02-30 is a null and not an error
            iso = f"{iso} and pg_input_is_valid({plain}, 'timestamp')"
        return f"case when {iso} then {plain}::timestamp end"

    def kept(self) -> list[str]:
        """The conditions of a row that counts: not deleted."""
        return [f"{self.raw('deleted_at')} is null"] if self.table.has("deleted_at") else []

    def walled(self, wall: str = WALL) -> list[str]:
        """The conditions of a row of the login's own practice that counts.

        The practice is looked up once a query (an initplan), and cast to the column's type, so that an
        index on company_id is used.
        """
        kind = self.kind("company_id")
        column = self.raw("company_id")
        if kind not in _TEXT and kind not in _CASTS:
            column += "::text"
        return [f"{column} = ({wall.format(cast=_CASTS.get(kind, ''))})", *self.kept()]

    def joined(self, column: str, other: Reading, other_column: str) -> str:
        """This column equals that one, whatever their types."""
        return " = ".join(self.tied(column, other, other_column))

    def alike(self, column: str, other: Reading, other_column: str) -> bool:
        """Whether the two can be compared without a cast, and so by an index."""
        kinds = {self.kind(column), other.kind(other_column)}
        return len(kinds) == 1 or kinds <= _TEXT or kinds <= {"int2", "int4", "int8"}

    def tied(self, column: str, other: Reading, other_column: str) -> tuple[str, str]:
        """This column and that one, cast where they could not be compared as they are."""
        cast = "" if self.alike(column, other, other_column) else "::text"
        return f"{self.raw(column)}{cast}", f"{other.raw(other_column)}{cast}"
