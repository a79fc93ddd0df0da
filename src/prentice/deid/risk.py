"""How far anybody could be told apart: k-anonymity before and after, l-diversity of findings, and an extract
that holds to a smallest group for use outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
from psycopg.rows import TupleRow

from prentice.deid.audit import LiveSource
from prentice.deid.columns import quoted

SMALL = 11  # groups of 1 to 10 are never shown
Rows = Callable[[str, Sequence[Any]], list[TupleRow]]


@dataclass(frozen=True, slots=True)
class Risk:
    """k-anonymity over `columns`: `smallest` is k; `unique` people stand alone, `in_small` are in groups
    under 11."""

    columns: tuple[str, ...]
    persons: int
    groups: int
    smallest: int
    unique: int
    in_small: int

    def as_json(self) -> dict[str, Any]:
        share = self.in_small / self.persons if self.persons else 0.0
        return {**asdict(self), "columns": list(self.columns), "share_in_small": round(share, 6)}


def of_copy(rows: Rows, schema: str, quasi: Sequence[str]) -> Risk:
    """The risk that the copy leaves, before any group is withheld at query time."""
    return _risk(quasi, rows(_over_groups(", ".join(quasi), f"{schema}.person"), [])[0])


def of_source(
    connection: psycopg.Connection[TupleRow], source: LiveSource, parameters: Mapping[str, Any]
) -> Risk:
    """The risk in the source: birth date and postcode (and sex, where a practice keeps it)."""
    wanted = ("date_of_birth", "sex", "gender", "postcode", "country")
    quasi = [column for column in wanted if source.has("patients", column)]
    if not quasi:
        return Risk((), 0, 0, 0, 0, 0)
    gone = " and deleted_at is null" if source.has("patients", "deleted_at") else ""
    table = f"{quoted(source.schema)}.patients where company_id = %(company)s{gone}"
    row = connection.execute(_over_groups(", ".join(quasi), table).encode(), parameters).fetchone()
    return _risk(quasi, row or (0, 0, 0, 0, 0))


def diversity(rows: Rows, schema: str, quasi: Sequence[str]) -> dict[str, int]:
    """l-diversity of findings: in groups of people alike, how many different findings there are at least.

    `homogeneous` are people with a finding in a group where everybody's is the same one.
    """
    alike = f"row({', '.join('p.' + column for column in quasi)})::text"
    statement = f"""
with everybody as (select {alike} as class, count(*) as people from {schema}.person p group by 1),
found as (select {alike} as class, count(distinct f.finding) as l, count(distinct p.person_id) as people
  from {schema}.person p join {schema}.finding_year f using (person_id) group by 1)
select coalesce(min(l), 0)::int, count(*)::int,
  coalesce(sum(found.people) filter (where l = 1 and found.people = everybody.people), 0)::int
from found join everybody using (class)"""
    smallest, groups, homogeneous = rows(statement, [])[0]
    return {"smallest_l": smallest, "groups": groups, "homogeneous": homogeneous}


# From the finest to the coarsest: what each further step gives up.
_WIDE = {
    "18-29": "18-39", "30-39": "18-39", "40-49": "40-59", "50-59": "40-59", "60-69": "60-79",
    "70-79": "60-79", "80-89": "80+", "90+": "80+",
}  # fmt: skip
_STEPS = ("refractive_group", "us_state", "nhs_exempt", "age_group", "contact_lens_wearer", "country")
_ANY = "any"
_EXTRACT = """
select p.age_group, p.country, p.us_state, p.contact_lens_wearer::text, p.nhs_exempt::text,
  p.refractive_group, p.recall_overdue, p.has_prescription, p.has_add,
  floor(p.mean_sphere)::int as mean_sphere_from,
  least(coalesce(y.orders, 0), 10)::int as orders_at_most_10,
  (floor(least(coalesce(y.spend, 0), 2000) / 250) * 250)::int as spend_from
from {schema}.person p left join (select person_id, sum(orders) as orders, sum(spend) as spend
  from {schema}.person_year group by 1) y using (person_id) order by p.person_id"""
_EXTRACT_COLUMNS = (
    "age_group", "country", "us_state", "contact_lens_wearer", "nhs_exempt", "refractive_group",
    "recall_overdue", "has_prescription", "has_add", "mean_sphere_from", "orders_at_most_10", "spend_from",
)  # fmt: skip


def write_extract(rows: Rows, schema: str, folder: Path, min_k: int) -> dict[str, int]:
    """Everybody in groups of at least `min_k` who are alike, as persons.parquet and persons.csv in `folder`.

    People in smaller groups give up one column after the other ('any'); who is still in a smaller group then
    is left out. Measurements, orders and money are in bands, and there is no code of a person.
    """
    people = pl.DataFrame(
        rows(_EXTRACT.format(schema=schema), []),
        schema=list(_EXTRACT_COLUMNS),
        orient="row",
        infer_schema_length=None,
    )
    given, left_out = generalised(people, min_k)
    folder.mkdir(parents=True, exist_ok=True)
    given.write_parquet(folder / "persons.parquet")
    given.write_csv(folder / "persons.csv")
    smallest = given.group_by(*_EXTRACT_COLUMNS[:6]).len()["len"].min() if len(given) else 0
    return {"persons": len(given), "left_out": left_out, "smallest_group": int(smallest or 0)}  # type: ignore[arg-type]


def generalised(people: pl.DataFrame, min_k: int) -> tuple[pl.DataFrame, int]:
    """The people whom `min_k` lets out, each as exact as their group allows, and how many are left out."""
    quasi = list(_EXTRACT_COLUMNS[:6])
    people = people.with_columns(pl.col(quasi).cast(pl.String).fill_null("none"))
    kept: list[pl.DataFrame] = []
    for step in (None, *_STEPS):
        if step == "age_group":
            people = people.with_columns(pl.col(step).replace(_WIDE))
        elif step is not None:
            people = people.with_columns(pl.lit(_ANY).alias(step))
        large = pl.len().over(quasi) >= min_k
        kept.append(people.filter(large))
        people = people.filter(~large)
    return pl.concat(kept).sort(*_EXTRACT_COLUMNS), len(people)


def _over_groups(columns: str, table: str) -> str:
    return f"""
select coalesce(sum(n), 0)::bigint, count(*), coalesce(min(n), 0), count(*) filter (where n = 1),
  coalesce(sum(n) filter (where n < {SMALL}), 0)::bigint
from (select count(*) as n from {table} group by {columns}) g"""


def _risk(columns: Sequence[str], row: Sequence[Any]) -> Risk:
    return Risk(tuple(columns), *(int(value) for value in row))
