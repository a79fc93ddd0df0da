"""The drawings of calculations: an arrow points where the base is, as seen from the front."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from prentice.optics.calculators import CALCULATORS, solve
from prentice.web.drawings import base_words, drawn

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def ways(drawing: dict[str, Any], name: str = "arrow") -> dict[str, tuple[float, float]]:
    """Of each eye's line: how far it goes to the right of the picture, and how far up."""
    made = drawn(drawing, "k")
    assert made is not None
    found = {}
    for line in parsed(made.svg).iter(f"{SVG}line"):
        if line.get("class") == name:
            x1, y1, x2, y2 = (float(line.get(side) or "nan") for side in ("x1", "y1", "x2", "y2"))
            found[line.get("data-eye") or ""] = (x2 - x1, y1 - y2)
    return found


def of(name: str, **inputs: Any) -> dict[str, Any]:
    made = solve(name, inputs).drawing
    assert made is not None
    return made.as_json()


def test_base_down_points_down_in_both_eyes() -> None:
    told = ways(of("prentice", rx="-6.00", below=5))
    assert set(told) == {"right", "left"}
    assert all(across == 0 and up < 0 for across, up in told.values())


def test_base_up_points_up() -> None:
    assert all(up > 0 for _, up in ways(of("prentice", rx="+4.00", below=5)).values())


@pytest.mark.parametrize(("eye", "base", "side"), [
    ("right", "in", 1), ("right", "out", -1), ("left", "in", -1), ("left", "out", 1),
])  # fmt: skip
def test_in_is_towards_the_nose_which_lies_between_the_eyes(eye: str, base: str, side: int) -> None:
    told = ways(of("prism-combine", prisms=f"3 {base}", eye=eye))
    assert set(told) == {eye}
    assert told[eye][0] * side > 0
    assert told[eye][1] == 0


def test_the_right_eye_stands_on_the_left_of_the_picture() -> None:
    starts = {}
    made = drawn(of("prentice", rx="-6.00", below=5), "k")
    assert made is not None
    for line in parsed(made.svg).iter(f"{SVG}line"):
        starts[line.get("data-eye")] = float(line.get("x1") or "nan")
    assert starts["right"] < starts["left"]


def test_in_and_out_are_mirrored_where_no_eye_was_named_and_a_given_angle_is_not() -> None:
    words = ways(of("prentice", rx="+4.00", temporal=3))  # base in
    assert words["right"][0] > 0 > words["left"][0]
    angle = ways(of("prism-resolve", prism=5, base=45))
    assert angle["right"] == pytest.approx(angle["left"], abs=0.2)
    assert angle["right"][0] > 0
    assert angle["right"][1] > 0


def test_the_caption_says_what_the_arrow_shows() -> None:
    captions = {
        "3.00 Δ base down, both eyes, seen from the front": of("prentice", rx="-6.00", below=5),
        "1.20 Δ base in, both eyes, seen from the front": of("prentice", rx="+4.00", temporal=3),
        "5.00 Δ base in and up in the right eye, base out and up in the left, seen from the front": of(
            "prism-resolve", prism=5, base=45
        ),
        "3.61 Δ base out and up, left eye, seen from the front": of(
            "prism-combine", prisms="3 out, 2 up", eye="left"
        ),
        "Optical centre 4 mm in, each eye, seen from the front": of("decentration", a=52, dbl=18, pd=62),
        "Optical centre 5 mm out, each eye, seen from the front": of(
            "decentre-for-prism", rx="-6.00", prism=3, base="in"
        ),
        "Axis 180, either eye, seen from the front": of("transpose", rx="-2.00 +1.00 x 90"),
    }
    for caption, drawing in captions.items():
        made = drawn(drawing, "k")
        assert made is not None
        assert made.caption == caption
        assert parsed(made.svg).findtext(f"{SVG}desc") == caption


def test_the_words_of_a_base_agree_with_its_arrow() -> None:
    for degrees in range(0, 360, 15):
        for eye in ("right", "left"):
            across, up = ways({"kind": "base", "eye": eye, "degrees": degrees, "length": 1})[eye]
            words = base_words(degrees, eye)
            assert ("up" in words, "down" in words) == (up > 0, up < 0)
            assert ("in" in words) == (across > 0 if eye == "right" else across < 0)


def test_the_new_centre_moves_inwards_in_either_eye() -> None:
    both = ways(of("decentre-for-prism", rx="+4.00", prism=2, base="in"), "moved")
    assert both["right"][0] > 0 > both["left"][0]
    left = ways(of("decentre-for-prism", rx="+4.00", prism=2, base="in", eye="left"), "moved")
    assert left["left"][0] < 0


def test_a_dropped_centre_moves_down() -> None:
    assert all(up < 0 for _, up in ways({"kind": "decentration", "x": 0.0, "y": -4.0}, "moved").values())


@pytest.mark.parametrize(
    ("degrees", "across", "up"), [(0, 1, 0), (45, 1, 1), (90, 0, 1), (135, -1, 1), (180, -1, 0)]
)
def test_an_axis_runs_counter_clockwise_from_the_right(degrees: int, across: int, up: int) -> None:
    (way,) = ways({"kind": "axis", "degrees": degrees}, "axis").values()
    assert [round(v / 10) and (1 if v > 0 else -1) for v in way] == [across, up]


def test_what_is_not_known_is_not_drawn() -> None:
    for given in ({}, {"kind": "sphere"}, {"kind": "base"}, {"kind": "axis", "degrees": float("nan")},
                  {"kind": "decentration", "x": 0, "y": 0}, {"kind": "base", "degrees": "<b>", "length": 1}):  # fmt: skip  # noqa: E501
        assert drawn(given, "k") is None


def test_every_drawing_is_named_and_described_and_stays_in_its_frame() -> None:
    seen = set()
    for calculator in CALCULATORS.values():
        solution = calculator.solve(calculator.example)
        if solution.drawing is None:
            continue
        made = drawn(solution.drawing.as_json(), f'"{calculator.name}')
        assert made is not None, calculator.name
        root = parsed(made.svg)
        names = [
            found.get("id") for kind in ("title", "desc") if (found := root.find(f"{SVG}{kind}")) is not None
        ]
        assert root.get("aria-labelledby") == " ".join(n or "" for n in names)
        _, _, width, height = map(float, (root.get("viewBox") or "").split())
        for line in root.iter(f"{SVG}line"):
            assert all(0 <= float(line.get(x) or "nan") <= width for x in ("x1", "x2"))
            assert all(0 <= float(line.get(y) or "nan") <= height for y in ("y1", "y2"))
        seen.add(solution.drawing.kind)
    assert seen == {"base", "axis", "decentration"}
