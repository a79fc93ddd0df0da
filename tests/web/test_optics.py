"""The calculators over HTTP: listed with what they take, solved, and refused with the next step."""

from __future__ import annotations

import pytest
from httpx import Client

from prentice.optics.calculators import CALCULATORS, solve


def test_every_calculator_is_listed_and_its_example_works(client: Client) -> None:
    listed = client.get("/v1/optics").json()["calculators"]
    assert [one["name"] for one in listed] == list(CALCULATORS)
    for one in listed:
        response = client.post(f"/v1/optics/{one['name']}", json=one["example"])
        assert response.status_code == 200, response.text
        assert response.json() == solve(one["name"], one["example"]).as_json()


def test_the_answer_has_number_direction_steps_and_convention(client: Client) -> None:
    made = client.post("/v1/optics/prentice", json={"rx": "−6.00", "below": 5}).json()
    assert "3.00 Δ base down" in made["answer"]
    assert made["results"]["vertical"] == {"value": 3.0, "unit": "Δ"}
    assert "0.5 cm × 6.00 D" in made["steps"][0]
    assert "where the eye looks" in made["convention"]
    assert made["drawing"] == {"kind": "base", "degrees": 270.0, "length": 3.0}


@pytest.mark.parametrize(
    ("name", "inputs", "status", "code", "words"),
    [
        ("transpose", {"rx": "-1.00 -2.00 x 200"}, 422, "bad_value", "from 1 to 180"),
        ("transpose", {}, 422, "bad_value", "needs 'rx'"),
        ("transposed", {"rx": "-1.00"}, 404, "unknown_calculator", "no calculator"),
        ("tolerance", {"ordered": "-4.00", "standard": "iso-21987"}, 422, "not_configured", "ISO 21987"),
    ],
)
def test_what_cannot_be_is_told(
    client: Client, name: str, inputs: dict[str, str], status: int, code: str, words: str
) -> None:
    response = client.post(f"/v1/optics/{name}", json=inputs)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert error["next_step"]
