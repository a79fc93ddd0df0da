"""Feedback over HTTP, by the card's form, and on the practice's page: who may say it, and who may see it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from httpx import Client, Response
from people import SignedIn, signed_in

from prentice.ask.pipeline import Prentice
from prentice.audit.read import page as entries
from prentice.identity.roles import Role
from prentice.tenancy.export import export_tenant

HARBOUR, BLUEBIRD = "harbour-optics", "bluebird-eyecare"
PAGE = f"/practices/{HARBOUR}/feedback"


def ask(client: Client, who: SignedIn, question: str, tenant: str = HARBOUR) -> dict[str, Any]:
    body = {"tenant": tenant, "question": question}
    answer: dict[str, Any] = client.post("/v1/ask", json=body, headers=who.headers).json()
    return answer


def say(client: Client, who: SignedIn, trace_id: str, tenant: str = HARBOUR, **said: object) -> Response:
    body = {"tenant": tenant, "trace_id": trace_id, **said}
    return client.post("/v1/feedback", json=body, headers=who.headers)


def post(client: Client, who: SignedIn, path: str, **fields: str) -> Response:
    return client.post(path, data={"csrf": who.csrf, **fields}, headers={"Cookie": who.headers["Cookie"]})


def newest(demo: Prentice, slug: str = HARBOUR) -> dict[str, Any]:
    tenant_id = demo.registry.get(slug).id
    return dict(entries(demo.servers.platform_url, tenant_id, limit=1).lines[0].entry)


@pytest.fixture(scope="module")
def answer(client: Client, dispenser: SignedIn) -> dict[str, Any]:
    return ask(client, dispenser, "What is the vertex distance?")


def test_who_got_an_answer_says_what_it_was_worth(
    client: Client, demo: Prentice, dispenser: SignedIn, answer: dict[str, Any]
) -> None:
    said = say(client, dispenser, answer["trace_id"], thumbs="down", rating=2)
    assert said.status_code == 200, said.text
    assert said.json() == {
        "trace_id": answer["trace_id"], "thumbs": "down", "rating": 2, "correction": None,
    }  # fmt: skip
    entry = newest(demo)
    assert (entry["action"], entry["decision"], entry["who"]) == (
        "feedback_given", "allowed", dispenser.user_id,
    )  # fmt: skip
    assert entry["facts"] == {"answer": answer["trace_id"], "said": ["thumbs", "rating"]}
    held = demo.feedback.exported(demo.registry.get(HARBOUR).id)[-1]
    assert (held["kind"], held["question"]) == (answer["kind"], "What is the vertex distance?")


def test_nobody_else_says_it_for_them(
    client: Client, demo: Prentice, manager: SignedIn, stranger: SignedIn, answer: dict[str, Any]
) -> None:
    owner = signed_in(demo)  # of both practices
    for who, tenant, code in (
        (manager, HARBOUR, "unknown_answer"),
        (owner, BLUEBIRD, "unknown_answer"),
        (stranger, BLUEBIRD, "unknown_answer"),
        (stranger, HARBOUR, "unknown_tenant"),
    ):
        refused = say(client, who, answer["trace_id"], tenant, thumbs="up")
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, code)
    assert newest(demo, BLUEBIRD)["code"] == "unknown_answer"


@pytest.mark.parametrize(
    "said",
    [
        {}, {"thumbs": "sideways"}, {"rating": 0}, {"rating": 6}, {"rating": True}, {"rating": "5"},
        {"correction": ""}, {"correction": " \n "}, {"correction": "x" * 2_001}, {"correction": "a\0b"},
        {"thumbs": "up", "role": "owner"},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_said_is_refused(
    client: Client, dispenser: SignedIn, answer: dict[str, Any], said: dict[str, object]
) -> None:
    assert say(client, dispenser, answer["trace_id"], **said).status_code == 422


def test_a_card_has_the_buttons_and_they_work_without_scripts(client: Client, dispenser: SignedIn) -> None:
    params = {"tenant": HARBOUR, "q": "What is the vertex distance?"}
    html = client.get("/", params=params, headers=dispenser.headers).text
    assert html.count('name="thumbs"') == 2
    assert "Correct this" in html
    assert f'name="csrf" value="{dispenser.csrf}"' in html
    trace = re.search(r'name="trace_id" value="([^"]+)"', html)
    assert trace
    fields = {"tenant": HARBOUR, "trace_id": trace[1], "thumbs": "up", "correction": "", "rating": ""}
    sent = post(client, dispenser, "/page/feedback", **fields)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/?tenant={HARBOUR}&noted=1")
    assert "Noted. Thank you." in client.get(sent.headers["location"], headers=dispenser.headers).text
    forged = client.post("/page/feedback", data=fields, headers={"Cookie": dispenser.headers["Cookie"]})
    assert forged.status_code == 403


def test_the_page_shows_what_was_said_and_what_was_not_answered(
    client: Client, demo: Prentice, dispenser: SignedIn, manager: SignedIn
) -> None:
    for _ in range(2):
        ask(client, dispenser, "How does a chronograph escapement work?")
    got = ask(client, dispenser, "What does a lens clock measure?")
    say(client, dispenser, got["trace_id"], thumbs="up", correction="<b>Mr John Smith</b> says curvature.")
    html = client.get(PAGE, headers=manager.headers).text
    entry = newest(demo)
    assert (entry["action"], entry["facts"]) == ("shown", {"what": "feedback"})
    assert "How does a chronograph escapement work?" in html
    assert "&lt;b&gt;" in html
    assert "John Smith" not in html
    assert html.count('<svg class="bar"') == 24
    found = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>([^<]+)</dd></div>", html))
    assert int(found["Questions"].replace(",", "")) >= 3
    assert int(found["People who asked"]) >= 1


def test_a_correction_becomes_a_candidate_by_review(
    client: Client, demo: Prentice, dispenser: SignedIn, manager: SignedIn
) -> None:
    tenant_id = demo.registry.get(HARBOUR).id
    got = ask(client, dispenser, "What is a slab-off?")
    say(client, dispenser, got["trace_id"], correction="A bicentric grind that takes vertical prism away.")
    waiting = next(one for one in demo.feedback.waiting(tenant_id) if one.trace_id == got["trace_id"])
    done = post(client, manager, f"{PAGE}/{waiting.id}", verdict="corpus")
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=corpus")
    entry = newest(demo)
    assert (entry["action"], entry["facts"]) == (
        "feedback_reviewed", {"feedback": waiting.id, "verdict": "corpus"},
    )  # fmt: skip
    assert [c.id for c in demo.feedback.candidates(tenant_id)] == [waiting.id]
    assert post(client, manager, f"{PAGE}/{waiting.id}", verdict="reject").status_code == 404
    assert post(client, manager, f"{PAGE}/{waiting.id}", verdict="publish").status_code == 422


def test_only_owners_and_managers_of_the_practice_see_and_review(
    client: Client, demo: Prentice, stranger: SignedIn, dispenser: SignedIn
) -> None:
    auditor = signed_in(demo, Role.auditor, (HARBOUR,), grants=())
    for who, status in ((dispenser, 403), (auditor, 403), (stranger, 404)):
        assert client.get(PAGE, headers=who.headers).status_code == status
        assert post(client, who, f"{PAGE}/f_1", verdict="reject").status_code == status
    own = client.get(f"/practices/{BLUEBIRD}/feedback", headers=stranger.headers).text
    assert "curvature" not in own
    assert "chronograph" not in own


def test_an_export_of_the_practice_holds_it(
    demo: Prentice, tmp_path: Path, client: Client, dispenser: SignedIn, answer: dict[str, Any]
) -> None:
    say(client, dispenser, answer["trace_id"], correction="It is 12 mm.")
    out = tmp_path / "export"
    export_tenant(demo.registry, HARBOUR, out, home=tmp_path, hooks=demo.hooks)
    lines = [json.loads(line) for line in (out / "feedback.jsonl").read_text().splitlines()]
    assert "It is 12 mm." in [line["correction"] for line in lines]
    assert (out / "feedback_candidates.jsonl").exists()
