"""Coming in, one's account, the administration and the operator's page, as people go through them.

The pictures in tests/output/ are for looking at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from people import PASSWORD, person
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from e2e.conftest import Seen, accessible, ask, fits, picture
from prentice.ask.pipeline import Prentice
from prentice.audit.entry import PLATFORM
from prentice.audit.read import Wanted
from prentice.audit.read import page as entries
from prentice.identity.roles import Role

HARBOUR = "harbour-optics"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
REFUSED = ("the server responded with a status of 4",)
LOOKS = ((1280, "light"), (1280, "dark"), (360, "light"), (360, "dark"))
CHECKED = ((1280, "light"), (360, "dark"))  # each width and each theme once: axe takes a third of a second
# Tables of which something can be seen only by pushing them aside; a sheet of many figures may be one.
CLIPPED = """[...document.querySelectorAll('.listing:not(.sheet)')]
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.getAttribute('aria-label'))"""
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """`visit(email)` gives the page of a browser of its own, signed in by the form. Under a name: a passkey
    needs one."""
    site = address.replace("127.0.0.1", "localhost")
    contexts: list[Any] = []
    watching: list[Seen] = []

    def open_page(email: str = "", *, path: str = "/", script: bool = True, base: str = site) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            base_url=base,
            user_agent=AGENT,
            java_script_enabled=script,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watching.append(Seen(page, base))
        watching[-1].expected = REFUSED
        if email:
            sign_in(page, email, path=path)
        return page

    yield open_page
    for seen in watching:
        seen.nothing()
    for context in contexts:
        context.close()


def sign_in(page: Page, email: str, password: str = PASSWORD, path: str = "/") -> None:
    page.goto(path)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def looked_at(page: Page, name: str) -> None:
    """A picture at two widths in both themes, each within its width; without a fault in either theme."""
    for width, theme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        fits(page)
        assert page.evaluate(CLIPPED) == []
        picture(page, f"id-{name}-{width}-{theme}")
        if (width, theme) in CHECKED:
            accessible(page)
    page.set_viewport_size({"width": 320, "height": 800})
    fits(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")


def authenticator(page: Page) -> None:
    """A passkey's device, in this browser."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Account: ").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def code_of(secret: str, steps: int = 0) -> str:
    """The app's code now, or of the step before or after: each is good once."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def long_ago(demo: Prentice, user_id: str) -> None:
    """Their sessions proved themselves a quarter of an hour ago."""
    with demo.identity.engine.begin() as connection:
        connection.execute(
            text("update sessions set proved_at = now() - interval '15 minutes' where user_id = :user"),
            {"user": user_id},
        )


def without_password(demo: Prentice, user_id: str) -> None:
    with demo.identity.engine.begin() as connection:
        connection.execute(text("update users set password_hash = null where id = :id"), {"id": user_id})


def written(demo: Prentice, user_id: str) -> list[str]:
    """What the audit has of somebody: in their practice, and on the platform's own chain."""
    chains = (PLATFORM, demo.registry.get(HARBOUR).id, demo.registry.get("bluebird-eyecare").id)
    url, wanted = demo.servers.platform_url, Wanted(who=user_id)
    return [
        str(line.entry["action"])
        for chain in chains
        for line in entries(url, chain, limit=100, wanted=wanted).lines
    ]


def test_somebody_signs_in_errs_and_leaves_without_a_script(visit: Visit, demo: Prentice) -> None:
    person(demo, "simple@pages.example", HARBOUR, role=Role.dispenser)
    page = visit(script=False)
    page.goto("/account")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Faccount"))
    sign_in(page, "simple@pages.example", "not the password", path=page.url)
    assert "do not fit" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Password").get_attribute("aria-describedby") == "wrong"
    assert page.get_by_label("E-mail").input_value() == "simple@pages.example"
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/account$"))
    assert page.get_by_role("navigation", name="Administration").count() == 0
    sign_out(page)
    page.goto("/account")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_pages_that_are_not_there_are_pages(visit: Visit) -> None:
    page = visit()
    page.goto("/no/such/page")
    expect(page.get_by_role("heading")).to_have_text("There is nothing at this address.")
    page.goto("/welcome?token=unknown")
    assert "Ask for a new one" in page.inner_text("main")
    page.goto("/sign-in/second")
    expect(page).to_have_url(re.compile("/sign-in$"))


