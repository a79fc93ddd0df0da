"""The cost gate: what EXPLAIN expects to cost too much does not run."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

import orjson
from psycopg.rows import TupleRow

from prentice.errors import QueryTooCostly

# A statement this far below the gate is not explained again for a while: with other parameters its cost
# would have to be twentyfold, and the time limit holds in any case.
_CLEARLY_CHEAP = 0.05
_REMEMBERED_S = 300.0
_MOST = 2_000


class Gate:
    """Remembers which statements are clearly cheap. Safe between threads."""

    def __init__(self, max_cost: float) -> None:
        self._max_cost = max_cost
        self._cheap: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def stands_open(self, statement: str) -> bool:
        """Whether this statement was found clearly cheap in the last minutes."""
        with self._lock:
            until = self._cheap.get(statement)
        return until is not None and time.monotonic() < until

    def judge(self, statement: str, explained: TupleRow | None) -> None:
        """Takes the row of EXPLAIN (FORMAT JSON). Raises `QueryTooCostly`."""
        cost = _total_cost(explained)
        if cost > self._max_cost:
            raise QueryTooCostly(
                "This question would read too much of the database at once "
                f"(estimated {cost / self._max_cost:,.1f} times the limit).",
                "Ask for a shorter period, or for fewer groups.",
            )
        if cost <= self._max_cost * _CLEARLY_CHEAP:
            with self._lock:
                self._cheap[statement] = time.monotonic() + _REMEMBERED_S
                if len(self._cheap) > _MOST:
                    self._cheap.popitem(last=False)


# What PostgreSQL before 18 adds to the cost of a step that a setting disables but that cannot be
# avoided (the logins have enable_nestloop off); 18 counts such steps apart.
_DISABLED_COST = 1e10


def _total_cost(explained: TupleRow | None) -> float:
    text = explained[0] if explained else "[]"
    plan = (orjson.loads(text) if isinstance(text, str) else text)[0]["Plan"]
    cost = float(plan["Total Cost"])
    return cost if "Disabled" in plan else cost % _DISABLED_COST
