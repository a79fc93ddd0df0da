"""Kept answers are few, short-lived, and never another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from prentice.ask.contract import Answer
from prentice.tenancy.scope import TenantScope
from prentice.web.shelf import AnswerGone, Shelf

HARBOUR = TenantScope(
    "aaaaaaaaaaaa", "harbour", "Harbour", "GBP", "GB", "Europe/London", date(2026, 10, 31), "owner"
)
OTHER = replace(HARBOUR, tenant_id="bbbbbbbbbbbb", slug="other")


def answer(trace_id: str) -> Answer:
    return Answer(kind="analytics", answer="x", rows=[[1]], trace_id=trace_id)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_only_the_practice_and_role_it_was_made_for_find_it() -> None:
    shelf = Shelf()
    shelf.keep(answer("one"), HARBOUR)
    assert shelf.find("one", HARBOUR).trace_id == "one"
    for stranger in (OTHER, replace(HARBOUR, role="dispenser")):
        with pytest.raises(AnswerGone):
            shelf.find("one", stranger)


def test_who_lost_a_grant_does_not_find_what_it_opened() -> None:
    shelf = Shelf()
    with_patients = replace(HARBOUR, grants=frozenset({"patients"}))
    shelf.keep(answer("one"), with_patients)
    shelf.keep(answer("two"), HARBOUR)
    assert shelf.find("one", with_patients)
    assert shelf.find("two", with_patients)  # more was given since
    with pytest.raises(AnswerGone):
        shelf.find("one", HARBOUR)


def test_the_oldest_of_a_practice_make_room_for_its_own_alone() -> None:
    shelf = Shelf(per_tenant=2)
    shelf.keep(answer("theirs"), OTHER)
    for name in ("a", "b", "c"):
        shelf.keep(answer(name), HARBOUR)
    with pytest.raises(AnswerGone):
        shelf.find("a", HARBOUR)
    assert shelf.find("c", HARBOUR)
    assert shelf.find("theirs", OTHER)


def test_there_is_a_bound_over_all_practices() -> None:
    shelf = Shelf(in_all=3)
    scopes = [replace(HARBOUR, tenant_id=f"{n:012d}") for n in range(5)]
    for n, scope in enumerate(scopes):
        shelf.keep(answer(str(n)), scope)
    with pytest.raises(AnswerGone):
        shelf.find("1", scopes[1])
    assert shelf.find("4", scopes[4])


def test_it_is_gone_after_its_time() -> None:
    clock = Clock()
    shelf = Shelf(keep_s=60, clock=clock)
    shelf.keep(answer("one"), HARBOUR)
    clock.now = 59
    assert shelf.find("one", HARBOUR)
    clock.now = 60
    with pytest.raises(AnswerGone):
        shelf.find("one", HARBOUR)


def test_an_answer_without_rows_is_not_kept() -> None:
    shelf = Shelf()
    shelf.keep(Answer(kind="refusal", answer="No.", trace_id="none"), HARBOUR)
    with pytest.raises(AnswerGone):
        shelf.find("none", HARBOUR)
