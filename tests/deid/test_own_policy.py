"""What a practice's own policy drops is in no copy; what its database has come to be is read or named."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from prentice.deid import verify
from prentice.deid.audit import LiveColumn, LiveSource, audit
from prentice.deid.columns import Columns
from prentice.deid.copy import Copy
from prentice.deid.policy import load_policy
from prentice.deid.run import anonymise, audit_practice
from prentice.errors import BadConfiguration, NotVerified, PolicyGap, SourceUnsuitable
from prentice.tenancy.address import for_login

from .room import Room

US = "c-bluebird-eyecare"
DROPPED = """
tables:
  patients:
    country: {type: text, rule: drop, identifier: B}
    full_address: {type: json, rule: drop, identifier: B}
    date_of_birth: {type: text, rule: drop, identifier: C}
    nhs_exemption: {type: flag, rule: drop, identifier: R}
    contact_lens_wearer: {type: flag, rule: drop, identifier: R}
    next_examination_due: {type: time, rule: drop, identifier: C}
  clinical_notes: &notes
    content: {type: text, rule: drop, identifier: any}
    subjective: {type: text, rule: drop, identifier: any}
    objective: {type: text, rule: drop, identifier: any}
    assessment: {type: text, rule: drop, identifier: any}
    plan: {type: text, rule: drop, identifier: any}
  eye_examinations:
    notes: {type: text, rule: drop, identifier: any}
  prescriptions:
    ocular_health_notes: {type: text, rule: drop, identifier: any}
    od_sphere: {type: number, rule: drop, identifier: R}
    os_sphere: {type: number, rule: drop, identifier: R}
  orders:
    lens_type: {type: text, rule: drop, identifier: any}
  pos_transactions:
    total_amount: {type: number, rule: drop, identifier: R}
"""


@contextmanager
def own_policy(room: Room, slug: str, text: str) -> Iterator[None]:
    overlay = room.practice(slug).overlay
    overlay.parent.mkdir(parents=True, exist_ok=True)
    overlay.write_text(text)
    try:
        yield
    finally:
        overlay.unlink()


def facts(room: Room, slug: str) -> tuple[Any, ...]:
    with room.reader(slug) as reader:
        row = reader.execute(
            "select (select array_agg(distinct (age_group, country, us_state, contact_lens_wearer, "
            "nhs_exempt, recall_overdue, mean_sphere, worse_se, refractive_group)::text) from person), "
            "(select count(lens_type) from order_year), (select count(*) from finding_year), "
            "(select count(*) filter (where spend <> 0) from person_year), "
            "(select count(*) from order_year) > 0, (select bool_or(has_prescription) from person)"
        ).fetchone()
    assert row is not None
    return row


def test_what_a_practice_drops_is_absent_from_the_copy_and_comes_back_when_it_is_not_dropped(
    room: Room,
) -> None:
    room.run("bluebird")
    before = facts(room, "bluebird")
    assert all(before)
    with own_policy(room, "bluebird", DROPPED):
        outcome = room.run("bluebird")
        assert facts(room, "bluebird") == (["(unknown,unknown,,f,,f,,,none)"], 0, 0, 0, True, True)
        assert {"states, of which nothing may be read", "findings, of which nothing may be read"} <= {
            check.name for check in outcome.checks
        }
    room.run("bluebird")
    assert facts(room, "bluebird") == before


def test_a_dropped_fact_that_gets_through_all_the_same_is_found_before_anybody_sees_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.run("bluebird")
    standing = room.rows("bluebird", "copy_info")
    monkeypatch.setattr(LiveSource, "without_dropped", lambda source, policy: source)
    real = verify.absent

    def absent(copy: Copy, readable: LiveSource) -> list[Any]:
        kept = {
            name: columns for name, columns in readable.tables["patients"].items() if name != "date_of_birth"
        }
        return real(copy, replace(readable, tables={**readable.tables, "patients": kept}))

    monkeypatch.setattr(verify, "absent", absent)
    with pytest.raises(NotVerified, match="ages, of which nothing may be read"):
        room.run("bluebird", full=True)
    assert room.rows("bluebird", "copy_info") == standing


def test_a_practice_drops_none_of_what_says_whose_rows_are_read(room: Room) -> None:
    room.run("bluebird")
    people = len(room.rows("bluebird", "person"))
    dropped = """
