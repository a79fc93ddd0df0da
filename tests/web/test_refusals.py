"""Repeated refusals of strangers: the first is a line at once, the rest of the minute one more."""

from __future__ import annotations

import time

import pytest

from prentice.audit.entry import PLATFORM, Action, Entry
from prentice.errors import AuditUnavailable
from prentice.web.refusals import LINES, Refusals


def failed(address: str = "198.51.100.7", code: str = "wrong_credentials") -> Entry:
    return Entry(tenant_id=PLATFORM, action=Action.sign_in_failed, address=address, code=code)


def test_repetitions_become_one_line_with_their_count() -> None:
    lines: list[Entry] = []
    refusals = Refusals(lines.append)
    for _ in range(50):
        refusals.note(failed())
    refusals.note(failed("198.51.100.8"))
    refusals.note(failed(code="too_many_requests"))
    assert len(lines) == 3
    refusals.close()
    refusals.close()
    (folded,) = lines[3:]
    assert (folded.address, dict(folded.facts)) == ("198.51.100.7", {"count": 49, "within_s": 60})


def test_addresses_of_one_ipv6_network_are_one_client() -> None:
    lines: list[Entry] = []
    refusals = Refusals(lines.append)
    for host in range(1, 20):
        refusals.note(failed(f"2001:db8::{host:x}"))
    assert len(lines) == 1
    refusals.close()


def test_a_minute_that_is_over_is_written_down_without_another_refusal() -> None:
    lines: list[Entry] = []
    refusals = Refusals(lines.append, every_s=0.2)
    refusals.note(failed())
    refusals.note(failed())
    until = time.monotonic() + 5
    while len(lines) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert [dict(line.facts).get("count") for line in lines] == [None, 1]
    refusals.note(failed())
    assert len(lines) == 3
    refusals.close()


def test_a_count_that_cannot_be_written_is_kept_and_the_first_refusal_says_so() -> None:
    lines: list[Entry] = []
    broken = True

    def append(entry: Entry) -> None:
        if broken:
            raise AuditUnavailable("", "")
        lines.append(entry)

    refusals = Refusals(append, every_s=0.1)
    with pytest.raises(AuditUnavailable):
        refusals.note(failed())
    refusals.note(failed())
    time.sleep(0.3)
    broken = False
    refusals.close()
    assert [dict(line.facts)["count"] for line in lines] == [1]


def test_a_chain_is_not_flooded_from_many_addresses() -> None:
    lines: list[Entry] = []
    refusals = Refusals(lines.append)
    for n in range(1_000):
        refusals.note(failed(f"198.51.{n // 250}.{n % 250}"))
    refusals.note(Entry(tenant_id="another", action=Action.refused, address="198.51.100.7"))
    assert len(lines) == LINES + 1  # the other chain has room
    refusals.close()
    (others,) = lines[LINES + 1 :]
    assert (others.address, others.who, others.facts["count"]) == ("", "", 1_000 - LINES)


def test_a_chain_that_was_flooded_takes_lines_again_in_the_next_minute() -> None:
    lines: list[Entry] = []
    refusals = Refusals(lines.append, every_s=0.2)
    for n in range(LINES + 5):
        refusals.note(failed(f"198.51.100.{n}"))
    time.sleep(0.5)
    refusals.note(failed("203.0.113.1"))
    assert lines[-1].address == "203.0.113.1"
    assert [line.facts["count"] for line in lines if line.facts] == [5]
    refusals.close()
