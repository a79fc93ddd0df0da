"""Questions to start from, and to go on with: each is one that the planner reads."""

from __future__ import annotations

from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Query
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope

MANAGING = ("owner", "manager", "auditor")


def suggest(scope: TenantScope, values: ValueIndex, catalogue: Catalogue) -> list[str]:
    """Six questions: sales and staff for those who manage, stock and orders for those at the counter."""
    brands = sorted(
        {m.value for found in values.phrases.values() for m in found if m.dimension == "brand" and m.exact}
    )
    brand = brands[0] if brands else None
    if scope.role in MANAGING:
        return [
            "What were our top 3 selling frames last month?",
            "Revenue this month compared with last month",
            "Revenue by staff member last month",
            f"How many {brand} did we sell this year?" if brand else "Units sold by product type this year",
            "What is our remake rate by lens type?",
            "Which products are low in stock?",
        ]
    return [
        "Which products are low in stock?",
        f"Stock of {brand} by model" if brand else "Stock by product type",
        "How many open orders do we have?",
        "Which orders are late, by lens type?",
        "What were our top 3 selling frames last month?",
        "How many appointments do we have next week?",
    ]


def follow_ups(query: Query, catalogue: Catalogue) -> list[str]:
    """Two or three short questions that lean on this one."""
    metric = catalogue.metric(query.metrics[0])
    offers: list[str] = []
    for name in ("category", "brand", "staff", "age_group", "lens_type", "practitioner", "supplier"):
        if name in metric.dimensions and name not in query.dimensions:
            offers.append(f"And by {catalogue.dimension(name, metric.name).label.lower()}?")
    offers = offers[:2]
    if metric.over_time and query.grain is None and not query.limit:
        offers.append("And by year?" if metric.model == "patients" else "And by month?")
    if (
        metric.dated
        and query.compare is None
        and query.range is not None
        and query.grain not in GRAINS[3:]
        and metric.model != "patients"
        and not query.include_empty
    ):
        offers.append("Compared with the same period last year?")
    return offers[:3]
