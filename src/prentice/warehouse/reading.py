"""One statement on one connection: first what it would cost, then its rows.

A practice's login reads alone, within a transaction that ends with the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from prentice.warehouse.cache import Kept
from prentice.warehouse.gate import Gate
from prentice.warehouse.plans import read_plan

Connection = psycopg.Connection[TupleRow]
Spend = Callable[[float], None]


def run(
    connection: Connection,
    text: str,
    parameters: Mapping[str, object],
    limit: int,
    gate: Gate | None,
    name: str,
    spend: Spend,
) -> Kept:
    """One round trip, or two where the statement is not known to be cheap.

    In a pipeline every statement goes by the extended protocol, which takes one statement at a time.
    """
    query = text.encode()
    with connection.pipeline():
        connection.execute("begin read only")
        if gate is not None:
            explain = b"explain (format json) " + query
            by_hash = connection.execute(explain, parameters)  # the logins have enable_nestloop off
            connection.execute("set local enable_nestloop = on")
            # Four times what a comparison is thought to cost: by index still, but not by comparing all.
            connection.execute("set local cpu_operator_cost = 0.01")
            freely = connection.execute(explain, parameters)
            by_index, cost = gate.choose(name, read_plan(by_hash.fetchone()), read_plan(freely.fetchone()))
            spend(cost)
            if not by_index:
                connection.execute("set local enable_nestloop = off")
                connection.execute("set local cpu_operator_cost to default")
        cursor = connection.execute(query, parameters)
        connection.execute("commit")
        rows: list[Any] = cursor.fetchall()
    columns = tuple(column.name for column in cursor.description or ())
    return Kept(columns, [list(row) for row in rows[:limit]], len(rows) > limit)


def end(connection: Connection) -> None:
    """Leave it as it was before the statement; close it where that cannot be."""
    if connection.closed or connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        return
    try:
        connection.execute("rollback")
    except psycopg.Error:
        connection.close()
