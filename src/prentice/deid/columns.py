"""A column of a practice's source as an expression of SQL: NULL where the practice does not have it."""

from __future__ import annotations

from dataclasses import dataclass

from prentice.deid.audit import LiveSource

# Where numbers are kept as text: "12", "-.50", "1,25". Of dioptres also "-3.00 DS", and "pl" for none.
_NUMBER = r"'^[+-]?(\d{1,6}(\.\d*|,\d{1,2})?|\.\d+|,\d{1,2})$'"
_DIOPTRES = r"'\s*(d|ds|dc|sph|cyl|d\.?\s?s\.?|d\.?\s?c\.?|d\s?sph|d\s?cyl|dioptres?|diopters?)$'"
_PLANO = "'pl', 'pl.', 'plano', 'plan'"
TRUE, FALSE = ("y", "yes", "t", "true", "1", "on"), ("n", "no", "f", "false", "0", "off")


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
            flag = self.source.tables[table]["deleted_at"].family == "flag"
            said.append(f"{alias}.deleted_at is {'not true' if flag else 'null'}")
        return " and ".join(said)

    def happened(self, alias: str, table: str, column: str) -> str:
        """Rows that are dated today or before, and not in a year that shows an age over 89."""
        day = self.day(alias, table, column)
        return f"{day} >= %(first_day)s and {day} < %(tomorrow)s"

    def text(self, alias: str, table: str, column: str) -> str:
        return f"{alias}.{column}::text" if self.source.has(table, column) else "null::text"

    def flag(self, alias: str, table: str, column: str) -> str:
        """Yes or no; of another type, where a practice writes it as a word or a number."""
        if not self.source.has(table, column):
            return "null::boolean"
        name = f"{alias}.{column}"
        match self.source.tables[table][column].family:
            case "flag":
                return name
            case "number":
                return f"({name} <> 0)"
            case _:
                word = f"lower(btrim({name}::text))"
                return f"(case when {word} in {TRUE} then true when {word} in {FALSE} then false end)"

    def number(self, alias: str, table: str, column: str) -> str:
        if not self.source.has(table, column):
            return "null::numeric"
        name = f"{alias}.{column}"
        if self.source.tables[table][column].family == "text":
            return _as_number(f"translate(btrim({name}::text), '\u2212\u2013', '--')")
        return f"{name}::numeric"

    def dioptres(self, alias: str, table: str, column: str) -> str:
        """A number as prescriptions have it, where they are kept as text."""
        if not self.source.has(table, column) or self.source.tables[table][column].family != "text":
            return self.number(alias, table, column)
        said = f"translate(lower(btrim({alias}.{column}::text)), '\u2212\u2013', '--')"
        bare = f"regexp_replace(regexp_replace({said}, {_DIOPTRES}, ''), '^([+-])\\s+', '\\1')"
        return f"(case when {bare} in ({_PLANO}) then 0 else {_as_number(bare)} end)"

    def day(self, alias: str, table: str, column: str) -> str:
        """A moment at the practice: one with a zone is read in the practice's."""
        zoned = self.source.tables[table][column].zoned
        return f"({alias}.{column} at time zone %(zone)s)" if zoned else f"{alias}.{column}"

    def year(self, alias: str, table: str, column: str) -> str:
        return f"extract(year from {self.day(alias, table, column)})::int"


def _as_number(text: str) -> str:
    return f"(case when {text} ~ {_NUMBER} then replace({text}, ',', '.')::numeric end)"


def quoted(name: str) -> str:
    """A name in a statement that takes parameters, where a % stands for one unless it is doubled."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'
