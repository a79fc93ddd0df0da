"""The registry: every calculator has a whole answer, and what cannot be is refused with the next step."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from prentice.errors import BadValue, NotConfigured, UnknownCalculator
from prentice.optics.calculators import CALCULATORS, calculator, solve
from prentice.optics.words.bench import BENCH
from prentice.optics.words.contact import CONTACT
from prentice.optics.words.lexicon import lexicon
from prentice.optics.words.power import POWERS
from prentice.optics.words.prism import PRISMS

every = pytest.mark.parametrize("name", list(CALCULATORS))


def told(name: str, inputs: dict[str, Any]) -> str:
    """The answer, or the reason why there is none. Any other exception is a defect."""
    try:
        return solve(name, inputs).answer
    except (BadValue, NotConfigured) as error:
        return f"{error.message} {error.next_step}"


@every
def test_its_example_has_a_whole_answer(name: str) -> None:
    made = CALCULATORS[name].solve(CALCULATORS[name].example)
    assert made.answer.endswith((".", "°."))
    assert made.results
    assert made.convention
    assert made.source
    assert made.steps or name == "check-prescription"
    assert json.loads(json.dumps(made.as_json(), allow_nan=False))["answer"] == made.answer
    assert "nan" not in f"{made.as_json()}".lower()


@every
def test_each_of_its_inputs_is_described(name: str) -> None:
    for given, description, _, _ in CALCULATORS[name].fields():
        assert description, given


@every
def test_it_is_frozen_and_its_description_is_json(name: str) -> None:
    found = CALCULATORS[name]
    assert json.dumps(found.described())
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "another"  # type: ignore[misc]


@every
def test_it_refuses_what_it_does_not_know_and_what_is_no_number(name: str) -> None:
    example = dict(CALCULATORS[name].example)
    with pytest.raises(BadValue, match="has no input 'colour'"):
        solve(name, example | {"colour": "red"})
    for key in example:
        for nonsense in (
            "",
            "x" * 500,
            [1],
            {"a": {"b": 1}},
            float("nan"),
            float("inf"),
            10**400,
            True,
            None,
        ):
            assert told(name, example | {key: nonsense})


def test_a_calculator_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(UnknownCalculator, match="Did you mean 'transpose'"):
        calculator("transpos")
    assert calculator("Effective_Power").name == "effective-power"


def test_every_word_leads_to_a_calculator_that_there_is() -> None:
    named = {cue.calculator for cue in lexicon().cues}
    assert named == {*POWERS, *CONTACT, *PRISMS, *BENCH}
    assert named <= set(CALCULATORS)
    keys = {words.key for words in lexicon().labels}
    assert all(set(cue.labels) <= keys for cue in lexicon().cues)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("transpose", {"rx": "-1.00 -2.00 x 200"}, "An axis is from 1 to 180; 200 is not. Did you mean 20?"),
    ("transpose", {"rx": "-1.00 -2.00 x 185"}, "Did you mean 5?"),
    ("transpose", {"rx": {"sphere": -1, "cylinder": -2, "axis": -10}}, "from 1 to 180"),
    ("transpose", {"rx": "-1.00 -2.00"}, "has no axis"),
    ("transpose", {"rx": "-100 -2.00 x 90"}, r"Did you mean −1.00\?"),
    ("transpose", {"rx": "minus six"}, "cannot be read"),
    ("transpose", {"rx": "6.00"}, "has no sign"),
    ("transpose", {"rx": "-6.00 hello"}, "cannot be read"),
    ("transpose", {}, "needs 'rx'"),
    ("vertex", {"rx": "-12", "from": 12}, "needs 'to'"),
    ("vertex", {"rx": "-12", "from": 12, "to": 120}, "at most 30"),
    ("vertex", {"rx": "+50", "from": 30, "to": 0}, "reaches its own focus"),
    ("prentice", {"rx": "-6"}, "needs where the eye looks"),
    ("prentice", {"rx": "-6", "below": -5}, "at least 0"),
    ("prentice", {"rx": "-6", "belowe": 5}, "Did you mean 'below'"),
    ("prentice", {"rx": "-3.00 -2.00 x 30", "below": 5}, "Which eye"),
    ("prentice", {"rx": "-6", "below": 5, "eye": "third"}, "right .* or left"),
    ("decentre-for-prism", {"rx": "0", "prism": 2, "base": "in"}, "too little power"),
    ("decentre-for-prism", {"rx": "+4", "prism": 2, "base": "sideways"}, "in, out, up or down"),
    ("prism-combine", {"prisms": "3 in, 3 out"}, "cancel"),
    ("prism-combine", {"prisms": "nothing"}, "No prism"),
    ("prism-combine", {"prisms": "3 base 400"}, "0 to 360"),
    ("prism-combine", {"prisms": "3 base 45, 2 in"}, "Which eye"),
    ("decentration", {"a": 50, "dbl": 20, "pd": 64, "right_pd": 30, "left_pd": 32}, "sum to 62 mm, not 64"),
    ("minimum-blank", {"a": 50, "dbl": 20, "ed": 55}, "A PD is needed"),
    ("sag", {"power": 10, "diameter": 100, "index": 1.5}, "narrower than 100 mm"),
    ("edge-thickness", {"rx": "+6", "index": 1.5, "diameter": 60, "centre": 1}, "would vanish"),
    ("edge-thickness", {"rx": "-6", "diameter": 60, "centre": 1}, "Of which material"),
    ("edge-thickness", {"rx": "-6", "diameter": 60, "centre": 1, "material": "wood"}, "not known here"),
    ("centre-thickness", {"rx": "-6", "index": 1.5, "diameter": 60}, "thinnest in its centre"),
    ("acuity", {"acuity": "6/0"}, "above 0"),
    ("acuity", {"acuity": "good"}, "cannot be read"),
    ("acuity", {"acuity": "50"}, "outside"),
    ("tolerance", {"ordered": "-4.00", "standard": "iso-21987"}, "not configured"),
    ("prism-tolerance", {"right": "-4", "left": "-4", "horizontal": 1, "kind": "progressive"}, "not held"),
    ("tilt", {"rx": "-6", "pantoscopic": 8, "wrap": 6}, "Which eye"),
    ("chromatic", {"rx": "-6", "distance": 10}, "'abbe' or 'material'"),
    ("check-prescription", {"rx": "nothing at all"}, "No power"),
]


@pytest.mark.parametrize(("name", "inputs", "words"), REFUSED)
def test_what_cannot_be_is_refused_with_the_reason(name: str, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises((BadValue, NotConfigured), match=words):
        solve(name, inputs)


def test_iso_21987_is_judged_by_the_table_that_the_user_has_licensed() -> None:
    bands = [{"up_to": 10, "limit": 0.5}, {"limit": 10, "percent": True}]
    table = {
        "title": "A table of a test",
        "sphere": bands,
        "cylinder": bands,
        "axis": [{"limit": 5}],
        "add": bands,
    }
    asked = {"ordered": "-4.00", "made": "-4.40", "standard": "iso-21987", "table": table}
    made = solve("tolerance", asked)
    assert made.results["verdict"].value == "pass"
    assert made.source == "A table of a test"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("OD -2.00 -0.50 x 90 OS -2.25 DS", set()),
        ("OD -2.00 -0.50 x 200 OS -2.25", {"axis"}),
        ("OD -2.00 -0.50 x 0 OS -2.25", {"axis_zero"}),
        ("OD -2.00 -0.50 OS -2.25", {"no_axis"}),
        ("OD +3.00 OS -2.75", {"opposite_signs"}),
        ("OD -1.00 OS -3.50", {"anisometropia"}),
        ("OD -2.00 -0.50 x 90 OS -2.25 +0.50 x 90", {"cylinder_forms"}),
        ("OD -2.10 OS -2.25", {"sphere_step"}),
        ("OD -2.12 OS -2.25", {"sphere_eighth"}),
        ("OD -200 OS -2.25", {"sphere", "anisometropia", "no_vertex"}),
        ("OD -1.00 OS -1.00 progressive", {"no_add"}),
        ("OD -1.00 OS -1.00 add 2.00 progressive PD 63", set()),
        ("OD -1.00 OS -1.00 add 2.00 single vision", {"add_unused"}),
        ("OD -1.00 OS -1.00 add -2.00 bifocal", {"add"}),
        ("OD -1.00 OS -1.00 add 4.00 bifocal", {"add_range"}),
        ("OD -1.00 OS -1.00 PD 64 mono pd 31/32", {"pd_sum"}),
        ("OD -1.00 OS -1.00 mono pd 28/35", {"pd_uneven"}),
        ("OD -1.00 OS -1.00 PD 38", {"pd"}),
        ("OD -6.00 OS -6.25", {"no_vertex"}),
        ("OD -6.00 OS -6.25 bvd 12", set()),
    ],
)
def test_what_looks_wrong_in_a_prescription(text: str, codes: set[str]) -> None:
    found = set(solve("check-prescription", {"rx": text}).results) - {"verdict", "findings"}
    assert found == codes


def test_the_directions_of_a_gaze_and_of_a_moved_centre_are_opposite_and_both_are_told() -> None:
    gaze = solve("prentice", {"rx": "+4.00", "nasal": 3})
    moved = solve("prentice", {"rx": "+4.00", "nasal": 3, "point": "decentration"})
    assert gaze.results["horizontal_base"].value == "out"
    assert moved.results["horizontal_base"].value == "in"
    assert "where the eye looks" in gaze.convention
    assert "decentration" in moved.convention


def test_an_oblique_cylinder_names_the_shortcut_that_others_take() -> None:
    made = solve("prentice", {"rx": "-3.00 -2.00 x 30", "below": 5, "nasal": 3, "eye": "OD"})
    assert made.results["vertical"].value == 2.51
    assert "1.05 Δ base in and 2.25 Δ base down" in made.notes[0]
    assert made.drawing is not None
    assert made.drawing.as_json()["kind"] == "base"
