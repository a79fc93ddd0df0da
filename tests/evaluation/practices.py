"""The practices that questions are put to: the demo's two, and one made by other code."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from second_practice.build import COMPANY_ID, TODAY, build

from prentice.ask.pipeline import Prentice
from prentice.deid.practice import practice_of
from prentice.deid.run import anonymise
from prentice.demo.load import load_demo
from prentice.tenancy.onboarding import tenant_add

DEMO = (
    ("harbour-optics", "c-harbour-optics", "GBP", "GB", "Europe/London"),
    ("bluebird-eyecare", "c-bluebird-eyecare", "USD", "US", "America/Chicago"),
)


def connect_demo(prentice: Prentice, today: date) -> None:
    """Load both demo practices into the shared source and connect them."""
    source = prentice.servers.source_url
    load_demo(source, today=today)
    for slug, company, currency, country, timezone in DEMO:
        tenant_add(
            prentice.registry, prentice.keyring, slug, company_id=company, shared_source_url=source,
            currency=currency, country=country, timezone=timezone, today=today, owned=True,
        )  # fmt: skip


def anonymise_demo(prentice: Prentice, home: Path) -> None:
    """The anonymised copies of both demo practices."""
    for slug, *_ in DEMO:
        anonymise(practice_of(prentice, slug, home))


def connect_second(prentice: Prentice) -> None:
    """Make the second practice's database on the same server, and connect it as a silo."""
    source = prentice.servers.source_url
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("create database vista")
    url = urlunsplit(urlsplit(source)._replace(path="/vista"))
    build(url)
    tenant_add(
        prentice.registry, prentice.keyring, "vista-optique", company_id=COMPANY_ID, shared_source_url=source,
        source_url=url, currency="EUR", country="FR", timezone="Europe/Paris", today=TODAY,
    )  # fmt: skip
