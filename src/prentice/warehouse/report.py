"""What a practice's data can answer and what not: found out once, told in plain lines, kept by metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Level = Literal["cannot", "weak", "note"]

# Metrics by the view that bears them, as KPIS.md groups them.
SALES = (
    "revenue",
    "gross_revenue",
    "units_sold",
    "transactions",
    "average_transaction_value",
    "items_per_transaction",
    "discount_amount",
    "discount_rate",
    "revenue_share",
    "units_share",
)
COSTS = ("cost_of_goods", "gross_margin", "gross_margin_rate")
REFUNDS = ("refunds", "refund_amount", "refund_rate")
STOCK = ("stock_on_hand", "low_stock_items", "out_of_stock_items", "active_products", "retail_stock_value")
STOCK_VALUE = ("stock_value", "dead_stock_value", "stock_turns")
STOCK_SALES = ("dead_stock_items", "days_of_stock", "sell_through_rate")
MOVEMENTS = ("units_received", "units_damaged", "units_adjusted")
ORDERS = (
    "orders",
    "open_orders",
    "completed_orders",
    "cancelled_orders",
    "average_turnaround_days",
    "late_orders",
    "on_time_rate",
    "remake_rate",
    "non_adapt_rate",
    "coating_attach_rate",
    "progressive_order_share",
)
APPOINTMENTS = ("appointments", "no_show_rate", "cancellation_rate", "eye_exams", "completed_appointments")
PURCHASING = ("purchase_spend", "purchase_orders", "average_lead_time_days")

BORNE_BY: Mapping[str, tuple[str, ...]] = {
    "sale_lines": (*SALES, *COSTS, "multiple_pair_rate", *STOCK_SALES, "stock_turns"),
    "sales": ("tax_collected", *REFUNDS),
    "products": (*STOCK, *STOCK_VALUE, *STOCK_SALES, "multiple_pair_rate"),
    "stock_movements": MOVEMENTS,
    "orders": ORDERS,
    "appointments": APPOINTMENTS,
    "purchase_orders": PURCHASING,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth knowing. `cannot`: these metrics have no answer here; `weak`: the sentence belongs
    beside their numbers; `note`: for the operator."""

    level: Level
    area: str
    text: str
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How a source looks for one practice. Holds counts and dates, never a row."""

    database: str
    schema: str
    tables: tuple[str, ...]
    shape: tuple[Finding, ...] = ()  # what tables and columns there are: stays until the host changes
    facts: tuple[Finding, ...] = ()  # what the rows were when they were looked at
    counts: Mapping[str, int] = field(default_factory=dict)  # view -> rows of this practice

    def with_facts(self, counts: Mapping[str, int], facts: Iterable[Finding]) -> SourceReport:
        """The report with what the rows tell, as far as the shape has not told it already."""
        untold = set(self.cannot)
        new = tuple(fact for fact in facts if not fact.metrics or set(fact.metrics) - untold)
        return replace(self, facts=new, counts=dict(counts))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.shape, *self.facts)

    @property
    def cannot(self) -> tuple[str, ...]:
        """Metrics without an answer here."""
        return tuple(dict.fromkeys(m for f in self.findings if f.level == "cannot" for m in f.metrics))

    def gaps(self) -> dict[str, str]:
        """Metric -> what must be said beside its number, or instead of it, as long as the shape is so."""
        told: dict[str, list[str]] = {}
        for finding in self.shape:
            if finding.level != "note":
                for metric in finding.metrics:
                    told.setdefault(metric, []).append(finding.text)
        return {metric: " ".join(dict.fromkeys(texts)) for metric, texts in told.items()}

    def lines(self) -> list[str]:
        """For people, one finding a line, what matters most first."""
        head = f"{self.database}, schema {self.schema}: {len(self.tables)} of the host's tables."
        rows = ", ".join(f"{count:,} {view.replace('_', ' ')}" for view, count in self.counts.items())
        order = {"cannot": 0, "weak": 1, "note": 2}
        said = [
            f"{'Cannot be told' if f.level == 'cannot' else f.level.capitalize()} ({f.area}): {f.text}"
            for f in sorted(self.findings, key=lambda f: order[f.level])
        ]
        return [head, *([f"This practice: {rows}."] if rows else []), *said]

    def as_json(self) -> dict[str, Any]:
        return {
            "database": self.database,
            "schema": self.schema,
            "tables": list(self.tables),
            "counts": dict(self.counts),
            "cannot": list(self.cannot),
            "findings": [
                {"level": f.level, "area": f.area, "text": f.text, "metrics": list(f.metrics)}
                for f in self.findings
            ],
        }
