"""The catalogue says what can be asked, and everything it says can be."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import Client

from prentice.semantic.model import Catalogue


@pytest.fixture(scope="module")
def catalog(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/catalog").json()
    return found


def test_every_metric_has_its_definition_unit_and_synonyms(catalog: dict[str, Any]) -> None:
    names = {m["name"] for m in catalog["metrics"]}
    assert names == {m.name for m in Catalogue.load().visible_to("owner", frozenset({"patients"}))}
    assert all(m["description"] and m["unit"] and m["label"] for m in catalog["metrics"])
    revenue = next(m for m in catalog["metrics"] if m["name"] == "revenue")
    assert "takings" in revenue["synonyms"]
    assert {"brand", "staff", "month"} <= set(revenue["dimensions"])


def test_metrics_and_dimensions_name_each_other(catalog: dict[str, Any]) -> None:
    from_metrics = {(m["name"], d) for m in catalog["metrics"] for d in m["dimensions"]}
    from_dimensions = {(m, d["name"]) for d in catalog["dimensions"] for m in d["metrics"]}
    assert from_metrics == from_dimensions


def test_what_the_catalogue_pairs_can_be_asked(client: Client, catalog: dict[str, Any]) -> None:
    for metric in catalog["metrics"]:
        if metric["model"] == "patients":  # the demo has no anonymised copy here; tests/ask makes one
            continue
        body = {
            "tenant": "harbour-optics",
            "metrics": [metric["name"]],
            "dimensions": metric["dimensions"][:1],
            "limit": 3,
        }
        response = client.post("/v1/query", json=body)
        assert response.status_code == 200, (metric["name"], response.text)


def test_the_practices_are_listed_by_name_and_nothing_else_of_them(client: Client) -> None:
    assert client.get("/v1/tenants").json() == {
        "tenants": [
            {"slug": "bluebird-eyecare", "name": "Bluebird Eyecare"},
            {"slug": "harbour-optics", "name": "Harbour Optics"},
        ]
    }
