"""Guards against the one thing that must never happen: that anybody can be found in the copy, the vault, the
log or a report. People with values of their own are put into the source, and their values are looked for in
every form.
"""

from __future__ import annotations

import json
import random
import string
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from .room import Room

UK = "c-harbour-optics"


class Person:
    """Somebody whose every value is unlike anything else."""

    def __init__(self, chance: random.Random) -> None:
        def word(size: int = 9) -> str:
            return chance.choice("QXZJ").capitalize() + "".join(
                chance.choices(string.ascii_lowercase, k=size)
            )

        self.id = f"{word()}-{chance.randrange(10**9)}"
        self.first, self.last, self.street, self.city = word(), word(), word(), word()
        self.number = str(chance.randrange(10**9, 10**10))
        self.phone = "07" + str(chance.randrange(10**8, 10**9))
        self.postcode = f"ZQ{chance.randrange(10, 99)} {chance.randrange(1, 9)}XJ"
        self.born = date(1931, 1, 1) + timedelta(days=chance.randrange(30_000))
        self.born_as = self.born.strftime(chance.choice(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"]))

    def forms(self) -> set[str]:
        """Whatever would give the person away, as a text might hold it."""
        dates = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d.%m.%Y", "%d %B %Y")
        said = {self.id, self.first, self.last, f"{self.first} {self.last}", self.street, self.city}
        said |= {self.number, f"{self.number[:3]} {self.number[3:6]}", self.phone}
        said |= {f"{self.phone[:5]} {self.phone[5:]}", self.postcode, self.postcode.replace(" ", "")}
        said |= {f"{self.first}.{self.last}@mail.example", *(self.born.strftime(form) for form in dates)}
        return {form.lower() for form in said} | {form[::-1].lower() for form in said if len(form) > 8}

    def insert(self, source: psycopg.Connection[Any]) -> None:
        """The person, an exam whose note says who it is, and an order whose coating is the person's town."""
        name = f"{self.first} {self.last}"
        note = (
            f"{name} (dob {self.born_as}) of {self.city} has dry eye OU. NHS {self.number}. Ring {self.phone}"
        )
        place = {"city": self.city, "line1": self.street, "state": self.city, "country": self.city}
        clerk = source.execute("select ecp_id from patients where company_id = %s limit 1", [UK]).fetchone()
        assert clerk is not None
        shared = {"company_id": UK, "ecp_id": clerk[0]}
        rows: dict[str, dict[str, Any]] = {
            "patients": {
                "id": self.id,
                "customer_number": self.number,
                "name": name,
                "date_of_birth": self.born_as,
                "email": f"{self.first}.{self.last}@mail.example",
                "phone": self.phone,
                "nhs_number": self.number,
                "full_address": json.dumps(place),
                "address_line_1": self.street,
                "city": self.city,
                "postcode": self.postcode,
                "country": self.city,
                "patient_notes": note,
                "external_id": self.number,
            },
            "eye_examinations": {
                "id": f"exam-{self.id}",
                "patient_id": self.id,
                "examination_date": "2026-05-04",
                "status": "finalized",
                "finalized": True,
                "notes": note,
            },
            "orders": {
                "id": f"order-{self.id}",
                "order_number": f"N{self.number}",
                "patient_id": self.id,
                "status": "completed",
                "lens_type": "single_vision",
                "lens_material": "cr39",
                "coating": self.city,
                "notes": note,
                "order_date": "2026-05-05",
            },
        }
        for table, own in rows.items():
            values = own | shared
            marks = ", ".join(["%s"] * len(values))
            statement = f"insert into {table} ({', '.join(values)}) values ({marks})"
            source.execute(statement.encode(), list(values.values()))


def everything(connection: psycopg.Connection[Any]) -> str:
    """Every value of every table that is not PostgreSQL's own, and the names of all of them."""
    tables = connection.execute(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' "
        "and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'"
    ).fetchall()
    assert len(tables) > 1
    said = [connection.execute(f"select t::text from {name} t".encode()).fetchall() for (name,) in tables]
    return f"{tables} {said}".lower()


@pytest.fixture(scope="module")
def people(room: Room) -> list[Person]:
    chance = random.Random(20261031)
    made = [Person(chance) for _ in range(60)]
    with room.source() as source:
        for person in made:
            person.insert(source)
    done = room.command("deid", "run", "--tenant", "harbour", "--json")
    assert done.returncode == 0, done.stderr
    (room.home / "said.txt").write_text(done.stdout + done.stderr)
    return made


def test_nothing_of_anybody_is_in_the_copy_or_the_vault(room: Room, people: list[Person]) -> None:
    with room.writer("harbour") as writer, room.vault("harbour") as vault:
        copy, kept = everything(writer), everything(vault)
    assert "dry eye" in copy  # the notes were read
    for person in people:
        assert not [form for form in person.forms() if form in copy]
        assert not [form for form in person.forms() if form in kept]


def test_nothing_of_anybody_is_in_what_was_written_or_said(room: Room, people: list[Person]) -> None:
    files = [path for path in room.home.rglob("*") if path.is_file() and path.name != "secrets.json"]
    names = {path.suffix for path in files}
    assert {".json", ".html", ".txt", ".log"} <= names
    text = " ".join(Path(path).read_text("utf-8", errors="replace").lower() for path in files)
    for person in people:
        assert not [form for form in person.forms() if form in text]


def test_a_failure_says_nothing_of_anybody(room: Room, people: list[Person]) -> None:
    with room.source() as source:
        source.execute(
            "update orders set coating = %s where id = %s",
            [f"{people[0].first} {people[0].last}", f"order-{people[0].id}"],
        )
    done = room.command("deid", "run", "--tenant", "harbour", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "identifier_found"
    said = (done.stdout + done.stderr).lower()
    assert not [form for form in people[0].forms() if form in said]
