"""No stranger's page reaches the server through the browser of someone who sits before it."""

from __future__ import annotations

import httpx
import pytest
from httpx import Client
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.audit.read import page
from prentice.settings import Settings
from prentice.web.bodies import depth
from prentice.web.doors import from_elsewhere, hostname
from web.live import live

ASKED = {"question": "revenue today", "tenant": "harbour-optics"}


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example", "localhost evil"]
)
def test_a_name_that_is_not_ours_is_refused(client: Client, host: str) -> None:
    response = client.get("/healthz", headers={"Host": host})
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "unknown_host"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1:8000", "[::1]:8000"])
def test_names_of_this_machine_are_answered_on_any_port(client: Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_further_name_is_answered_where_it_was_given(demo: Prentice, session_settings: Settings) -> None:
    with live(create_app(session_settings, engine=demo, hosts=["Prentice.example"])) as url:
        assert httpx.get(f"{url}/healthz", headers={"Host": "prentice.example"}).status_code == 200
        assert httpx.get(f"{url}/healthz", headers={"Host": "other.example"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
def test_a_post_from_another_page_is_refused(client: Client, headers: dict[str, str]) -> None:
    for path in ("/v1/ask", "/v1/query", "/page/answer"):
        response = client.post(path, json=ASKED, headers=headers)
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "cross_origin"


def test_another_page_cannot_load_our_files_or_frame_us_but_may_link_to_us(client: Client) -> None:
    image = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    frame = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    asked = {"q": "revenue today", "tenant": "harbour-optics"}
    assert client.get("/", params=asked, headers=image).status_code == 403
    assert client.get("/", params=asked, headers=frame).status_code == 403
    assert client.get("/", params=asked, headers=link).status_code == 200


def test_a_link_on_another_site_fills_the_box_and_asks_nothing(client: Client, demo: Prentice) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    own = {**link, "Sec-Fetch-Site": "none"}  # typed, or a bookmark
    asked = {"q": "revenue in march", "tenant": "harbour-optics"}
    tenant = demo.registry.get("harbour-optics").id

    def lines() -> int:
        return next((line.seq for line in page(demo.servers.platform_url, tenant, limit=1).lines), 0)

    before = lines()
    shown = client.get("/", params=asked, headers=link)
    assert 'value="revenue in march"' in shown.text
    assert '<article class="card' not in shown.text.partition('<template id="unreachable">')[0]
    assert lines() == before
    assert '<article class="card' in client.get("/", params=asked, headers=own).text
    assert lines() == before + 1


def test_our_own_page_and_programs_are_served(client: Client, address: str) -> None:
    own = {"Origin": address, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    assert client.post("/v1/ask", json=ASKED, headers=own).status_code == 200
    assert client.post("/v1/ask", json=ASKED).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/v1/catalog", "/static/page.js", "/nothing", "/openapi.json"]
)
def test_every_response_tells_the_browser_to_run_and_load_only_what_is_ours(
    client: Client, path: str
) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert len(headers["x-request-id"]) == 32
    assert "access-control-allow-origin" not in headers


@given(st.text(max_size=60))
def test_any_host_header_is_read_without_failing(host: str) -> None:
    assert isinstance(hostname(host), str)


@given(st.sampled_from(["GET", "POST"]), st.text(max_size=30).filter(str.isascii))
def test_any_origin_is_judged_without_failing(method: str, origin: str) -> None:
    from_elsewhere(method, Headers({"origin": origin, "host": "127.0.0.1"}))


@given(
    st.recursive(st.none() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=20)
)
def test_depth_is_that_of_the_parsed_value(value: object) -> None:
    import json

    def deep(part: object) -> int:
        return 1 + max(map(deep, part), default=0) if isinstance(part, list) else 0

    assert depth(json.dumps(value).encode()) == deep(value)
