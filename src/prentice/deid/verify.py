"""Is the new copy what it should be? Counted against the source by statements of its own, held to the
policy's closed lists, and searched for what identifies anyone in the source. What does not pass is never
shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from psycopg.rows import TupleRow

from prentice.deid.audit import LiveSource
from prentice.deid.birthdays import AGE_GROUPS
from prentice.deid.columns import quoted
from prentice.deid.copy import BUILDING, TABLES, Copy
from prentice.deid.counts import Check
from prentice.deid.places import STATES, UNITED_STATES, country_names
from prentice.deid.policy import Policy, normal
from prentice.deid.refraction import GROUPS
from prentice.deid.tokens import TokenBook
from prentice.deid.transform import KINDS
from prentice.errors import NotVerified

_TEXTS = {
    "person": ("age_group", "country", "us_state", "refractive_group"),
    "order_year": KINDS,
    "finding_year": ("finding",),
}
_LONGEST = 6  # words of a stored identifier that is looked for inside a longer text


def insist(checks: Iterable[Check]) -> None:
    """Raises `NotVerified` naming what did not pass."""
    if failed := [check for check in checks if not check.passed]:
        said = "; ".join(f"{check.name}: {check.found}, expected {check.expected}" for check in failed)
        raise NotVerified(
            f"The new copy did not pass: {said}.",
            "The standing copy is as it was. Run again with --full; if that does not pass either, report it.",
        )


def conforms(
    copy: Copy, policy: Policy, book: TokenBook, terms: frozenset[str], years: tuple[int, int]
) -> list[Check]:
    """The copy against the policy: its columns, its closed lists, its codes, its years."""
    shape = copy.rows(
        "select table_name::text, column_name::text from information_schema.columns where table_schema = %s",
        [BUILDING],
    )
    wanted = {(table, column) for table, columns in TABLES.items() for column in columns}
    checks = [Check("columns that the policy does not know", 0, len(set(shape) ^ wanted))]
    for (table, column), allowed in _closed_lists(policy, terms).items():
        (strays,) = copy.rows(
            f"select count(*) from {BUILDING}.{table} where {column} is not null and {column} <> all(%s)",
            [sorted(allowed)],
        )[0]
        checks.append(Check(f"values outside the closed list of {table}.{column}", 0, strays))
    (abroad,) = copy.rows(
        f"select count(*) from {BUILDING}.person where us_state is not null and country <> %s",
        [UNITED_STATES],
    )[0]
    checks.append(Check("states outside the United States", 0, abroad))
    for table in ("person_year", "order_year", "finding_year"):
        (strays,) = copy.rows(
            f"select count(*) from {BUILDING}.{table} y left join {BUILDING}.person p using (person_id) "
            "where p.person_id is null or y.year not between %s and %s",
            years,
        )[0]
        name = f"rows of {table} of nobody, of a year to come, or of one that shows an age over 89"
        checks.append(Check(name, 0, strays))
    return [*checks, _codes(copy, book)]


def _codes(copy: Copy, book: TokenBook) -> Check:
    """Every code is one of the vault's random tokens, and each stands once, in order."""
    known = np.ascontiguousarray(book.tokens).view("S16").reshape(-1)
    known.sort()
    at, strays = 0, 0
    for batch in copy.stream(
        f'select person_id from {BUILDING}.person order by person_id collate "C"', _ONE_TEXT
    ):
        size = len(batch)
        raw = "".join(batch.column(0).to_pylist())
        found = np.frombuffer(bytes.fromhex(raw), "S16") if len(raw) == 32 * size else np.zeros(0, "S16")
        strays += size if len(found) != size else int((found != known[at : at + size]).sum())
        at += size
    return Check("codes that are not the vault's", 0, strays + abs(len(book) - at))


# What each fact of the copy is made from: where a practice has none of one set, or drops it, there is no such
# fact.
_EYES = ("od_sphere", "os_sphere"), ("od_cylinder", "os_cylinder"), ("od_add", "os_add")
_NOTES = (
    ("eye_examinations", "notes"), ("prescriptions", "ocular_health_notes"),
    *(("clinical_notes", part) for part in ("content", "subjective", "objective", "assessment", "plan")),
)  # fmt: skip
_MADE_FROM: tuple[tuple[str, str, tuple[tuple[tuple[str, str], ...], ...]], ...] = (
    ("ages", "person where age_group <> 'unknown'", ((("patients", "date_of_birth"),),)),
    ("countries", "person where country <> 'unknown'",
     ((("patients", "country"), ("patients", "full_address")),)),
    ("states", "person where us_state is not null", ((("patients", "full_address"),),)),
    ("wearers", "person where contact_lens_wearer", ((("patients", "contact_lens_wearer"),),)),
    ("exemptions", "person where nhs_exempt is not null", ((("patients", "nhs_exemption"),),)),
    ("recalls", "person where recall_overdue", ((("patients", "next_examination_due"),),)),
    ("prescriptions", "person where has_prescription", ((("prescriptions", "patient_id"),),)),
    *(
        (name, f"person where {fact}", (tuple(("prescriptions", eye) for eye in eyes),))
        for name, fact, eyes in zip(
            ("spheres", "cylinders", "additions"),
            ("mean_sphere is not null or worse_se is not null", "max_cylinder is not null", "has_add"),
            _EYES, strict=True,
        )
    ),
    ("orders", "order_year", ((("orders", "patient_id"),), (("orders", "order_date"),))),
    ("orders of a year", "person_year where orders <> 0",
     ((("orders", "patient_id"),), (("orders", "order_date"),))),
    *((f"orders by {kind}", f"order_year where {kind} is not null", ((("orders", kind),),))
      for kind in KINDS),
    ("sales", "person_year where spend <> 0",
     tuple((("pos_transactions", column),)
           for column in ("patient_id", "transaction_date", "payment_status", "total_amount"))),
    ("findings", "finding_year", (_NOTES,)),
)  # fmt: skip


