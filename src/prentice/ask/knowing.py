"""The expert's reply and a calculator's solution as the one object that every door gives back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from prentice.ask.contract import Answer, Citation
from prentice.errors import BadValue, NotConfigured
from prentice.knowledge.expert import Expert, Outcome, Reply
from prentice.knowledge.ground import Cited
from prentice.optics.calculators import calculator
from prentice.optics.solution import Solution
from prentice.optics.words import Calculation, Missing

FORMULA = "optics"  # the id of a calculation's citation
CONVENTION = "Convention: "  # begins the step that says what was held to
_UNKNOWN = "I do not know: nothing that I can cite answers that."
_UNSURE = "I am not sure that I have what you ask for. The nearest that I can cite says:"
_REGIONS = {"US": "In the United States", "UK": "In the United Kingdom"}
_WRITTEN = "A language model put this into words; each sentence was checked against the words that are cited."
_SEEN = "This is general information and does not replace an eye examination."


def known(reply: Reply, expert: Expert) -> Answer:
    """Sentences with the passage of each; urgent advice and who decides stand first."""
    said = [c.words for c in reply.said]
    cited = [*reply.said, *reply.apart]
    match reply.outcome:
        case Outcome.answered:
            text = " ".join([*([_UNSURE] if reply.unsure else []), *said, *_elsewhere(reply)])
            return Answer(
                kind="knowledge",
                answer=text,
                citations=citations(cited, expert),
                confidence=round(reply.sure, 2),
                alternatives=list(reply.near),
                notes=[_WRITTEN] if reply.written else [],
            )
        case Outcome.urgent:
            return Answer(
                kind="knowledge",
                answer=" ".join([reply.lead, *said]),
                citations=citations(cited, expert),
                confidence=_rounded(reply),
                code="urgent",
                notes=[_SEEN],
            )
        case Outcome.personal:
            text = " ".join([reply.lead, *(["In general:", *said] if said else [])])
            return Answer(
                kind="refusal",
                answer=text,
                citations=citations(cited, expert),
                confidence=_rounded(reply),
                code="personal",
                notes=[_SEEN] if said else [],
            )
        case Outcome.unknown:
            return Answer(
                kind="refusal",
                answer=_UNKNOWN,
                confidence=_rounded(reply),
                code="not_in_corpus",
                alternatives=list(reply.near),
            )
        case _:
            assert_never(reply.outcome)


def solved(solution: Solution, title: str = "Formula") -> Answer:
    """A calculation: the sentence, its steps, what was held to. `title` is the calculator's."""
    return Answer(
        kind="calculation",
        answer=solution.answer,
        steps=[*solution.steps, f"{CONVENTION}{solution.convention}"],
        citations=[
            Citation(
                id=FORMULA, title=title, source=solution.source, quote=(*solution.steps, solution.answer)[0]
            )
        ],
        notes=list(solution.notes),
        drawing=solution.drawing.as_json() if solution.drawing else None,
    )


def calculated(calculation: Calculation) -> Answer:
    """What no lens has (an axis of 200, an index below 1) is asked back."""
    used = calculator(calculation.calculator)
    try:
        return solved(used.solve(calculation.inputs), used.title)
    except (BadValue, NotConfigured) as wrong:
        return Answer(kind="clarification", answer=str(wrong), code=wrong.code, confidence=0.9)


def asked_back(missing: Missing) -> Answer:
    """What a calculation lacks."""
    return Answer(kind="clarification", answer=missing.question, code="value_missing", confidence=0.8)


def citations(cited: Sequence[Cited], expert: Expert) -> list[Citation]:
    """One for each sentence, in the order in which they are said; the quote is the passage's sentence."""
    return [
        Citation(
            id=c.passage.id,
            title=c.passage.title if c.passage.kind != "answer" else c.passage.heading,
            source="; ".join(source.words for source in expert.source(c.passage))
            or "The practice's own document",
            quote=c.sentence,
            said=c.told or None,
        )
        for c in cited
    ]


def _elsewhere(reply: Reply) -> list[str]:
    if not reply.apart:
        return []
    first, *rest = [c.sentence for c in reply.apart]
    return [f"{_REGIONS[reply.apart_region]}: {first}", *rest]


def _rounded(reply: Reply) -> float:
    return round(min(max(reply.confidence, 0.0), 1.0), 2)
