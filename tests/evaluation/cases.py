"""The question files, as cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

TESTS = Path(__file__).parent.parent


@dataclass(frozen=True)
class Case:
    """One entry; its fields are told in tests/questions/README.md. `golds`: any one of them is right."""

    id: str
    category: str
    style: str
    tenant: str
    today: date
    question: str
    context: tuple[str, ...]
    expect: str  # answer | decline | ask | withheld
    also: tuple[str, ...]
    golds: tuple[str, ...]
    ordered: bool
    optional: frozenset[int]
    labels_loose: bool
    hidden: str | None = None  # of `withheld`: the SQL of the figure that may not be told
    shape_only: bool = False


def read_cases(paths: Iterable[Path], *, tenant: str | None = None) -> list[Case]:
    """Every entry of these files; `tenant` for files that do not name one."""
    cases = []
    for path in sorted(paths):
        content = yaml.safe_load(path.read_text("utf-8"))
        if isinstance(content, list):
            content = {"questions": content}
        defaults = content.get("defaults", {})
        cases += [_case({**defaults, **entry}, tenant, path.stem) for entry in content["questions"]]
    return cases


def _case(entry: dict[str, Any], tenant: str | None, stem: str) -> Case:
    also = entry.get("also", ())
    today = entry.get("today", date(2026, 10, 31))
    return Case(
        id=entry["id"],
        category=entry.get("category", stem),
        style=entry.get("style", "plain"),
        tenant=tenant or entry["tenant"],
        today=today if isinstance(today, date) else date.fromisoformat(today),
        question=entry["question"],
        context=tuple(entry.get("context") or ()),
        expect=entry.get("expect", "answer"),
        also=(also,) if isinstance(also, str) else tuple(also),
        golds=tuple(sql for sql in (entry.get("sql"), *(entry.get("accept") or ())) if sql),
        ordered=bool(entry.get("ordered", False)),
        optional=frozenset(entry.get("optional_columns") or ()),
        labels_loose=bool(entry.get("labels_loose", False)),
        hidden=entry.get("hidden_sql"),
        shape_only=bool(entry.get("shape_only", False)),
    )
