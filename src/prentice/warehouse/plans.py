"""Reads EXPLAIN: what a plan is expected to cost, and whether its joins stay cheap when the guess was wrong.

Behind a security barrier the planner has no statistics for most conditions and expects one row where
there are thousands. A join by hash is as fast as it ever is then. A join row by row is not: over an
index it costs microseconds for each row there really is, over anything else a whole pass for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg.rows import TupleRow

# What PostgreSQL before 18 adds to the cost of a step that a setting disables but that cannot be
# avoided; 18 counts such steps apart.
_DISABLED_COST = 1e10
_WRAPPERS = ("Memoize",)
_BY_INDEX = ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan. `bounded`: every join row by row finds its rows by an index on the other side's values."""

    cost: float
    bounded: bool


def read_plan(explained: TupleRow | None) -> Plan:
    """From the row that EXPLAIN (FORMAT JSON) gives."""
    text = explained[0] if explained else "[]"
    top: Node = (orjson.loads(text) if isinstance(text, str) else text)[0]["Plan"]
    cost = float(top["Total Cost"])
    return Plan(
        cost if "Disabled" in top else cost % _DISABLED_COST,
        all(_by_index(node) for node in _nodes(top) if node["Node Type"] == "Nested Loop"),
    )


def _by_index(join: Node) -> bool:
    # Sub-plans that are computed once stand among the children too.
    outer, inner = (
        next(child for child in join["Plans"] if child["Parent Relationship"] == side)
        for side in ("Outer", "Inner")
    )
    while inner["Node Type"] in _WRAPPERS:
        inner = inner["Plans"][0]
    if inner["Node Type"] not in _BY_INDEX:
        return False
    conditions = " ".join(str(node.get("Index Cond", "")) for node in _nodes(inner))
    others = {str(node["Alias"]) for node in _nodes(outer) if "Alias" in node}
    return any(alias in others for alias in re.findall(r'"?(\w+)"?\."?\w', conditions))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
