"""The guard: what a column of a closed list holds must not look like an identifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from prentice.deid.audit import LiveSource
from prentice.deid.identifiers import looks_like_identifier
from prentice.deid.places import country
from prentice.deid.policy import OTHER, Policy
from prentice.deid.reading import Reading
from prentice.errors import IdentifierFound


def guard(
    connection: psycopg.Connection[TupleRow],
    source: LiveSource,
    policy: Policy,
    parameters: Mapping[str, Any],
) -> int:
    """Look at every distinct value of the text columns that are kept or mapped; returns how many columns.

    Raises `IdentifierFound` that names the column, never the value: one that looks like one of the 18
    identifiers, or is some patient's whole name. What a closed list knows is not looked at.
    """
    reading = Reading(source)
    looked = 0
    for rule in policy:
        if rule.rule not in ("keep", "category", "country") or not source.has(rule.table, rule.column):
            continue
        if source.tables[rule.table][rule.column].family != "text":
            continue
        looked += 1
        values = connection.execute(reading.kinds(rule.table, rule.column).encode(), parameters)
        unknown = [value for (value,) in values if not _known(policy, rule.column, value)]
        if any(map(looks_like_identifier, unknown)) or _names(connection, reading, unknown, parameters):
            raise IdentifierFound(
                f"The column {rule.table}.{rule.column} holds a value that looks like an identifier. "
                "Nothing was copied.",
                "Correct the value in the practice's system, or drop the column in its own policy file: "
                f"{rule.column}: {{type: text, rule: drop, identifier: any}}.",
            )
    return looked


def _known(policy: Policy, column: str, value: str) -> bool:
    if column == "country":
        return country(value) is not None
    category = policy.categories.get(column)
    return category is not None and category.of(value) != OTHER


def _names(
    connection: psycopg.Connection[TupleRow],
    reading: Reading,
    values: list[str],
    parameters: Mapping[str, Any],
) -> bool:
    statement = reading.names()
    if not values or statement is None:
        return False
    given = {**parameters, "values": [value.lower() for value in values]}
    return connection.execute(statement.encode(), given).fetchone() == (True,)
