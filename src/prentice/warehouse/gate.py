"""The gate before the run: what is expected to cost too much is refused, and the way to join is chosen."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from prentice.errors import QueryTooCostly
from prentice.warehouse.plans import Plan

# A statement this far below the gate is not explained again for a while: with other parameters its cost
# would have to be twentyfold, and the time limit holds in any case.
_CLEARLY_CHEAP = 0.05
_REMEMBERED_S = 300.0
_MOST = 2_000
# Joins by index read what the practice has, joins by hash what all practices of the source have. The
# guess of the former is too low, so it must be this much lower.
_MUCH_CHEAPER = 2.0


class Gate:
    """Remembers which statements are clearly cheap by hash. Safe between threads."""

    def __init__(self, max_cost: float) -> None:
        self._max_cost = max_cost
        self._cheap: OrderedDict[str, tuple[float, float]] = OrderedDict()  # until when, and its cost
        self._lock = threading.Lock()

    def known_cost(self, statement: str) -> float | None:
        """What this statement costs, where it may run by hash without another look."""
        with self._lock:
            until, cost = self._cheap.get(statement, (0.0, 0.0))
        return cost if time.monotonic() < until else None

    def choose(self, statement: str, by_hash: Plan, freely: Plan) -> tuple[bool, float]:
        """Whether to run the plan that may join row by row, rather than by hash alone; and what it costs.

        Raises `QueryTooCostly`.
        """
        chosen = freely.bounded and freely.cost * _MUCH_CHEAPER < by_hash.cost
        cost = freely.cost if chosen else by_hash.cost
        if cost > self._max_cost:
            raise QueryTooCostly(
                "This question would read too much of the database at once "
                f"(estimated {cost / self._max_cost:,.1f} times the limit).",
                "Ask for a shorter period, or for fewer groups.",
            )
        if not chosen and cost <= self._max_cost * _CLEARLY_CHEAP:
            with self._lock:
                self._cheap[statement] = time.monotonic() + _REMEMBERED_S, cost
                if len(self._cheap) > _MOST:
                    self._cheap.popitem(last=False)
        return chosen, cost
