"""The Answer object for each way that a question can end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prentice.ask.answer import compose
from prentice.ask.chips import chips
from prentice.ask.contract import Answer, AnswerRange, Column, Kind
from prentice.ask.declined import SAID
from prentice.ask.injection.families import Family
from prentice.errors import BadQuery, Forbidden, NoCopy
from prentice.planner.phrasing import phrase_query
from prentice.planner.plan import Plan
from prentice.planner.suggest import follow_ups
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query, Range
from prentice.semantic.statement import Statement
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Result

_FIRST_SENTENCE = re.compile(r".*?[.?!](?: |$)", re.DOTALL)
_SURE = "What was our revenue last month?"  # answered for every practice that has sold anything


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
    columns = _columns(statement, scope.currency)
    rows = [list(row) for row in result.rows]
    composed = compose(
        query,
        columns,
        rows,
        scope,
        catalogue,
        truncated=result.truncated,
        notes=notes,
        withheld=result.withheld,
        hint=hint,
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
        withheld=result.withheld,
        truncated=result.truncated,
        chart=composed.chart,
        alternatives=list(plan.alternatives) if plan else [],
        confidence=round(plan.confidence, 2) if plan else 1.0,
        notes=[*notes, *_corrected(plan)],
        understood=chips(query, catalogue, scope),
        follow_ups=follow_ups(query, catalogue),
        definitions={catalogue.metric(m).label: catalogue.metric(m).description for m in query.metrics},
        cached=result.cached,
    )


def _columns(statement: Statement, currency: str) -> list[Column]:
    return [
        Column(
            name=c.name,
            role=c.role,
            metric=c.metric,
            unit=currency if c.unit == "currency" else c.unit,
            label=c.label,
        )
        for c in statement.columns
    ]


def _corrected(plan: Plan | None) -> list[str]:
    if plan is None:
        return []
    said = [plan.remark] if plan.remark else []
    left = [*said, f"Left aside: \u201c{plan.aside}\u201d."] if plan.aside else said
    if not plan.corrections:
        return left
    pairs = ", ".join(f"\u201c{typed}\u201d as \u201c{read}\u201d" for typed, read in plan.corrections)
    return [f"Read {pairs}.", *left]


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _range(query: Query) -> AnswerRange | None:
    if query.range is None:
        return None
    compared = None
    if query.compare:
        compared = _ends(query.compare.range)
        if query.compare.like_for_like:
            compared["like_for_like"] = _ends(query.compare.like_for_like)
    return AnswerRange.model_validate({**_ends(query.range), "compared_with": compared})


def _ends(range_: Range) -> dict[str, object]:
    return range_.model_dump(mode="json", by_alias=True, exclude={"assumed"})


def offered(answer: Answer) -> str | None:
    """The question nearest to one that the data cannot answer as it stands; None where none is near."""
    near = answer.alternatives[0] if answer.code == "does_not_apply" and answer.alternatives else None
    return None if near == _SURE else near


def instead(unfit: Answer, nearest: Answer) -> Answer:
    """What the data do hold in place of what they do not, and that it is not the same; `unfit` alone where
    the nearest could not be answered either."""
    if nearest.kind != "analytics":
        return unfit
    why = _FIRST_SENTENCE.match(unfit.answer)
    return nearest.model_copy(update={"answer": f"{why[0] if why else ''}Instead: {nearest.answer}"})


def without_query(plan: Plan) -> Answer:
    """A refusal or a question back."""
    kind: Kind = "refusal" if plan.outcome == "decline" else "clarification"
    closing = "What I can answer" if kind == "refusal" else "Did you mean"
    offers = " / ".join(plan.alternatives[:4])
    return Answer(
        kind=kind,
        answer=f"{plan.message} {closing}: {offers}" if offers else plan.message,
        alternatives=list(plan.alternatives),
        confidence=round(plan.confidence, 2),
        code=plan.code,
    )


def declined(family: Family) -> Answer:
    """A question that the guard did not let through: why in plain words, and none of its own."""
    said = SAID[family]
    return without_query(Plan("decline", 1.0, code=said.code, message=said.message, alternatives=said.offers))


def unavailable(cause: Forbidden | NoCopy) -> Answer:
    """The question was read, but the role may not see it, or the practice has no copy to answer it from."""
    return Answer(
        kind="refusal",
        answer=str(cause),
        code=cause.code,
        confidence=1.0,
        alternatives=[_SURE, "Units sold by month"],
    )


def unfit(problem: BadQuery, plan: Plan) -> Answer:
    """The question was read, but its parts do not go together."""
    offers = list(plan.alternatives) or [_SURE, "What were our top 10 products last month?"]
    return _ask_back(str(problem), offers, "does_not_apply")


def passed_over(left: str, plan: Plan, catalogue: Catalogue, scope: TenantScope) -> Answer:
    """The check found a part of the question that the answer would have ignored."""
    assert plan.query is not None
    said = phrase_query(plan.query, catalogue, scope.today)
    offers = list(dict.fromkeys([said, *plan.alternatives, _SURE]))[:4]
    doubt = f"I could not take \u201c{left}\u201d into account, so I would rather ask."
    return _ask_back(doubt, offers, "not_understood")


def _ask_back(doubt: str, offers: list[str], code: str) -> Answer:
    return Answer(
        kind="clarification",
        answer=f"{doubt} Did you mean: {' / '.join(offers)}",
        alternatives=offers,
        code=code,
        confidence=0.4,  # as of a plan that asks: read, but not to be answered as it stands
    )