def test_an_app_is_set_up_and_asked_for_and_stood_in_for_by_a_recovery_code(
    visit: Visit, demo: Prentice
) -> None:
    me = person(demo, "app@pages.example", HARBOUR)
    page = visit("app@pages.example", path="/account")
    page.get_by_role("button", name="Set up an app").click()
    secret = page.locator(".hint code").inner_text()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    looked_at(page, "set-up")
    page.get_by_label("Code of six digits").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    assert "not right" in page.get_by_role("alert").inner_text()
    page.get_by_label("Code of six digits").fill(code_of(secret, -1))  # of the same key
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("status")).to_contain_text("asked for a code")
    page.get_by_role("button", name="Make recovery codes").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    looked_at(page, "codes")

    sign_out(page)
    sign_in(page, "app@pages.example", path="/sign-in?next=/account")
    looked_at(page, "second")
    page.get_by_label("Code of six digits").fill("12345")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Code of six digits").fill(code_of(secret))
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/account$"))
    sign_out(page)
    sign_in(page, "app@pages.example", path="/sign-in?next=/account")
    page.get_by_label("Code of six digits").fill(codes[0].lower())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Recovery codes left: 9")).to_be_visible()

    long_ago(demo, me)
    page.reload()
    page.get_by_role("link", name="Make new recovery codes").click()
    looked_at(page, "prove")
    page.get_by_label("Your password").fill("something else")
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_role("button", name="Make new recovery codes")).to_be_visible()

    without_password(demo, me)
    page.get_by_role("link", name="Switch it off").click()
    assert page.get_by_label("Your password").count() == 0
    page.get_by_label("recovery code").fill(codes[1])
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("status")).to_contain_text("not asked for")
    assert written(demo, me).count("factor_added") == 3
    assert "factor_removed" in written(demo, me)


