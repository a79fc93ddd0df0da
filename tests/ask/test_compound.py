"""Two halves as one answer: urgent advice first, each half kept with its evidence, the JSON as it was."""

from __future__ import annotations

from prentice.ask.compound import joined
from prentice.ask.contract import Answer, Citation, Column
from prentice.ask.outgoing import passed

COUNTED = Answer(
    kind="analytics",
    answer="12 are in stock.",
    sql="SELECT 1",
    columns=[Column(name="stock", role="metric", metric="stock", unit="units")],
    rows=[[12]],
)
TOLD = Answer(
    kind="knowledge",
    answer="A 1.67 lens is thin.",
    citations=[Citation(id="a#0", title="Thin", source="Jalie", quote="A 1.67 lens is thin.")],
)
URGENT = TOLD.model_copy(update={"code": "urgent", "answer": "Seek care now: go. A 1.67 lens is thin."})


def test_both_halves_keep_their_evidence_and_the_contract_does_not_grow() -> None:
    both = joined([COUNTED, TOLD])
    assert [part.kind for part in both.parts] == ["analytics", "knowledge"]
    assert both.answer == "12 are in stock. A 1.67 lens is thin."
    assert both.sql == "SELECT 1"
    assert both.citations == TOLD.citations
    assert "parts" not in both.as_json()
    assert "parts" not in Answer.model_json_schema(mode="serialization")["properties"]


def test_what_cannot_wait_stands_first() -> None:
    both = joined([COUNTED, URGENT])
    assert both.answer.startswith("Seek care now")
    assert both.code == "urgent"


def test_the_halves_pass_the_last_look_too() -> None:
    both = joined([COUNTED, TOLD.model_copy(update={"answer": "Write to jo@example.com."})])
    told = passed(both).answer
    assert "jo@" not in told.answer
    assert "jo@" not in told.parts[1].answer
    assert told.parts[0].sql == "SELECT 1"


def test_a_drawing_of_the_second_half_is_kept() -> None:
    solved = Answer(
        kind="calculation", answer="3 Δ.", steps=["P = 3 Δ"], drawing={"kind": "axis", "degrees": 5}
    )
    assert joined([COUNTED, solved]).drawing == {"kind": "axis", "degrees": 5}
