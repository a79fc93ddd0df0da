"""The golden pairs: a query, and the text that it compiles to for each database.

`query` is written by hand; `postgres` and `duckdb` by `regenerate.py`, whose difference is then read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from small_practice import TODAY

from prentice.semantic.compile import Statement, compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.glob("*.yml"))
PEOPLE = sorted((Path(__file__).parent / "golden_people").glob("*.yml"))  # put to the anonymised copy


def read(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(path.read_text("utf-8")))


def compiled(pair: dict[str, Any]) -> tuple[Statement, Statement]:
    """For PostgreSQL, and for DuckDB."""
    query, catalogue = Query.model_validate(pair["query"]), Catalogue.load()
    return (
        compile_query(query, catalogue, today=TODAY),
        compile_query(query, catalogue, today=TODAY, dialect="duckdb"),
    )
