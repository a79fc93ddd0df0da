"""What is said of a database's error. Its own text stays inside: it may hold a value."""

from __future__ import annotations

import re

import psycopg
from psycopg import errors as pg

from prentice.errors import PrenticeError, SourceUnsuitable
from prentice.tenancy.address import unavailable

_VIEW = re.compile(r"\bprentice\.\"?(\w+)")


def told(failure: psycopg.Error, sql: str) -> PrenticeError:
    """The error for whoever asked, from the one that the database gave for this SQL."""
    match failure:
        case pg.UndefinedTable() | pg.UndefinedColumn() | pg.UndefinedFunction():
            return SourceUnsuitable(
                f"This practice's database does not hold what the question needs: {_lacking(failure, sql)}.",
                "Ask about something else; if the database has it since, have the practice connected again.",
            )
        case pg.InsufficientPrivilege():
            return SourceUnsuitable(
                "The practice's login may not read what the question needs.",
                "The operator should connect the practice again with `prentice tenant add`.",
            )
        case psycopg.DataError():
            return SourceUnsuitable(
                "The practice's database holds a value that cannot be calculated with.",
                "Ask for another period or another figure, and tell the operator.",
            )
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return unavailable()
        case _:
            return PrenticeError("The question could not be run.", "Tell the operator the trace id.")


_SPOKEN = {  # columns that a view has only where the source knows them
    "tax": "tax",
    "staff_id": "who sold",
    "refunded_at": "dates of refunds",
    "due_at": "due dates",
    "completed_at": "dates of completion",
    "had_remake": "remakes",
    "had_non_adapt": "non-adapts",
    "lens_type": "lens types",
    "lens_material": "lens materials",
    "coating": "coatings",
    "frame_type": "frame types",
    "prescriber_id": "prescribers",
    "practitioner_id": "practitioners",
    "appointment_type": "types of appointment",
    "total": "amounts",
    "stock_quantity": "how many are in stock",
    "stock_cost": "what products cost",
    "unit_price": "prices of products",
    "delivered_at": "dates of delivery",
}


def _lacking(failure: psycopg.Error, sql: str) -> str:
    """What is missing, in the trade's words. The database's message names it, in whatever language."""
    named = {word.removesuffix("_key") for word in re.findall(r"\w+", failure.diag.message_primary or "")}
    spoken = [words for column, words in _SPOKEN.items() if column in named]
    views = sorted({name for name in _VIEW.findall(sql) if name in named or not spoken})
    return " and ".join([*spoken, *(view.replace("_", " ") for view in views)])
