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


# Every column of the extract tells people apart, so every one is counted: a row stands in it `min_k` times.
# Bands from the start, each of more people than a figure; then, from the least to the most asked for, what
# people in small groups give up: a wider band, and in the end 'any'.
_ANY = "any"
_EXTRACT = """
select p.age_group, p.country, p.us_state, p.contact_lens_wearer::text as contact_lens_wearer,
  p.nhs_exempt::text as nhs_exempt, p.refractive_group, p.recall_overdue::text as recall_overdue,
  p.has_prescription::text as has_prescription, p.has_add::text as has_add,
  case when p.mean_sphere < -6 then 'below -6' when p.mean_sphere < -3 then '-6 to -3'
    when p.mean_sphere < -0.5 then '-3 to -0.5' when p.mean_sphere < 0.5 then '-0.5 to 0.5'
    when p.mean_sphere < 3 then '0.5 to 3' when p.mean_sphere is not null then '3 and more'
    end as mean_sphere,
  case when coalesce(y.orders, 0) = 0 then '0' when y.orders = 1 then '1' when y.orders <= 3 then '2-3'
    else '4 and more' end as orders,
  case when coalesce(y.spend, 0) <= 0 then '0' when y.spend < 250 then 'under 250'
    when y.spend < 1000 then '250-999' else '1000 and more' end as spend
from {schema}.person p left join (select person_id, sum(orders) as orders, sum(spend) as spend
  from {schema}.person_year group by 1) y using (person_id) order by p.person_id"""
EXTRACT_COLUMNS = (
    "age_group", "country", "us_state", "contact_lens_wearer", "nhs_exempt", "refractive_group",
    "recall_overdue", "has_prescription", "has_add", "mean_sphere", "orders", "spend",
)  # fmt: skip
_WIDER: Mapping[str, Mapping[str, str]] = {
    "age_group": {
        "18-29": "18-39", "30-39": "18-39", "40-49": "40-59", "50-59": "40-59", "60-69": "60-79",
        "70-79": "60-79", "80-89": "80+", "90+": "80+",
    },
    "spend": {"under 250": "under 1000", "250-999": "under 1000"},
    "orders": {"1": "1 and more", "2-3": "1 and more", "4 and more": "1 and more"},
}  # fmt: skip
_STEPS: tuple[tuple[str, bool], ...] = (  # the column, and whether it is only made wider
    ("spend", True), ("orders", True), ("mean_sphere", False), ("spend", False), ("orders", False),
    ("recall_overdue", False), ("has_add", False), ("refractive_group", False), ("us_state", False),
    ("nhs_exempt", False), ("age_group", True), ("contact_lens_wearer", False), ("has_prescription", False),
    ("country", False), ("age_group", False),
)  # fmt: skip


def write_extract(rows: Rows, schema: str, folder: Path, min_k: int) -> dict[str, int]:
    """Everybody in groups of at least `min_k` whose whole rows are alike, as persons.parquet and persons.csv
    in `folder`.

    People in smaller groups give up one column after the other ('any'); who is still in a smaller group then
    is left out. Measurements, orders and money are in bands, and there is no code of a person.
    """
    people = pl.DataFrame(
        rows(_EXTRACT.format(schema=schema), []),
        schema=dict.fromkeys(EXTRACT_COLUMNS, pl.String),
        orient="row",
    )
    given, left_out = generalised(people, min_k)
    folder.mkdir(parents=True, exist_ok=True)
    given.write_parquet(folder / "persons.parquet")
    given.write_csv(folder / "persons.csv")
    smallest = given.group_by(*EXTRACT_COLUMNS).len()["len"].min() if len(given) else 0
    return {"persons": len(given), "left_out": left_out, "smallest_group": int(smallest or 0)}  # type: ignore[arg-type]


def generalised(people: pl.DataFrame, min_k: int) -> tuple[pl.DataFrame, int]:
    """The people whom `min_k` lets out, each as exact as their group allows, and how many are left out."""
    columns = list(EXTRACT_COLUMNS)
    people = people.select(pl.col(columns).cast(pl.String).fill_null("none"))
    kept: list[pl.DataFrame] = []
    for step in (None, *_STEPS):
        if step is not None:
            column, wider = step
            people = people.with_columns(
                pl.col(column).replace(_WIDER[column]) if wider else pl.lit(_ANY).alias(column)
            )
        large = pl.len().over(columns) >= min_k
        kept.append(people.filter(large))
        people = people.filter(~large)
    return pl.concat(kept).sort(*columns), len(people)


def _over_groups(columns: str, table: str) -> str:
    return f"""
select coalesce(sum(n), 0)::bigint, count(*), coalesce(min(n), 0), count(*) filter (where n = 1),
  coalesce(sum(n) filter (where n < {SMALL}), 0)::bigint
from (select count(*) as n from {table} group by {columns}) g"""


def _risk(columns: Sequence[str], row: Sequence[Any]) -> Risk:
    return Risk(tuple(columns), *(int(value) for value in row))
