"""The practice's own documents over HTTP and on the page: added, seen, restored, removed, written down."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from httpx import Client, Response
from people import COOKIE, SignedIn, person

from prentice.ask.pipeline import Prentice
from prentice.audit.read import page
from prentice.identity.roles import Permission, Role
from prentice.web.bodies import MAX_UPLOAD

OURS, THEIRS = "harbour-optics", "bluebird-eyecare"
pytestmark = pytest.mark.timeout(300)  # whoever adds first waits for the redactor
AT = {"tenant": OURS}
RULES = b"Remakes are free within sixty days."


def signed_in(demo: Prentice, name: str, role: Role, *slugs: str) -> SignedIn:
    user_id = person(demo, f"{name}@documents.example", *slugs, role=role)
    token, session = demo.identity.sessions.open_session(user_id, True, "127.0.0.1", "A test")
    return SignedIn(user_id, token, session.csrf)


@pytest.fixture
def manager(demo: Prentice) -> Iterator[SignedIn]:
    yield signed_in(demo, "manager", Role.manager, OURS)
    for slug in (OURS, THEIRS):
        scope = demo.registry.scope(slug)
        for id in {one.id for one in demo.library.all(scope)}:
            demo.library.remove(scope, id)


@pytest.fixture
def http(address: str) -> Iterator[Client]:
    with Client(base_url=address, timeout=90) as client:
        yield client


def add(http: Client, who: dict[str, str], content: bytes = RULES, name: str = "House rules.txt") -> Response:
    return http.post("/v1/documents", params=AT, files={"file": (name, content)}, headers=who)


def newest(demo: Prentice) -> dict[str, Any]:
    chain = demo.registry.get(OURS).id
    return dict(page(demo.servers.platform_url, chain, limit=1).lines[-1].entry)


def test_a_document_is_added_seen_restored_and_removed_by_a_key(
    demo: Prentice, http: Client, manager: SignedIn
) -> None:
    part = demo.registry.get(OURS).id
    made = demo.identity.api_keys.make(
        manager.user_id, part, name="A till", scopes=[Permission.documents], days=1
    )
    key = {"X-Api-Key": made.text}
    first = add(http, key)
    assert first.status_code == 201, first.text
    id = first.json()["id"]
    entry = newest(demo)
    assert (entry["action"], entry["who"], entry["kind"]) == ("document_added", manager.user_id, "key")
    assert entry["facts"] == {"document": id, "version": 1, "passages": 1}

    assert add(http, key, RULES + b" Or never.").json()["version"] == 2
    listed = http.get("/v1/documents", params=AT, headers=key).json()["documents"]
    assert [(one["version"], one["searched"]) for one in listed] == [(2, True), (1, False)]

    restored = http.post(f"/v1/documents/{id}/restore", params=AT, json={"version": 1}, headers=key)
    assert (restored.status_code, restored.json()["searched"], restored.json()["version"]) == (200, True, 1)
    assert newest(demo)["action"] == "document_restored"

    assert http.delete(f"/v1/documents/{id}", params=AT, headers=key).status_code == 204
    assert newest(demo)["action"] == "document_removed"
    gone = http.delete(f"/v1/documents/{id}", params=AT, headers=key)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_document")
    assert (newest(demo)["decision"], newest(demo)["code"]) == ("refused", "unknown_document")


def test_an_answer_of_the_practices_own_document_cites_it_and_the_citation_resolves(
    demo: Prentice, http: Client, manager: SignedIn
) -> None:
    rules = (
        b"# Varifocal remakes\nVarifocal remakes at this practice are free within sixty days of collection."
    )
    add(http, manager.headers, rules, "House rules.md")
    scope = demo.registry.scope(OURS)
    found = demo.library.search(scope)
    from prentice.knowledge.words import stems
    from prentice.llm.embeddings import minilm

    question = "Are varifocal remakes free?"
    (candidate,) = found(minilm().query(question), stems(question))
    passage = demo.library.passage(scope, candidate.passage.id)
    assert passage is not None
    assert "sixty days" in passage.text
    assert demo.library.passage(demo.registry.scope(THEIRS), candidate.passage.id) is None


def test_another_practice_neither_sees_nor_changes_it(
    demo: Prentice, http: Client, manager: SignedIn
) -> None:
    id = add(http, manager.headers).json()["id"]
    theirs = signed_in(demo, "theirs", Role.owner, THEIRS).headers
    at = {"tenant": THEIRS}
    assert http.get("/v1/documents", params=at, headers=theirs).json() == {"documents": []}
    assert http.delete(f"/v1/documents/{id}", params=at, headers=theirs).status_code == 404
    body = {"version": 1}
    assert http.post(f"/v1/documents/{id}/restore", params=at, json=body, headers=theirs).status_code == 404
    assert add(http, theirs).status_code == 404
    assert len(http.get("/v1/documents", params=AT, headers=manager.headers).json()["documents"]) == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("patients.txt", b"Patient Joan Smith, born 12/03/1961.", "document_held_back"),
        ("run.exe", b"MZ", "bad_document"),
        ("empty.pdf", b"", "bad_document"),
    ],
)
def test_what_cannot_be_taken_in_is_422_and_nothing_of_it_stays(
    demo: Prentice, http: Client, manager: SignedIn, name: str, content: bytes, code: str
) -> None:
    refused = add(http, manager.headers, content, name)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
    assert "Joan" not in refused.text
    assert (newest(demo)["action"], newest(demo)["code"]) == ("document_added", code)
    assert http.get("/v1/documents", params=AT, headers=manager.headers).json() == {"documents": []}


def test_a_file_that_is_too_large_is_refused_before_it_is_sent_or_where_it_becomes_so(
    address: str, http: Client, manager: SignedIn
) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    announced = HTTPConnection(address.removeprefix("http://"), timeout=30)
    announced.putrequest("POST", f"/v1/documents?tenant={OURS}")
    for name, value in {**manager.headers, **kind, "Content-Length": "200000000"}.items():
        announced.putheader(name, value)
    announced.endheaders()  # and not a byte of it
    said = announced.getresponse()
    assert (said.status, json.loads(said.read())["error"]["code"]) == (413, "body_too_large")
    announced.close()

    def unsaid() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(MAX_UPLOAD // 1_000_000 + 1):
            yield b"word " * 200_000

    grown = http.post("/v1/documents", params=AT, content=unsaid(), headers={**manager.headers, **kind})
    assert (grown.status_code, grown.json()["error"]["code"]) == (413, "body_too_large")


def test_elsewhere_a_file_is_no_body_and_here_nothing_else_is(http: Client, manager: SignedIn) -> None:
    for path in ("/v1/ask", "/v1/documents/doc-000000000000/restore", "/practices/harbour-optics/users"):
        sent = http.post(path, params=AT, files={"file": ("a.txt", RULES)}, headers=manager.headers)
        assert (sent.status_code, sent.json()["error"]["code"]) == (415, "not_json"), path
    for wrong in ({"files": {"other": ("a.txt", RULES)}}, {"json": {}}, {"files": {"file": (None, "text")}}):
        sent = http.post("/v1/documents", params=AT, headers=manager.headers, **wrong)  # type: ignore[arg-type]
        assert (sent.status_code, sent.json()["error"]["code"]) == (422, "bad_document"), wrong
    kind = {"Content-Type": "multipart/form-data"}
    broken = http.post("/v1/documents", params=AT, content=b"no form", headers={**manager.headers, **kind})
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "bad_request")


def test_a_dispenser_has_no_documents_page_and_no_tab(demo: Prentice, http: Client) -> None:
    dispenser = signed_in(demo, "dispenser", Role.dispenser, OURS).headers
    assert http.get(f"/practices/{OURS}/documents", headers=dispenser).status_code == 403


def test_the_page_adds_restores_and_removes_with_scripts_off(
    demo: Prentice, http: Client, manager: SignedIn
) -> None:
    """As a browser does it: the session's cookie, and its token as a field of the form."""
    cookie = {"Cookie": f"{COOKIE}={manager.token}", "Accept": "text/html"}
    token = {"csrf": manager.csrf}
    there = f"/practices/{OURS}/documents"
    assert "None yet." in http.get(there, headers=cookie).text
    name = f"Rules & <b>{secrets.token_hex(2)}.txt"
    for content in (RULES, RULES + b" Or never."):
        added = http.post(there, data=token, files={"file": (name, content)}, headers=cookie)
        assert (added.status_code, added.headers["location"]) == (303, f"{there}?done=added"), added.text
    shown = http.get(f"{there}?done=added", headers=cookie).text
    assert "Taken in" in shown
    assert "Rules &amp; &lt;b&gt;" in shown
    assert "manager@documents.example" in shown
    (id,) = {one.id for one in demo.library.all(demo.registry.scope(OURS))}
    restored = http.post(f"{there}/{id}/restore", data={**token, "version": "1"}, headers=cookie)
    assert restored.headers["location"] == f"{there}?done=restored"
    unknown = http.post(f"{there}/{id}/restore", data={**token, "version": "9"}, headers=cookie)
    assert (unknown.status_code, "no document" in unknown.text) == (404, True)
    removed = http.post(f"{there}/{id}/remove", data=token, headers=cookie)
    assert removed.headers["location"] == f"{there}?done=removed"

    held = http.post(
        there, data=token, files={"file": ("p.txt", b"Joan Smith, born 12/03/1961.")}, headers=cookie
    )
    assert (held.status_code, 'role="alert"' in held.text, "Joan" in held.text) == (422, True, False)
    forged = http.post(there, data={"csrf": "x" * 43}, files={"file": ("a.txt", RULES)}, headers=cookie)
    assert forged.status_code == 403
    none = http.post(there, data=token, files={"file": ("", b"")}, headers=cookie)
    assert none.status_code == 422
