"""What a live source has, column by column, against the policy. A column without a rule stops a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psycopg
import yaml
from psycopg.rows import TupleRow

from prentice.deid.policy import ColumnRule, Family, Policy, readable_as
from prentice.errors import PolicyGap, SourceUnsuitable

State = Literal["known", "new", "changed", "missing"]

_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema', 'prentice') and n.nspname !~ '^pg_(toast|temp)'
"""
_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       case when coalesce(b.typtype, t.typtype) = 'e' then 'E'
         else coalesce(b.typcategory, t.typcategory) end,
       coalesce(b.typname, t.typname)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
where n.nspname = %s and c.relname = any(%s) and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""
_FORBIDDEN = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = %s and c.relname = any(%s) and not has_column_privilege(c.oid, a.attnum, 'select')
group by 1 order by 1
"""
# What decides whose rows are read does so whatever a practice's own policy says of it: none of it is copied.
_DECIDES = ("company_id", "deleted_at")
_FAMILIES: dict[str, Family] = {"E": "text", "S": "text", "N": "number", "D": "time", "B": "flag"}


@dataclass(frozen=True, slots=True)
class LiveColumn:
    family: Family
    type: str  # as PostgreSQL writes it
    zoned: bool  # timestamp with time zone


@dataclass(frozen=True, slots=True)
class LiveSource:
    """The tables that the policy names, as they stand in one schema of the source."""

    schema: str
    tables: Mapping[str, Mapping[str, LiveColumn]]
    others: tuple[str, ...]  # tables that the policy does not name; they are not read

    def has(self, table: str, *columns: str) -> bool:
        return table in self.tables and all(column in self.tables[table] for column in columns)

    def without_dropped(self, policy: Policy) -> LiveSource:
        """The columns that may be read for the copy: those that the practice's policy does not drop."""
        kept = {
            table: {
                name: column
                for name, column in columns.items()
                if name in _DECIDES or ((rule := policy.rule(table, name)) and rule.rule != "drop")
            }
            for table, columns in self.tables.items()
        }
        return replace(self, tables=kept)


@dataclass(frozen=True, slots=True)
class Line:
    """One column of the audit."""

    table: str
    column: str
    type: str | None  # in the source; None where it is missing there
    rule: str | None
    identifiers: tuple[str, ...]
    why: str | None
    state: State


@dataclass(frozen=True, slots=True)
class Audit:
    source: LiveSource
    lines: tuple[Line, ...]
    to_add: str  # the YAML that would close every gap; '' where there is none

    @property
    def sound(self) -> bool:
        return not self.to_add

    def as_json(self) -> dict[str, Any]:
        return {
            "sound": self.sound,
            "schema": self.source.schema,
            "columns": [asdict(line) for line in self.lines],
            "tables_not_read": list(self.source.others),
            "to_add": self.to_add,
        }

    def check(self, overlay: Path) -> None:
        """Raises `PolicyGap` with the lines to add, where there is a column without a rule or of another
        type."""
        if self.sound:
            return
        gaps = [line for line in self.lines if line.state in ("new", "changed")]
        named = ", ".join(f"{line.table}.{line.column}" for line in gaps[:5])
        more = f" and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        raise PolicyGap(
            f"The source has columns without a rule: {named}{more}. Nothing was read.",
            f"Decide about each and add to {overlay}:\n{self.to_add}",
        )


def has_patients(connection: psycopg.Connection[TupleRow]) -> bool:
    """Whether there is a table of patients at all that this login can name."""
    return any(table == "patients" for _, table in connection.execute(_TABLES))


