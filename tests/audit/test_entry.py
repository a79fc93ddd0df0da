"""What stands in an entry: the same bytes for the same entry, no address of a person, no identifier."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from statistics import median

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prentice.audit.entry import Action, Decision, Entry, canonical_json, redacted, warm

from .conftest import Room, an_entry

AT = datetime(2026, 10, 31, 9, 15, 0, 5, tzinfo=UTC)


def test_the_order_of_keys_and_the_zone_make_no_difference() -> None:
    ours = an_entry(1, at=AT, query={"b": 1, "a": {"d": 1, "c": 2}})
    same = an_entry(1, at=AT.astimezone(timezone(timedelta(hours=9))), query={"a": {"c": 2, "d": 1}, "b": 1})
    assert ours.canonical() == same.canonical()
    assert '"at":"2026-10-31T09:15:00.000005Z"' in ours.canonical()


def test_every_field_is_written_and_what_is_empty_is_not() -> None:
    full = Entry(
        tenant_id="abc",
        action=Action.query,
        decision=Decision.refused,
        at=AT,
        who="u_1",
        kind="key",
        credential_id="k_1",
        address="203.0.113.7",
        question="q",
        query={"metrics": ["revenue"]},
        sql_hash="0" * 64,
        tables=("sales",),
        rows=0,
        withheld=0,
        code="forbidden",
        duration_ms=1.23456,
        trace_id="t",
        facts={"role": "owner"},
    )
    written = orjson.loads(full.canonical())
    assert set(written) == set(Entry.__slots__)
    assert written["rows"] == 0
    assert written["duration_ms"] == 1.23
    bare = orjson.loads(Entry(tenant_id="abc", action=Action.ask).canonical())
    assert set(bare) == {"tenant_id", "action", "decision", "at"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": "ann@practice.example"},
        {"tenant_id": "x" * 13},
        {"tenant_id": ""},
        {"at": datetime(2026, 1, 1)},
    ],
)
def test_what_must_not_stand_in_it_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="an entry"):
        Entry(**({"tenant_id": "abc", "action": Action.ask} | wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "odd", ["\0", "\ud800", "a\\u0000", 10**20, float("nan"), {1, 2}, {1: {"x\0": 2}}, object]
)
def test_odd_values_are_written_so_that_postgresql_can_read_them(room: Room, odd: object) -> None:
    text = an_entry(1, facts={"odd": odd}).canonical()
    with room.admin() as admin:
        assert admin.execute("select %s::jsonb ->> 'action'", [text]).fetchone() == ("ask",)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(value=_JSON)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_canonical_json_is_a_fixed_point(value: object) -> None:
    made = canonical_json(value)
    assert canonical_json(orjson.loads(made)) == made


def test_a_question_loses_its_identifiers_in_less_than_a_millisecond() -> None:
    warm()
    question = "What did Mrs Joan Smith of 14 Mill Lane, Whitby spend since 12/3/24, tel 01947 602311?"
    assert redacted(question) == "What did [NAME] of [LOCATION], [LOCATION] spend since [DATE], tel [PHONE]?"
    taken = []
    for _ in range(50):
        began = time.thread_time()
        redacted(question)
        taken.append(time.thread_time() - began)
    assert median(taken) < 0.001
    assert redacted(None) is None


def test_the_database_and_python_make_the_same_hash(room: Room) -> None:
    from prentice.audit.chain import GENESIS, link

    with room.log() as log:
        for number, question in enumerate(["plain", "Ünïcode 👓 \n\t\"'\\", "x" * 100_000], 1):
            log.append(an_entry(number, question=question))
    prev = GENESIS
    for seq, before, digest, entry in room.rows():
        assert before == prev
        prev = link(prev, seq, "a1b2c3d4e5f6", entry.encode())
        assert digest == prev
    with room.admin() as admin, pytest.raises(psycopg.errors.StringDataRightTruncation):
        admin.execute("insert into audit_log (tenant_id, entry) values ('thirteen_long', '{}')")
