"""A column of a practice's source as an expression of SQL: NULL where the practice does not have it."""

from __future__ import annotations

from dataclasses import dataclass

from prentice.deid.audit import LiveSource

_NUMBER = r"'^\s*[+-]?\d{1,6}(\.\d+)?\s*$'"


@dataclass(frozen=True)
class Columns:
    """The tables and columns that one source has."""

    source: LiveSource

    def table(self, name: str) -> str:
        return f"{quoted(self.source.schema)}.{quoted(name)}"

    def counts(self, alias: str, table: str) -> str:
        """Rows of this practice that are not deleted."""
        said = ["true"]
        if self.source.has(table, "company_id"):
            said.append(f"{alias}.company_id = %(company)s")
        if self.source.has(table, "deleted_at"):
            said.append(f"{alias}.deleted_at is null")
        return " and ".join(said)

    def text(self, alias: str, table: str, column: str) -> str:
        return f"{alias}.{column}::text" if self.source.has(table, column) else "null::text"

    def flag(self, alias: str, table: str, column: str) -> str:
        return f"{alias}.{column}" if self.source.has(table, column) else "null::boolean"

    def number(self, alias: str, table: str, column: str) -> str:
        if not self.source.has(table, column):
            return "null::numeric"
        name = f"{alias}.{column}"
        if self.source.tables[table][column].family == "text":
            return f"(case when {name}::text ~ {_NUMBER} then {name}::text::numeric end)"
        return f"{name}::numeric"

    def day(self, alias: str, table: str, column: str) -> str:
        """A moment at the practice: one with a zone is read in the practice's."""
        zoned = self.source.tables[table][column].zoned
        return f"({alias}.{column} at time zone %(zone)s)" if zoned else f"{alias}.{column}"

    def year(self, alias: str, table: str, column: str) -> str:
        return f"extract(year from {self.day(alias, table, column)})::int"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
