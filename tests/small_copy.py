"""An anonymised copy small enough to count by hand: its tables as the run fills them, and its reader."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import duckdb
import psycopg

from prentice.ops.secrets import Keyring

TABLES = {
    "person": "person_id TEXT, age_group TEXT, country TEXT, us_state TEXT, contact_lens_wearer BOOLEAN, "
    "nhs_exempt BOOLEAN, recall_overdue BOOLEAN, has_prescription BOOLEAN, mean_sphere NUMERIC(6,3), "
    "worse_se NUMERIC(6,3), max_cylinder NUMERIC(6,3), has_add BOOLEAN, refractive_group TEXT",
    "person_year": "person_id TEXT, year INTEGER, active BOOLEAN, orders INTEGER, spend NUMERIC(12,2)",
    "order_year": "person_id TEXT, year INTEGER, lens_type TEXT, lens_material TEXT, coating TEXT, "
    "orders INTEGER",
    "finding_year": "person_id TEXT, year INTEGER, finding TEXT, right_eye BOOLEAN, left_eye BOOLEAN",
    "copy_info": "copied_on DATE, run_id TEXT, source_version TEXT, policy_hash TEXT, persons BIGINT",
}
AGES = ("under 18", "18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+", "unknown")
TYPES = ("single vision", "progressive", "bifocal", None)
MATERIALS = ("polycarbonate", "hi index 1 67", None)
COATINGS = ("none", "anti reflective")
FINDINGS = ("dry eye", "cataract", "keratoconus")


@dataclass
class Copy:
    """Rows by table."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    run_id: str = "run-1"

    def person(
        self,
        *,
        age: str = "40-49",
        country: str = "GB",
        state: str | None = None,
        lenses: bool = False,
        exempt: bool | None = False,
        overdue: bool = False,
        sphere: float | None = -1.0,
        cylinder: float = 0.0,
        add: bool = False,
        years: Sequence[int] = (2025,),
        spend: float = 100.0,
        orders: Sequence[tuple[int, str | None, str | None, str | None]] = (),
        findings: Sequence[tuple[int, str]] = (),
    ) -> None:
        """One more person. `orders`: (year, lens type, material, coating)."""
        number = f"{len(self.rows['person']):06d}"
        group = "none" if sphere is None else _group(sphere)
        self.rows["person"].append(
            (number, age, country, state, lenses, exempt, overdue, sphere is not None, sphere, sphere,
             None if sphere is None else cylinder, add and sphere is not None, group)
        )  # fmt: skip
        for year in sorted(set(years) | {o[0] for o in orders} | {f[0] for f in findings}):
            mine = sum(o[0] == year for o in orders)
            active = year in years or mine > 0
            self.rows["person_year"].append((number, year, active, mine, spend if active else 0))
        for row in dict.fromkeys(orders):
            self.rows["order_year"].append((number, *row, orders.count(row)))
        for year, finding in dict.fromkeys(findings):
            self.rows["finding_year"].append((number, year, finding, True, False))

    @property
    def table(self) -> dict[str, list[tuple[Any, ...]]]:
        people = len(self.rows["person"])
        return self.rows | {"copy_info": [("2026-10-31", self.run_id, "v", "p", people)]}


def _group(sphere: float) -> str:
    if sphere <= -6:
        return "high myopia"
    return "myopia" if sphere <= -0.5 else "hyperopia" if sphere >= 0.5 else "emmetropia"


def some_copy(people: int, seed: int, *, years: Sequence[int] = (2024, 2025, 2026)) -> Copy:
    """People of every kind, few of some."""
    dice, copy = random.Random(seed), Copy()
    for _ in range(people):
        ages = dice.choices(AGES, weights=(8, 14, 16, 20, 18, 12, 8, 4, 1, 1))[0]
        present = [year for year in years if dice.random() < 0.6]
        orders = [
            (year, dice.choice(TYPES), dice.choice(MATERIALS), dice.choice(COATINGS))
            for year in present
            for _ in range(dice.choice((0, 1, 1, 2)))
        ]
        american = dice.random() < 0.3
        copy.person(
            age=ages,
            country="US" if american else "GB",
            state=dice.choice(("CA", "NY", "WY")) if american else None,
            lenses=dice.random() < 0.25,
            exempt=dice.choice((True, False, None)),
            overdue=dice.random() < 0.3,
            sphere=dice.choice((None, -7.5, -3.0, -1.25, 0.0, 0.75, 2.0)),
            cylinder=dice.choice((0.0, 0.5, 0.75, 2.0)),
            add=dice.random() < 0.4,
            years=present,
            spend=float(dice.randrange(0, 40_000)) / 100,
            orders=orders,
            findings=[(year, dice.choice(FINDINGS)) for year in present if dice.random() < 0.3],
        )
    return copy


@contextmanager
def in_duckdb(copy: Copy) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA anonymised")
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE anonymised.{name} ({columns})")
            if rows := copy.table[name]:
                marks = ", ".join("?" for _ in rows[0])
                connection.executemany(f"INSERT INTO anonymised.{name} VALUES ({marks})", rows)
        yield connection


def fill(connection: psycopg.Connection[Any], copy: Copy, schema: str = "anonymised") -> None:
    """The tables with their rows, in a database of PostgreSQL."""
    connection.execute(f"CREATE SCHEMA {schema}")  # type: ignore[arg-type]
    for name, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {schema}.{name} ({columns})")  # type: ignore[arg-type]
        with connection.cursor().copy(f"COPY {schema}.{name} FROM STDIN") as target:  # type: ignore[arg-type]
            for row in copy.table[name]:
                target.write_row(row)
    for statement in (
        f"CREATE UNIQUE INDEX ON {schema}.person (person_id)",
        f"CREATE UNIQUE INDEX ON {schema}.person_year (person_id, year)",
        f"CREATE INDEX ON {schema}.order_year (person_id, year)",
        f"CREATE INDEX ON {schema}.finding_year (person_id, year)",
        "ANALYZE",
    ):
        connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def copy_of(platform_url: str, keyring: Keyring, tenant_id: str, copy: Copy) -> Iterator[str]:
    """The practice's copy with its reader, as `prentice deid run` leaves them. Gives the owner's address."""
    name = f"prentice_a_{tenant_id}"
    password = keyring.get_or_create(f"deid/reader/{tenant_id}")
    with psycopg.connect(platform_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")  # type: ignore[arg-type]
        admin.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")  # type: ignore[arg-type]
        admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {name}")  # type: ignore[arg-type]
    parts = urlsplit(platform_url)
    url = urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
    try:
        with psycopg.connect(url, autocommit=True) as owner:
            fill(owner, copy)
            owner.execute(f"GRANT USAGE ON SCHEMA anonymised TO {name}")  # type: ignore[arg-type]
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA anonymised TO {name}")  # type: ignore[arg-type]
        yield url
    finally:
        with psycopg.connect(platform_url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
            admin.execute(f"DROP ROLE {name}")  # type: ignore[arg-type]