def absent(copy: Copy, readable: LiveSource) -> list[Check]:
    """No fact in the copy that is made from what the practice's policy drops, or what its source has not."""
    checks = []
    for name, rows, needs in _MADE_FROM:
        if all(any(readable.has(*column) for column in columns) for columns in needs):
            continue
        ((there,),) = copy.rows(f"select count(*) from {BUILDING}.{rows}")
        checks.append(Check(f"{name}, of which nothing may be read", 0, there))
    return checks


_ONE_TEXT = pa.schema([("text", pa.string())])


def searched(
    connection: psycopg.Connection[TupleRow],
    source: LiveSource,
    policy: Policy,
    copy: Copy,
    terms: frozenset[str],
    parameters: Mapping[str, Any],
) -> tuple[list[Check], int]:
    """Every stored identifier of the source, looked for in every text of the copy.

    An identifier occurs if it stands as a run of whole words in some text, whatever its case and hyphens. One
    that is itself a word of a closed list says nothing ('Reading' is a town and a lens): those are counted
    apart and returned.
    """
    texts = {
        text
        for table, columns in _TEXTS.items()
        for column in columns
        for (text,) in copy.rows(
            f"select distinct {column} from {BUILDING}.{table} where {column} is not null"
        )
    }
    closed = {
        run for allowed in _closed_lists(policy, terms).values() for text in allowed for run in _runs(text)
    }
    found = _occurring(connection, source, policy, {run for text in texts for run in _runs(text)}, parameters)
    leaks = found - closed
    return [Check("stored identifiers of the source that occur in the copy", 0, len(leaks))], len(
        found & closed
    )


def _occurring(
    connection: psycopg.Connection[TupleRow],
    source: LiveSource,
    policy: Policy,
    runs: set[str],
    parameters: Mapping[str, Any],
) -> set[str]:
    found: set[str] = set()
    for table, columns in _identifying(source, policy).items():
        whose = "t.company_id = %(company)s" if source.has(table, "company_id") else "true"
        values = [f"lower(t.{quoted(column)}::text)" for column in columns]
        said = ", ".join(
            f"array_agg(distinct {value}) filter (where {value} = any(%(runs)s))" for value in values
        )
        row = connection.execute(
            f"select {said} from {quoted(source.schema)}.{quoted(table)} t where {whose}".encode(),
            {**parameters, "runs": sorted(runs | {run.replace(" ", "-") for run in runs})},
        ).fetchone()
        found |= {normal(value) for values in row or () for value in values or ()}
    return found


def _identifying(source: LiveSource, policy: Policy) -> dict[str, list[str]]:
    """Text columns of the source that answer a particular identifier. Free text is no identifier itself."""
    named: dict[str, list[str]] = {}
    for table, columns in source.tables.items():
        for name, column in columns.items():
            rule = policy.rule(table, name)
            if rule and 0 < len(rule.letters) < 18 and column.family == "text":
                named.setdefault(table, []).append(name)
    return named


def removed(
    connection: psycopg.Connection[TupleRow],
    source: LiveSource,
    policy: Policy,
    parameters: Mapping[str, Any],
) -> dict[str, dict[str, int]]:
    """How many values stand in each identifying column of this practice, by table and column.

    Tables that do not say whose their rows are (order lines and the like) are not counted.
    """
    counts: dict[str, dict[str, int]] = {}
    for table, columns in source.tables.items():
        names = [name for name in columns if (rule := policy.rule(table, name)) and rule.letters]
        if not names or not source.has(table, "company_id"):
            continue
        said = ", ".join(f"count(t.{quoted(name)})" for name in names)
        row = connection.execute(
            f"select {said} from {quoted(source.schema)}.{quoted(table)} t "
            "where t.company_id = %(company)s".encode(),
            parameters,
        ).fetchone()
        counts[table] = dict(zip(names, row or (), strict=True))
    return counts


def _runs(text: str) -> set[str]:
    """Every run of whole words of a text, in normal form."""
    words = normal(re.sub(r"[^\w\s'.-]+", " ", text)).split()
    return {
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1)
    } | {normal(text)}


def _closed_lists(policy: Policy, terms: frozenset[str]) -> dict[tuple[str, str], frozenset[str]]:
    return {
        ("person", "age_group"): frozenset(AGE_GROUPS),
        ("person", "country"): country_names(),
        ("person", "us_state"): frozenset(STATES),
        ("person", "refractive_group"): frozenset(GROUPS),
        **{("order_year", kind): policy.categories[kind].values for kind in KINDS},
        ("finding_year", "finding"): terms,
    }
