"""Query -> one SELECT. Pure: the same query, catalogue and day give the same text.

defaults (dates) -> resolve (names) -> facts (each aggregated by itself) -> together (added up, never
joined) -> values, shares, running totals -> changes -> having -> order, limit -> safe? -> text.
"""

from __future__ import annotations

from datetime import date

from prentice.semantic.assemble import Assembly
from prentice.semantic.defaults import with_defaults
from prentice.semantic.model import Catalogue
from prentice.semantic.parameters import Parameters
from prentice.semantic.people import compile_people
from prentice.semantic.query import Query
from prentice.semantic.resolve import resolve
from prentice.semantic.safety import assert_safe
from prentice.semantic.statement import Dialect, ResultColumn, Statement
from prentice.semantic.years import in_years, of_patients

__all__ = ["Dialect", "ResultColumn", "Statement", "compile_query"]


def compile_query(
    query: Query, catalogue: Catalogue, *, today: date, dialect: Dialect = "postgres"
) -> Statement:
    """The statement that answers `query` on `today`. Raises `BadQuery` with the next step where it cannot.

    >>> query = Query(metrics=("units_sold",), filters=({"field": "brand", "value": "Aldwych"},))
    >>> statement = compile_query(query, Catalogue.load(), today=date(2026, 10, 31))
    >>> statement.parameters["p1"], [c.name for c in statement.columns]
    ('Aldwych', ['units_sold'])
    """
    parameters = Parameters(today)
    if of_patients(query, catalogue):
        by_years, notes = in_years(query, today)
        resolved = resolve(with_defaults(by_years, catalogue, today), catalogue)
        return compile_people(resolved, parameters, notes, dialect)
    resolved = resolve(with_defaults(query, catalogue, today), catalogue)
    assembly = Assembly(resolved, parameters)
    placeholders = assert_safe(assembly.statement, catalogue)
    return Statement(
        sql=assembly.statement.sql(dialect, copy=False, pretty=True, max_text_width=100),
        parameters=parameters.named(placeholders),
        columns=assembly.columns,
        notes=resolved.notes,
    )
