"""Each practice's own values, kept as an index until its data change."""

from __future__ import annotations

import threading

from prentice.planner.words import phrase
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Warehouse
from prentice.warehouse.reading import Spend

_KEPT = 200  # practices whose index stays in memory


def _free(cost: float) -> None:
    """Suggestions: there is no question to count them with."""


class Vocabulary:
    """`of(scope)` gives that practice's index; it is built anew when the warehouse hands out new values."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._lock = threading.Lock()
        self._indexes: dict[str, tuple[object, ValueIndex]] = {}

    def of(self, scope: TenantScope, spend: Spend = _free) -> ValueIndex:
        """`spend` is told what reading them anew costs. Raises `SourceUnavailable` where the practice's
        database does not answer."""
        values = self._warehouse.values(scope, spend=spend)
        with self._lock:
            known = self._indexes.get(scope.tenant_id)
            if known is not None and known[0] is values:
                return known[1]
        index = ValueIndex.build(values, phrase)
        with self._lock:
            while len(self._indexes) >= _KEPT:
                self._indexes.pop(next(iter(self._indexes)))
            self._indexes[scope.tenant_id] = (values, index)
        return index