def test_a_passkey_signs_in_and_is_a_second_factor(visit: Visit, demo: Prentice) -> None:
    me = person(demo, "passkey@pages.example", HARBOUR)
    page = visit("passkey@pages.example", path="/account")
    authenticator(page)
    before = page.context.cookies()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("passkey is set up")
    token = {c["name"]: c["value"] for c in page.context.cookies()}["prentice"]
    assert token not in {c["value"] for c in before}
    found = demo.identity.sessions.find(token)
    assert found
    assert found.strong
    assert "Chrome on Linux" in page.get_by_role("group", name="Passkeys").inner_text()
    looked_at(page, "passkeys")

    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("#question")).to_be_visible()
    sign_out(page)
    sign_in(page, "passkey@pages.example", path="/sign-in?next=/account")
    assert page.get_by_label("Code").count() == 0
    looked_at(page, "second-passkey")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(re.compile("/account$"))

    without_password(demo, me)
    long_ago(demo, me)
    page.reload()
    page.get_by_role("link", name="Set one").click()
    looked_at(page, "first-password")
    page.get_by_label("at least 12 characters").fill("seven trays of lenses")
    page.get_by_role("button", name="with a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("password is set")
    page.get_by_role("link", name="Remove").click()
    page.get_by_label("Your password").fill("seven trays of lenses")
    page.get_by_role("button", name="Remove it", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("removed")


def test_at_an_address_a_passkey_says_why_it_cannot_be(visit: Visit, address: str) -> None:
    page = visit(base=address)
    page.goto("/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    assert "Open http://localhost" in page.get_by_role("alert").inner_text()


def test_sessions_are_ended_and_the_question_is_come_back_to(visit: Visit, demo: Prentice) -> None:
    person(demo, "sessions@pages.example", HARBOUR)
    here = visit("sessions@pages.example", path="/account")
    there = visit("sessions@pages.example", path=f"/?tenant={HARBOUR}")
    expect(there.locator("#question")).to_be_visible()
    here.reload()
    here.get_by_role("button", name="End the session").click()
    expect(here.get_by_role("status")).to_contain_text("ended")
    there.fill("#question", "Show me today's revenue")
    there.keyboard.press("Enter")
    there.wait_for_url("**/sign-in?next=*")
    there.get_by_label("E-mail").fill("sessions@pages.example")
    there.get_by_label("Password").fill(PASSWORD)
    there.get_by_role("button", name="Sign in", exact=True).click()
    assert "£" in there.locator(".card .sentence").inner_text()


def test_a_password_is_changed_and_a_weak_one_is_told_beside_its_field(visit: Visit, demo: Prentice) -> None:
    person(demo, "change@pages.example", HARBOUR)
    page = visit("change@pages.example", path="/account")
    for new in ("short", "nine boxes of frames"):
        page.get_by_label("The password now").fill(PASSWORD)
        page.get_by_label("The new one").fill(new)
        page.get_by_role("button", name="Change it").click()
        if new == "short":
            expect(page.get_by_role("region", name="Password").get_by_role("alert")).to_be_visible()
            looked_at(page, "weak-password")
    expect(page.get_by_role("status")).to_contain_text("password is set")
    sign_out(page)
    sign_in(page, "change@pages.example", "nine boxes of frames", path="/sign-in")
    expect(page.locator("#question")).to_be_visible()


def test_a_key_is_made_used_and_revoked(visit: Visit, demo: Prentice, address: str) -> None:
    me = person(demo, "key@pages.example", HARBOUR)
    page = visit("key@pages.example", path="/account")
    page.get_by_label("Name").fill("the till")
    page.get_by_label("ask questions").uncheck()
    page.get_by_role("button", name="Make a key").click()
    assert "Tick what it may do" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name").input_value() == "the till"
    page.get_by_label("ask questions").check()
    page.get_by_role("button", name="Make a key").click()
    key = page.locator(".secret").inner_text()
    looked_at(page, "key")

    def asked() -> int:
        form = {"question": "Show me today's revenue", "tenant": HARBOUR}
        return httpx.post(f"{address}/v1/ask", json=form, headers={"X-Api-Key": key}).status_code

    assert asked() == 200
    page.goto(f"/practices/{HARBOUR}/keys")
    assert "the till" in page.inner_text("table")
    looked_at(page, "keys")
    page.goto("/account")
    page.get_by_role("button", name="Revoke the till").click()
    expect(page.get_by_role("status")).to_contain_text("revoked")
    assert asked() == 401
    assert {"key_made", "key_revoked"} <= set(written(demo, me))


def test_somebody_is_invited_joins_and_is_changed_and_removed(visit: Visit, demo: Prentice) -> None:
    me = person(demo, "boss@pages.example", HARBOUR)
    page = visit("boss@pages.example", path=f"/practices/{HARBOUR}/users")
    page.get_by_label("E-mail").fill("new@pages.example")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".secret").inner_text()
    looked_at(page, "users")
    guest = visit()
    guest.goto(link)
    looked_at(guest, "welcome")
    guest.get_by_label("Your name").fill("Nina New")
    guest.get_by_label("A password").fill("short")
    guest.get_by_role("button", name="Join").click()
    expect(guest.get_by_role("alert")).to_be_visible()
    expect(guest.get_by_label("Your name")).to_have_value("Nina New")
    guest.get_by_label("A password").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    expect(guest.locator("#question")).to_be_visible()
    page.reload()
    row = page.get_by_role("row").filter(has_text="new@pages.example")
    row.get_by_role("combobox").select_option("dispenser")
    row.get_by_role("checkbox").check()
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("combobox")).to_have_value("dispenser")
    expect(row.get_by_role("checkbox")).to_be_checked()
    row.get_by_text("Remove").first.click()
    row.get_by_role("button", name="Yes, remove").click()
    expect(row).to_have_count(0)
    guest.goto("/")
    assert "You are in no practice" in guest.inner_text("main")
    assert {"user_invited", "user_changed", "user_removed"} <= set(written(demo, me))


def test_a_forgotten_password_is_set_by_a_link_that_is_good_once(visit: Visit, demo: Prentice) -> None:
    me = person(demo, "forgot@pages.example", HARBOUR)
    link = f"/reset?token={demo.identity.users.reset_token(me)}"
    page = visit()
    page.goto(link)
    assert "forgot@pages.example" in page.inner_text("main")
    looked_at(page, "reset")
    page.get_by_label("A password").fill("short")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("A password").fill("nine boxes of frames")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is set")
    page.goto(link)
    expect(page.get_by_role("heading")).to_contain_text("unknown, used or expired")
    assert page.get_by_label("A password").count() == 0  # nobody chooses one in vain
    sign_in(page, "forgot@pages.example", "nine boxes of frames", path="/sign-in")
    expect(page.locator("#question")).to_be_visible()


def test_a_manager_and_an_auditor_see_what_is_theirs(visit: Visit, demo: Prentice) -> None:
    person(demo, "manager@pages.example", HARBOUR, role=Role.manager)
    person(demo, "auditor@pages.example", HARBOUR, role=Role.auditor)
    person(demo, "below@pages.example", HARBOUR, role=Role.assistant)
    page = visit("manager@pages.example", path=f"/practices/{HARBOUR}/users")
    tabs = page.get_by_role("navigation", name="Administration").get_by_role("link")
    assert tabs.all_inner_texts() == ["Users", "Documents", "Limits and use", "Feedback", "Audit"]
    for select in page.get_by_role("combobox").all():
        assert select.locator("option").all_inner_texts() == ["dispenser", "assistant"]
    assert page.get_by_label("may ask about the anonymised patients").count() == 0  # not theirs to give
    page.goto(f"/practices/{HARBOUR}/settings")
    assert "permission" in page.inner_text("h1")
    looked_at(page, "problem")
    other = visit("auditor@pages.example", path=f"/practices/{HARBOUR}/audit")
    tabs = other.get_by_role("navigation", name="Administration").get_by_role("link")
    assert tabs.all_inner_texts() == ["Limits and use", "Audit"]


def test_settings_are_taken_or_said_to_be_wrong(visit: Visit, demo: Prentice) -> None:
    me = person(demo, "settings@pages.example", HARBOUR)
    person(demo, "asked@pages.example", HARBOUR, role=Role.auditor)
    page = visit("settings@pages.example", path=f"/practices/{HARBOUR}/settings")
    page.get_by_label("used only from").fill("10.0.0.0/8")
    page.get_by_label("auditor").check()
    page.get_by_role("button", name="Save").click()
    assert "leaves your own address out" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("used only from").input_value() == "10.0.0.0/8"
    looked_at(page, "settings")
    page.get_by_label("used only from").fill("127.0.0.0/8\n10.0.0.0/8")
    page.get_by_label("Rows a day").fill("4000000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    try:
        asked = visit("asked@pages.example", path=f"/practices/{HARBOUR}/audit")
        expect(asked.get_by_role("link", name="Set it up under Account")).to_be_visible()
        page.goto(f"/practices/{HARBOUR}/use")
        assert "4,000,000" in page.inner_text("table")
        looked_at(page, "use")
    finally:
        demo.registry.change_settings(HARBOUR, mfa_roles=[], allowed_addresses=[], own_limits={})
        demo.limits.changed(demo.registry.get(HARBOUR).id)
    assert "settings_changed" in written(demo, me)


def test_the_audit_is_filtered_verified_and_taken_away(visit: Visit, demo: Prentice, tmp_path: Path) -> None:
    me = person(demo, "audit@pages.example", HARBOUR)
    page = visit("audit@pages.example", path=f"/?tenant={HARBOUR}")
    ask(page, "Show me today's revenue")
    page.goto(f"/practices/{HARBOUR}/audit")
    page.get_by_label("Who").select_option("audit@pages.example")
    page.get_by_label("What").select_option("ask")
    page.get_by_role("button", name="Show", exact=True).click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    assert "Show me today's revenue" in rows.inner_text()
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_role("status")).to_contain_text("The chain is whole")
    looked_at(page, "audit-verified")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert b'"action":"audit_verified"' in download.value.path().read_bytes()
    assert {"audit_read", "audit_verified", "audit_exported"} <= set(written(demo, me))


def test_the_operator_connects_suspends_and_resumes_a_practice(visit: Visit, demo: Prentice) -> None:
    me = person(demo, "operator@pages.example", role=Role.operator)
    person(demo, "held@pages.example", "bluebird-eyecare")
    page = visit("operator@pages.example")
    page.wait_for_url("**/operator/tenants")
    page.get_by_label("Short name").fill("north-sight")
    page.get_by_label("Company id").fill("nobody")
    page.get_by_label("The owner's e-mail").fill("north@pages.example")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Short name").input_value() == "north-sight"
    page.get_by_label("Company id").fill("c-harbour-optics")
    page.get_by_role("button", name="Connect").click(timeout=60_000)
    expect(page.get_by_text("Send this link to the owner")).to_be_visible(timeout=60_000)
    steps = page.get_by_role("region", name="Setting up north-sight").get_by_role("listitem")
    assert len(steps.all()) == 5
    assert all(": done" in step for step in steps.all_inner_texts())
    looked_at(page, "tenants")
    row = page.get_by_role("row").filter(has_text="bluebird-eyecare")
    row.get_by_text("Suspend").first.click()
    row.get_by_role("button", name="Yes, suspend").click()
    try:
        expect(row).to_contain_text("suspended")
        held = visit("held@pages.example")
        assert "suspended" in held.inner_text("body")
    finally:
        row.get_by_role("button", name="Resume").click()
        expect(row).to_contain_text("active")
    assert {"tenant_created", "tenant_suspended", "tenant_resumed"} <= set(written(demo, me))


def test_the_first_pages_are_looked_at(visit: Visit, demo: Prentice) -> None:
    person(demo, "looks@pages.example", HARBOUR, "bluebird-eyecare")
    page = visit()
    page.goto("/sign-in")
    looked_at(page, "sign-in")
    sign_in(page, "looks@pages.example", "wrong", path="/sign-in")
    looked_at(page, "sign-in-wrong")
    sign_in(page, "looks@pages.example", path="/sign-in?next=/account")
    looked_at(page, "account")
    page.locator("summary", has_text="Account: ").click()
    page.keyboard.press("Tab")
    looked_at(page, "menu")
