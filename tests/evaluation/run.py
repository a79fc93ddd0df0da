"""Put every case to the product and say how each ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from prentice.ask.contract import Answer
from prentice.ask.pipeline import Prentice
from prentice.errors import PrenticeError

from .cases import Case
from .scoring import same_rows

_KIND = {"decline": "refusal", "ask": "clarification"}
Outcome = Literal["right", "wrong", "missed"]


@dataclass(frozen=True)
class Result:
    case: Case
    outcome: Outcome
    answer: Answer | None
    detail: str = ""


def run_cases(
    prentice: Prentice, cases: Iterable[Case], on_each: Callable[[Result], None] | None = None
) -> list[Result]:
    """The cases in their order, each with its outcome.

    `wrong` is confidently wrong: rows that are not right, or rows where none were due. `missed` is a
    refusal or a question back where an answer was due, or the other kind of reply than expected.
    """
    sources: dict[str, psycopg.Connection[Any]] = {}
    results = []
    try:
        for case in cases:
            if case.tenant not in sources:
                tenant = prentice.registry.get(case.tenant)
                sources[case.tenant] = psycopg.connect(prentice.registry.source_url(tenant), autocommit=True)
            result = _judge(prentice, case, sources[case.tenant])
            results.append(result)
            if on_each:
                on_each(result)
    finally:
        for source in sources.values():
            source.close()
    return results


def _judge(prentice: Prentice, case: Case, source: psycopg.Connection[Any]) -> Result:
    tenant = prentice.registry.get(case.tenant)
    # Somebody else asks each one: about patients, what a person was told before is looked at too.
    scope = prentice.registry.scope(case.tenant, today=case.today, principal=case.id)
    try:
        answer = prentice.ask(case.question, scope, context=case.context)
    except PrenticeError as told:
        return Result(case, "right" if "error" in case.also else "missed", None, f"error {told.code}")
    if case.expect == "withheld":
        return _withheld(case, answer, source, tenant.company_id)
    if case.expect != "answer":
        kinds = {_KIND.get(case.expect, case.expect), *(_KIND.get(a, a) for a in case.also)}
        if answer.rows:
            return Result(case, "wrong", answer, "rows where none were due")
        return Result(case, "right" if answer.kind in kinds else "missed", answer, answer.kind)
    if answer.kind != "analytics":
        return Result(case, "missed", answer, f"{answer.kind} {answer.code}: {answer.answer[:100]}")
    if case.shape_only:
        return Result(case, "right" if answer.rows else "missed", answer)
    for sql in case.golds:
        gold = source.execute(sql.replace(":company", _literal(tenant.company_id)).encode()).fetchall()
        if same_rows(
            answer.rows, gold, ordered=case.ordered, optional=case.optional, loose=case.labels_loose
        ):
            return Result(case, "right", answer)
    return Result(case, "wrong", answer, f"got {answer.rows[:3]}")


def _withheld(case: Case, answer: Answer, source: psycopg.Connection[Any], company_id: str) -> Result:
    """A group of few people: nothing is told, or it is said to be withheld and its figure is not there."""
    if answer.kind != "analytics":
        return Result(case, "right", answer)
    figure = None
    if case.hidden:
        gold = source.execute(case.hidden.replace(":company", _literal(company_id)).encode()).fetchone()
        figure = gold[-1] if gold else None
    told = [value for row in answer.rows for value in row]
    fine = answer.withheld > 0 and (figure is None or figure not in told)
    return Result(case, "right" if fine else "wrong", answer, f"got {answer.rows[:3]}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def table(results: Iterable[Result]) -> str:
    """Scores by category, and in all."""
    by: dict[str, Counter[str]] = defaultdict(Counter)
    for r in results:
        for name in (r.case.category, f"style: {r.case.style}", "all"):
            by[name][r.outcome] += 1
    lines = [f"{'category':<22}{'questions':>10}{'right':>8}{'missed':>8}{'wrong':>8}{'score':>9}"]
    for name in sorted(by, key=lambda n: (n == "all", n.startswith("style"), n)):
        c, total = by[name], sum(by[name].values())
        lines.append(
            f"{name:<22}{total:>10}{c['right']:>8}{c['missed']:>8}{c['wrong']:>8}{c['right'] / total:>9.1%}"
        )
    return "\n".join(lines)
