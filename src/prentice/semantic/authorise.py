"""Who may see what. Cost, margin and staff are the owner's and managers' (`roles` in the models); patients
are theirs who were given them, whatever the role (`GRANT_OF`)."""

from __future__ import annotations

from prentice.errors import Forbidden
from prentice.semantic.conditions import iter_conditions
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Query


def authorise(query: Query, catalogue: Catalogue, role: str, grants: frozenset[str] = frozenset()) -> None:
    """Raise `Forbidden` unless `role`, with these grants, may see every metric and dimension of the query,
    those of its filters included: a filter tells as much as a column. Raises `BadQuery` where a name is
    unknown.
    """
    metrics = [catalogue.metric(n) for n in (*query.metrics, *query.shares, *query.running_totals)]
    for metric in metrics:
        if metric.roles and role not in metric.roles:
            raise Forbidden(
                f"{metric.label} is not shown to the role '{role}'.",
                "Ask someone with the role owner or manager, or ask for revenue or units sold.",
            )
        if metric.grant is not None and metric.grant not in grants:
            raise Forbidden(
                "Figures about patients are shown to those who were given them.",
                f"Ask the practice's owner for the grant '{metric.grant}', or ask about sales or stock.",
            )
    fields = [*query.dimensions, *(c.field for c in iter_conditions(query.filters))]
    for name in fields:
        if name in GRAINS:
            continue
        dimension = catalogue.dimension(name, metrics[0].name)
        if dimension.roles and role not in dimension.roles:
            raise Forbidden(
                f"Figures by {dimension.label.lower()} are not shown to the role '{role}'.",
                "Ask someone with the role owner or manager, or ask for the practice as a whole.",
            )
