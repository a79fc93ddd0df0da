"""Sign-in at a practice's own provider, in a browser that holds to our Content-Security-Policy."""

from __future__ import annotations

import re

from identity.provider import PASSWORDS, open_provider
from people import person
from playwright.sync_api import Browser, expect

from e2e.conftest import accessible
from prentice.ask.pipeline import Prentice

HARBOUR = "harbour-optics"


def test_a_browser_goes_to_the_provider_and_comes_back_signed_in_where_it_was_going(
    browser: Browser, address: str, demo: Prentice
) -> None:
    site = address.replace("127.0.0.1", "localhost")
    tenant = demo.registry.get(HARBOUR).id
    owner = person(demo, "inviting@pages.example", HARBOUR)
    demo.identity.users.invite(tenant, "eve@elsewhere.example", "dispenser", by=owner)
    with open_provider() as op:
        client, secret = op.register(site)
        at = demo.identity.providers.add(
            tenant, op.issuer, client_id=client, name="Keys & <Co>", secret=secret, loopback=True
        ).id
        op.op.context.cdb[client]["redirect_uris"] = [(f"{site}/sign-in/back/{at}", None)]
        context = browser.new_context(base_url=site)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        try:
            page.goto(f"/sign-in?practice={HARBOUR}&next=/account")
            accessible(page)
            page.get_by_role("button", name="Sign in with Keys & <Co>").click()
            page.wait_for_selector("input[name=username]")
            assert page.url.startswith(op.issuer)
            page.fill("input[name=username]", "eve")
            page.fill("input[name=password]", PASSWORDS["eve"])
            page.get_by_role("button", name="Sign in").click()
            expect(page).to_have_url(re.compile("/account$"))
            assert "eve@elsewhere.example" in page.inner_text("main").lower()
            assert [text for text in complaints if "Security Policy" in text] == []
        finally:
            context.close()
            demo.identity.providers.remove(tenant, op.issuer)
