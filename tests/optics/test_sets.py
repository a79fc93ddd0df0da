"""The sets of calculations that were written by somebody who had not seen the reading of words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.optics.grade import grade, mark

SETS = sorted(Path(__file__).parent.glob("calculations*.jsonl"))


@pytest.mark.parametrize("path", SETS, ids=[path.stem for path in SETS])
def test_a_set_is_answered_to_95_per_cent_at_least(path: Path) -> None:
    marks = grade(path)
    wrong = [one for one in marks if not one.right]
    assert len(marks) >= 25
    assert len(wrong) <= 0.05 * len(marks), wrong


def test_the_grader_tells_a_wrong_figure_and_a_missing_word() -> None:
    values = [{"value": -3, "unit": "D", "tolerance": 0.01}]
    item = {
        "question": "transpose -1.00 -2.00 x 45", "values": values, "words": [["plus"]], "missing": None,
    }  # fmt: skip
    assert mark(item) == ""
    assert mark(item | {"values": [{"value": 3, "unit": "D", "tolerance": 0.01}]})
    assert mark(item | {"words": [["base in"]]})
    assert mark(item | {"missing": "the axis"})
