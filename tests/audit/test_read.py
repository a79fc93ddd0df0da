"""Reading: pages newest first, filters, and an export that can be verified without the database."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import orjson
import pytest

from prentice.audit.chain import GENESIS, link
from prentice.audit.entry import Action, Decision
from prentice.audit.read import Wanted, export, page
from prentice.errors import SourceUnavailable

from .conftest import TENANT, Room, an_entry

FIRST = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def month(room: Room) -> Room:
    """Thirty days, an entry a day; each third by Bob, each fifth refused; and one of another practice."""
    with room.log() as log:
        for day in range(30):
            log.append(
                an_entry(
                    day,
                    at=FIRST + timedelta(days=day),
                    who="u_bob" if day % 3 == 0 else "u_ann",
                    action=Action.export if day % 2 else Action.ask,
                    decision=Decision.refused if day % 5 == 0 else Decision.allowed,
                )
            )
        log.append(an_entry(99, "b2c3d4e5f6a1"))
    return room


def _days(room: Room, **options: object) -> list[int]:
    """Over all pages."""
    found: list[int] = []
    before: int | None = None
    while True:
        here = page(room.platform_url, TENANT, before=before, **options)  # type: ignore[arg-type]
        found += [line.entry["rows"] for line in here.lines]
        before = here.older
        if before is None:
            return found


@pytest.mark.parametrize("limit", [1, 7, 10, 30, 50])
def test_pages_hold_every_entry_once_newest_first(month: Room, limit: int) -> None:
    assert _days(month, limit=limit) == list(range(29, -1, -1))
    assert len(page(month.platform_url, TENANT, limit=limit).lines) == min(limit, 30)


@pytest.mark.parametrize("limit", [1, 4, 50])
@pytest.mark.parametrize(
    ("wanted", "days"),
    [
        (Wanted(who="u_bob"), [d for d in range(30) if d % 3 == 0]),
        (Wanted(action="export"), [d for d in range(30) if d % 2]),
        (Wanted(decision="refused"), [d for d in range(30) if d % 5 == 0]),
        (Wanted(who="u_bob", decision="refused"), [0, 15]),
        (Wanted(who="u_bob", decision="refused", action="ask"), [0]),
        (Wanted(since=FIRST + timedelta(days=20)), list(range(20, 30))),
        (Wanted(until=FIRST + timedelta(days=3)), [0, 1, 2]),
        (Wanted(since=FIRST + timedelta(days=3), until=FIRST + timedelta(days=5)), [3, 4]),
        (Wanted(who="u_nobody"), []),
    ],
)
def test_filters_find_what_fits_all_of_them(month: Room, wanted: Wanted, days: list[int], limit: int) -> None:
    assert _days(month, wanted=wanted, limit=limit) == days[::-1]


def test_a_page_has_the_number_and_the_hash_of_each_entry(month: Room) -> None:
    line = page(month.platform_url, TENANT, limit=1).lines[0]
    seq, _, digest, entry = month.rows()[-1]
    assert (line.seq, line.hash, line.entry) == (seq, digest.hex(), orjson.loads(entry))


def test_an_empty_chain_has_an_empty_page(month: Room) -> None:
    assert page(month.platform_url, "nobody") == page(month.platform_url, TENANT, before=1)


def test_the_export_can_be_verified_from_its_own_lines(month: Room) -> None:
    prev = GENESIS
    for number, line in enumerate(export(month.platform_url, TENANT), 1):
        told = orjson.loads(line)
        text = line.partition(b'"entry":')[2].rstrip(b"}\n") + b"}"
        assert told["seq"] == number
        assert told["prev"] == prev.hex()
        prev = link(prev, number, TENANT, text)
        assert told["hash"] == prev.hex()
    assert number == 30


def test_the_export_of_some_days_holds_those(month: Room) -> None:
    since, until = FIRST + timedelta(days=2), FIRST + timedelta(days=4)
    lines = [orjson.loads(line) for line in export(month.platform_url, TENANT, since=since, until=until)]
    assert [line["entry"]["rows"] for line in lines] == [2, 3]


def test_an_entry_that_was_spoilt_is_shown_as_such(month: Room) -> None:
    month.attack("update audit_log set entry = E'not json\\nat all' where seq = 8")
    here = page(month.platform_url, TENANT)
    assert next(line.entry for line in here.lines if line.seq == 8) == {"unreadable": True}
    lines = [orjson.loads(line) for line in export(month.platform_url, TENANT)]
    assert lines[7]["entry"] == "not json\nat all"


def test_the_export_is_streamed(room: Room) -> None:
    room.filled(entries=1)
    with room.admin() as admin:
        for _ in range(10):
            admin.execute(
                "insert into audit_log (tenant_id, entry) select %s, "
                "jsonb_build_object('question', repeat('x', 20000))::text from generate_series(1, 100)",
                [TENANT],
            )
    tracemalloc.start()
    try:
        size = sum(len(line) for line in export(room.platform_url, TENANT))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 20_000_000
    assert most < 2_000_000


def test_an_export_that_is_broken_off_leaves_no_session(room: Room) -> None:
    room.filled(entries=30)
    going = export(room.platform_url, TENANT)
    assert orjson.loads(next(going))["seq"] == 1
    going.close()
    with room.admin() as admin:
        name = urlsplit(room.platform_url).path[1:]
        left = (
            "select count(*) from pg_stat_activity where datname = %s and application_name = 'prentice audit'"
        )
        assert admin.execute(left, [name]).fetchone() == (0,)


def test_a_platform_database_that_does_not_answer_is_told() -> None:
    with pytest.raises(SourceUnavailable, match="platform"):
        page("postgresql://nobody:x@127.0.0.1:1/none", TENANT)