def read_source(connection: psycopg.Connection[TupleRow], policy: Policy) -> LiveSource:
    """Look at the catalogue. Where several schemas have the host's tables, the one with most of them is
    taken.

    Raises `SourceUnsuitable` where none has patients of a practice.
    """
    found: dict[str, set[str]] = {}
    for schema, table in connection.execute(_TABLES):
        found.setdefault(schema, set()).add(table)
    fit = [schema for schema, tables in found.items() if "patients" in tables]
    if not fit:
        raise SourceUnsuitable(
            "The source has no table of patients that this login can name.",
            "Check the database in the practice's address.",
        )
    schema = max(fit, key=lambda name: (len(found[name] & policy.tables.keys()), name == "public"))
    named = sorted(found[schema] & policy.tables.keys())
    tables: dict[str, dict[str, LiveColumn]] = {name: {} for name in named}
    for table, column, written, category, base in connection.execute(_COLUMNS, [schema, named]):
        family = "json" if base in ("json", "jsonb") else _FAMILIES.get(category, "other")
        tables[table][column] = LiveColumn(
            "text" if base == "uuid" else family, written, base == "timestamptz"
        )
    source = LiveSource(schema, tables, tuple(sorted(found[schema] - policy.tables.keys())))
    if not source.has("patients", "id", "company_id"):
        raise SourceUnsuitable(
            "The source's patients do not say which practice they belong to.",
            "It needs the columns patients.id and patients.company_id.",
        )
    return source


def may_read(connection: psycopg.Connection[TupleRow], source: LiveSource) -> None:
    """Raises `SourceUnsuitable` with the grants that are missing, where the login may not read a table."""
    asked = connection.execute(
        "select current_user::text, quote_ident(current_user), quote_ident(%s), "
        "has_schema_privilege(%s, 'usage')",
        [source.schema, source.schema],
    ).fetchone()
    assert asked is not None
    login, role, schema, may_enter = asked
    shut = [name for (name,) in connection.execute(_FORBIDDEN, [source.schema, sorted(source.tables)])]
    if may_enter and not shut:
        return
    missing = [] if may_enter else [f"grant usage on schema {schema} to {role};"]
    missing += [
        f'grant select on {schema}."{name}" to {role};' for name in (shut if may_enter else source.tables)
    ]
    what = ", ".join(f"{source.schema}.{name}" for name in shut) or f"the schema {source.schema}"
    raise SourceUnsuitable(
        f"The source's login {login} may not read {what}. Nothing was read.",
        f"Have the source's administrator run: {' '.join(missing)}",
    )


def audit(source: LiveSource, policy: Policy) -> Audit:
    """Every column of the source and of the policy, in the policy's order, with what is new, changed or
    missing."""
    lines = []
    for table, rules in policy.tables.items():
        live = source.tables.get(table, {})
        lines += [_line(rule, live.get(name)) for name, rule in rules.items()]
        for name, column in live.items():
            if name not in rules:
                lines.append(Line(table, name, column.type, None, (), None, "new"))
    return Audit(source, tuple(lines), _to_add(lines, source))


def _line(rule: ColumnRule, live: LiveColumn | None) -> Line:
    state: State = "missing" if live is None else "known" if live.family == rule.type else "changed"
    return Line(
        rule.table, rule.column, live.type if live else None, rule.rule, rule.letters, rule.why, state
    )


def _to_add(lines: Sequence[Line], source: LiveSource) -> str:
    """The YAML of the practice's own file. What nobody has looked at is dropped as a unique code (R)."""
    text, table = "", ""
    for line in lines:
        if line.state not in ("new", "changed"):
            continue
        if line.table != table:
            table = line.table
            text += f"  {_key(table)}:\n"
        family = source.tables[line.table][line.column].family
        rule, reason = "drop", f"identifier: {_said(line.identifiers or ('R',))}"
        if line.state == "changed" and line.rule and readable_as(line.table, line.column, family):
            rule = line.rule
            reason = f"why: {_quoted(line.why)}" if line.why else reason
        text += f"    {_key(line.column)}: {{type: {family}, rule: {rule}, {reason}}}\n"
    return f"tables:\n{text}" if text else ""


def _key(name: str) -> str:
    """A name as YAML takes it for a text: `no`, `12` and `Blood: Type #1` are quoted.

    >>> _key("shoe_size"), _key("no")
    ('shoe_size', '"no"')
    """
    try:
        plain = name.replace("_", "").isalnum() and name.isascii() and yaml.safe_load(name) == name
    except yaml.YAMLError:
        plain = False
    return name if plain else _quoted(name)


def _quoted(text: str) -> str:
    return json.dumps(text)  # YAML reads every text that JSON writes


def _said(identifiers: tuple[str, ...]) -> str:
    if len(identifiers) == 1:
        return identifiers[0]
    return "any" if len(identifiers) == 18 else f"[{', '.join(identifiers)}]"
