"""The Answer object for each way that a question can end."""

from __future__ import annotations

from collections.abc import Sequence

from prentice.ask.answer import compose
from prentice.ask.chips import chips
from prentice.ask.contract import Answer, AnswerRange, Column, Kind
from prentice.errors import BadQuery, Forbidden
from prentice.planner.phrasing import phrase_query
from prentice.planner.plan import Plan
from prentice.planner.refusals import REFUSALS
from prentice.planner.suggest import follow_ups
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query, Range
from prentice.semantic.statement import Statement
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Result


def answered(
    query: Query,
    statement: Statement,
    result: Result,
    scope: TenantScope,
    catalogue: Catalogue,
    plan: Plan | None,
    *,
    notes: Sequence[str],
    hint: str,
) -> Answer:
    """The rows as an answer: sentence, chart, dates, SQL, other readings."""
    columns = [
        Column(
            name=c.name,
            role=c.role,
            metric=c.metric,
            unit=scope.currency if c.unit == "currency" else c.unit,
            label=c.label,
        )
        for c in statement.columns
    ]
    rows = [list(row) for row in result.rows]
    said = list(notes)
    if plan and plan.corrections:
        said.append(
            "Read "
            + ", ".join(f"\u201c{typed}\u201d as \u201c{as_}\u201d" for typed, as_ in plan.corrections)
            + "."
        )
    composed = compose(
        query, columns, rows, scope, catalogue, truncated=result.truncated, notes=notes, hint=hint
    )
    return Answer(
        kind="analytics",
        answer=composed.text,
        range=_range(query),
        query=query.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        sql=statement.sql,
        parameters={name: _plain(value) for name, value in statement.parameters.items()},
        columns=columns,
        rows=rows,
        truncated=result.truncated,
        chart=composed.chart,
        alternatives=list(plan.alternatives) if plan else [],
        confidence=round(plan.confidence, 2) if plan else 1.0,
        notes=said,
        understood=chips(query, catalogue, scope),
        follow_ups=follow_ups(query, catalogue),
        definitions={catalogue.metric(m).label: catalogue.metric(m).description for m in query.metrics},
        cached=result.cached,
    )


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _range(query: Query) -> AnswerRange | None:
    if query.range is None:
        return None
    compared = None
    if query.compare:
        compared = query.compare.range.model_dump(mode="json", by_alias=True, exclude={"assumed"})
        if query.compare.like_for_like:
            compared["like_for_like"] = query.compare.like_for_like.model_dump(
                mode="json", by_alias=True, exclude={"assumed"}
            )
    return AnswerRange.model_validate({**_ends(query.range), "compared_with": compared})


def _ends(range_: Range) -> dict[str, object]:
    return range_.model_dump(mode="json", by_alias=True, exclude={"assumed"})


def without_query(plan: Plan) -> Answer:
    """A refusal or a question back."""
    kind: Kind = "refusal" if plan.outcome == "decline" else "clarification"
    closing = " What I can answer: " if kind == "refusal" else " Did you mean: "
    offers = " / ".join(plan.alternatives[:4])
    text = plan.message + (closing + offers if offers else "")
    return Answer(
        kind=kind,
        answer=text,
        alternatives=list(plan.alternatives),
        confidence=round(plan.confidence, 2),
        code=plan.code,
    )


def not_a_question() -> Answer:
    refusal = REFUSALS["injection"]
    return without_query(
        Plan("decline", 1.0, code=refusal.code, message=refusal.message, alternatives=refusal.offers)
    )


def forbidden(refused: Forbidden) -> Answer:
    return Answer(
        kind="refusal",
        answer=str(refused),
        code=refused.code,
        confidence=1.0,
        alternatives=["What was our revenue last month?", "Units sold by month"],
    )


def unfit(problem: BadQuery, plan: Plan) -> Answer:
    """The question was read, but its parts do not go together."""
    offers = list(plan.alternatives) or [
        "What was our revenue last month?",
        "What were our top 10 products last month?",
    ]
    return Answer(
        kind="clarification",
        answer=f"{problem} Did you mean: {' / '.join(offers)}",
        alternatives=offers,
        code="does_not_apply",
        confidence=0.4,
    )


def passed_over(left: str, plan: Plan, catalogue: Catalogue, scope: TenantScope) -> Answer:
    """The check found a part of the question that the answer would have ignored."""
    assert plan.query is not None
    said = phrase_query(plan.query, catalogue, scope.today)
    offers = list(dict.fromkeys([said, *plan.alternatives, "What was our revenue last month?"]))[:4]
    doubt = f"I could not take \u201c{left}\u201d into account, so I would rather ask."
    text = f"{doubt} Did you mean: {' / '.join(offers)}"
    return Answer(
        kind="clarification", answer=text, alternatives=offers, code="not_understood", confidence=0.4
    )
