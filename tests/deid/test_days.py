"""What changes with the day of the copy: codes, years that may stand, and what has not happened yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

from prentice.deid.run import anonymise

from .room import TABLES, TODAY, Room
from .test_run import token

UK = "c-harbour-optics"


@contextmanager
def an_order_dated(room: Room, *days: str) -> Iterator[str]:
    """One patient's orders on those days, and none else of that patient; yields the patient's id."""
    with room.source() as source:
        row = source.execute(
            """select p.id from patients p where p.company_id = %s and p.deleted_at is null
               and (select count(*) from orders o where o.patient_id = p.id and o.deleted_at is null) >= %s
               order by p.id limit 1""",
            [UK, len(days)],
        ).fetchone()
        assert row is not None
        orders = source.execute(
            "select id, order_date from orders where patient_id = %s and deleted_at is null order by id", row
        ).fetchall()
        for (order, _), day in zip(orders, days, strict=False):
            source.execute("update orders set order_date = %s where id = %s", [day, order])
        try:
            yield row[0]
        finally:
            for order, day in orders:
                source.execute("update orders set order_date = %s where id = %s", [day, order])


def years_of(room: Room, patient: str) -> dict[int, tuple[bool, int]]:
    with room.reader("harbour") as reader:
        rows = reader.execute(
            "select year, active, orders from person_year where person_id = %s", [token(room, patient)]
        )
        return {year: (active, orders) for year, active, orders in rows}


def test_copies_of_two_days_share_no_code_and_those_of_one_day_share_all(room: Room) -> None:
    day = TODAY + timedelta(days=1)
    room.run("harbour")
    first = {row[0] for row in room.rows("harbour", "person")}
    facts = {table: room.rows("harbour", table, codes=False) for table in TABLES[1:]}
    with room.source() as source:  # somebody changes, the others are carried over
        source.execute(
            "update orders set coating = 'mirror' where id = (select o.id from orders o join patients p "
            "on p.id = o.patient_id where p.company_id = %s and p.deleted_at is null "
            "and o.deleted_at is null and o.coating <> 'mirror' order by o.id limit 1)",
            [UK],
        )
    outcome = room.run("harbour", today=day)
    assert (outcome.kind, outcome.new, outcome.changed, outcome.new_codes) == ("incremental", 0, 1, True)
    second = {row[0] for row in room.rows("harbour", "person")}
    assert len(second) == len(first)
    assert not second & first
    made = {table: room.rows("harbour", table) for table in TABLES}
    for table in ("person_year", "finding_year"):
        assert sorted((row[1:] for row in made[table]), key=repr) == facts[table]
    whole = room.run("harbour", today=day, full=True)
    assert whole.new_codes is False
    assert {table: room.rows("harbour", table) for table in TABLES} == made
    assert room.run("harbour").new_codes is True  # and back: the day is another
    assert not second & {row[0] for row in room.rows("harbour", "person")}


def test_a_year_that_shows_an_age_over_89_is_not_kept(room: Room) -> None:
    with an_order_dated(
        room, "1931-05-05", f"{TODAY.year - 90}-12-31", f"{TODAY.year - 89}-01-01"
    ) as patient:
        room.run("harbour")
        years = years_of(room, patient)
        assert min(years) == TODAY.year - 89
        assert years[TODAY.year - 89] == (True, 1)
        with room.reader("harbour") as reader:
            for table in ("person_year", "order_year", "finding_year"):
                row = reader.execute(f"select min(year) from {table}".encode()).fetchone()
                assert row is not None
                assert row[0] >= TODAY.year - 89
        room.run("harbour", today=date(TODAY.year + 1, 1, 2))  # with the new year that year goes too
        assert min(years_of(room, patient)) > TODAY.year - 89


def test_what_is_dated_after_today_has_not_happened_until_its_day(room: Room) -> None:
    day = TODAY + timedelta(days=3)
    with an_order_dated(room, f"{day} 10:00", f"{TODAY} 23:59", f"{day.year + 1}-03-01") as patient:
        room.run("harbour")
        before = years_of(room, patient)
        assert day.year + 1 not in before
        room.run("harbour", today=day - timedelta(days=1))
        assert years_of(room, patient) == before
        outcome = room.run("harbour", today=day)
        assert (outcome.kind, outcome.changed >= 1) == ("incremental", True)
        assert years_of(room, patient)[day.year] == (True, before[day.year][1] + 1)


def test_a_mistyped_year_stops_no_run_of_the_years_to_come(room: Room) -> None:
    with an_order_dated(room, "2029-03-03") as patient:
        for today in (TODAY, date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2), date(2029, 3, 3)):
            assert all(check.passed for check in room.run("harbour", today=today).checks)
        assert years_of(room, patient)[2029] == (True, 1)


def test_another_time_zone_reads_everybody_anew(room: Room) -> None:
    """The year of a moment with a zone is that of the practice's clock."""
    practice = room.practice("harbour")
    tokyo = replace(practice, scope=replace(practice.scope, timezone="Asia/Tokyo"))
    with room.source() as source:
        source.execute(
            "alter table prescriptions alter issue_date type timestamptz using issue_date at time zone 'UTC'"
        )
        row = source.execute(
            "select r.id, r.patient_id from prescriptions r join patients p on p.id = r.patient_id "
            "where r.company_id = %s and r.deleted_at is null and p.deleted_at is null order by r.id limit 1",
            [UK],
        ).fetchone()
        assert row is not None
        source.execute("update prescriptions set issue_date = '1999-12-31 23:30+00' where id = %s", [row[0]])
    room.run("harbour")
    people = len(room.rows("harbour", "person"))
    assert 1999 in years_of(room, row[1])
    assert anonymise(tokyo).changed == people
    assert 1999 not in years_of(room, row[1])
    assert 2000 in years_of(room, row[1])
    made = {table: room.rows("harbour", table) for table in TABLES}
    anonymise(tokyo, full=True)
    assert {table: room.rows("harbour", table) for table in TABLES} == made