tables:
  patients:
    company_id: {type: text, rule: drop, identifier: R}
    deleted_at: {type: time, rule: drop, identifier: C}
"""
    with own_policy(room, "bluebird", dropped):
        assert room.run("bluebird").persons == people  # the other practice's people, and who is gone, are not
    with (
        own_policy(room, "bluebird", "tables: {patients: {id: {type: text, rule: drop, identifier: R}}}"),
        pytest.raises(BadConfiguration, match=r"patients\.id"),
    ):
        room.run("bluebird")


# -- a schema that has changed -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "back"),
    [
        ("text using case when {c} then ' Yes' when not {c} then 'N' end", "boolean using {c} = ' Yes'"),
        ("integer using {c}::int", "boolean using {c} = 1"),
    ],
)
def test_a_flag_that_has_become_a_word_or_a_number_is_read_by_the_line_that_is_suggested(
    room: Room, to: str, back: str
) -> None:
    room.run("harbour")
    before = room.rows("harbour", "person")
    flags = ("patients.nhs_exemption", "patients.contact_lens_wearer", "eye_examinations.finalized")
    practice = room.practice("harbour")
    with room.source() as source:
        for flag in flags:
            table, column = flag.split(".")
            source.execute(
                f"alter table {table} alter {column} drop default, alter {column} type {to}".format(
                    c=column
                ).encode()
            )
        try:
            with pytest.raises(PolicyGap):
                room.run("harbour")
            with own_policy(room, "harbour", audit_practice(practice).to_add):
                room.run("harbour")
                assert room.rows("harbour", "person") == before
        finally:
            for flag in flags:
                table, column = flag.split(".")
                source.execute(f"alter table {table} alter {column} type {back}".format(c=column).encode())
    room.run("harbour")
    assert room.rows("harbour", "person") == before


def test_a_column_that_can_no_longer_be_read_is_suggested_to_be_dropped(tmp_path: Path) -> None:
    live = {
        "patients": {
            "id": LiveColumn("text", "text", False),
            "company_id": LiveColumn("text", "text", False),
            "next_examination_due": LiveColumn("text", "text", False),
            "nhs_exemption": LiveColumn("json", "jsonb", False),
        },
        "orders": {"order_date": LiveColumn("text", "text", False)},
    }
    source = LiveSource("public", live, ())
    to_add = audit(source, load_policy()).to_add
    added = yaml.safe_load(to_add)["tables"]
    assert added == {
        "patients": {
            "next_examination_due": {"type": "text", "rule": "drop", "identifier": "C"},
            "nhs_exemption": {"type": "json", "rule": "drop", "identifier": "R"},
        },
        "orders": {"order_date": {"type": "text", "rule": "drop", "identifier": "C"}},
    }
    overlay = tmp_path / "own.yml"
    overlay.write_text(to_add)
    assert audit(source, load_policy(overlay)).sound
    overlay.write_text("tables: {orders: {order_date: {type: text, rule: year, identifier: C}}}")
    with pytest.raises(BadConfiguration, match=r"orders\.order_date cannot be read by the rule 'year'"):
        load_policy(overlay)


def test_every_line_that_is_suggested_is_yaml_that_names_the_column(room: Room) -> None:
    names = [
        "no",
        "Blood: Type #1",
        "SSN",
        "12",
        'it\'s "so"',
        "- x",
        "null",
        "größe",
        "{a}",
        "a\tb",
        "%d %s",
    ]
    practice = room.practice("harbour")
    with room.source() as source:
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            source.execute(f"alter table patients add column {quoted} text".encode())
        try:
            to_add = audit_practice(practice).to_add
            assert list(yaml.safe_load(to_add)["tables"]["patients"]) == names
            with own_policy(room, "harbour", to_add):
                assert audit_practice(practice).sound
                room.run("harbour")
        finally:
            for name in names:
                quoted = '"' + name.replace('"', '""') + '"'
                source.execute(f"alter table patients drop column {quoted}".encode())


def test_a_table_that_the_login_may_not_read_is_named_with_the_grant(room: Room) -> None:
    login = f"partly_{secrets.token_hex(4)}"
    practice = room.practice("harbour")
    poorer = replace(practice, source_url=for_login(practice.source_url, login, "partly"))
    with room.source() as source:
        source.execute(f"create role {login} login password 'partly'".encode())
        try:
            source.execute(f"grant select on all tables in schema public to {login}".encode())
            source.execute(f"revoke select on clinical_notes, orders from {login}".encode())
            with pytest.raises(SourceUnsuitable) as stopped:
                anonymise(poorer)
            assert "public.clinical_notes, public.orders" in stopped.value.message
            assert f'grant select on public."orders" to {login};' in stopped.value.next_step
            for statement in stopped.value.next_step.partition("run: ")[2].split(";"):
                if statement.strip():
                    source.execute(statement.encode())
            assert anonymise(poorer).persons > 100
        finally:
            source.execute(f"drop owned by {login}; drop role {login}".encode())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("+1.25", 1.25), ("-.50", -0.5), ("\u22123.00", -3), ("\u20130.25", -0.25), ("-3.00 DS", -3),
        ("-1.25DS", -1.25), ("-1,50", -1.5), ("- 0.75", -0.75), ("+2.00 D.S.", 2), ("1.", 1),
        ("pl", 0), ("PLANO", 0), (" Plano DS ", 0),
        ("BAL", None), ("", None), ("-", None), ("1.2.3", None), ("6/9", None), ("1,250", None), (None, None),
    ],
)  # fmt: skip
def test_dioptres_are_read_as_prescriptions_write_them(
    room: Room, said: str | None, meant: float | None
) -> None:
    live = {"prescriptions": {"od_sphere": LiveColumn("text", "text", False)}}
    number = Columns(LiveSource("public", live, ())).dioptres("r", "prescriptions", "od_sphere")
    with room.source() as source:
        row = source.execute(
            f"select {number} from (select %s::text as od_sphere) r".encode(), [said]
        ).fetchone()
    assert row == (meant,)


def test_prescriptions_kept_as_text_make_the_same_copy(room: Room) -> None:
    room.run("harbour")
    before = room.rows("harbour", "person")
    eyes = [f"{side}_{part}" for side in ("od", "os") for part in ("sphere", "cylinder", "add")]
    said = "replace(to_char({0}, 'SFM90.00'), '-', chr(8722)) || ' DS'"
    with room.source() as source:
        kinds: dict[str, str] = {}
        for eye in eyes:
            row = source.execute(
                "select format_type(atttypid, atttypmod) from pg_attribute "
                "where attrelid = 'prescriptions'::regclass and attname = %s",
                [eye],
            ).fetchone()
            assert row is not None
            kinds[eye] = row[0]
            source.execute(
                f"alter table prescriptions alter {eye} type text using {said.format(eye)}".encode()
            )
        try:
            with own_policy(room, "harbour", audit_practice(room.practice("harbour")).to_add):
                room.run("harbour")
                assert room.rows("harbour", "person") == before
        finally:
            for eye, kind in kinds.items():
                source.execute(
                    f"alter table prescriptions alter {eye} type {kind} using "
                    f"replace(replace({eye}, chr(8722), '-'), ' DS', '')::{kind}".encode()
                )


def test_an_empty_state_in_an_address_gives_way_to_a_region(room: Room) -> None:
    with room.source() as source:
        row = source.execute(
            "select id, full_address from patients where company_id = %s and deleted_at is null "
            "and lower(country) in ('us', 'usa', 'united states') order by id limit 1",
            [US],
        ).fetchone()
        assert row is not None
        source.execute(
            "update patients set full_address = %s where id = %s",
            ['{"state": " ", "region": "Wyoming", "country": "USA"}', row[0]],
        )
        source.execute(
            "update patients set full_address = '{}' where company_id = %s and id <> %s", [US, row[0]]
        )
    room.run("bluebird")
    assert {facts[3] for facts in room.rows("bluebird", "person")} == {None, "WY"}


def test_a_row_is_gone_where_deletion_is_a_flag() -> None:
    live = {"orders": {"deleted_at": LiveColumn("flag", "boolean", False)}}
    columns = Columns(LiveSource("public", live, ()))
    assert columns.counts("o", "orders") == "true and o.deleted_at is not true"
