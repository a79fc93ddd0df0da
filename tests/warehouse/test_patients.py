"""The route to the anonymised copy: its own login and cache, small groups taken out before either."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from small_copy import Copy, copy_of, fill, some_copy

from prentice.errors import NoCopy
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Result

from .hosts import TODAY, House, open_house  # noqa: F401

BY_AGE = {"metrics": ["patients"], "dimensions": ["age_group"]}


class Surgery:
    """A house whose practice `north` has a copy."""

    def __init__(self, house: House, url: str) -> None:
        self.house, self.url = house, url

    def ask(
        self, query: dict[str, Any], *, as_: str = "ann", fresh: bool = False, role: str = "owner"
    ) -> Result:
        scope: TenantScope = self.house.registry.scope("north", principal=as_, role=role)
        statement = compile_query(Query.model_validate(query), Catalogue.load(), today=TODAY)
        return self.house.warehouse.run(scope, statement, fresh=fresh)


@pytest.fixture
def surgery(house: House) -> Iterator[Surgery]:
    from .hosts import fill as fill_source

    fill_source(house.source_url, "north")
    house.add("north", "north")
    tenant = house.registry.get("north")
    copy = Copy()
    for age, people in (("18-29", 5), ("30-39", 20), ("40-49", 30), ("50-59", 45)):
        for _ in range(people):
            copy.person(age=age)
    with copy_of(house.platform_url, house.keyring, tenant.id, copy) as url:
        yield Surgery(house, url)


def test_a_small_group_and_the_next_smallest_are_withheld_and_counted(surgery: Surgery) -> None:
    result = surgery.ask(BY_AGE)
    assert result.rows == [["18-29", None], ["30-39", None], ["40-49", 30], ["50-59", 45]]
    assert (result.withheld, result.columns) == (2, ("age_group", "patients"))


def test_what_the_cache_holds_has_no_small_group(surgery: Surgery) -> None:
    first, second = surgery.ask(BY_AGE), surgery.ask(BY_AGE)
    assert (first.cached, second.cached) == (False, True)
    assert (second.rows, second.withheld) == (first.rows, first.withheld)
    tenant = surgery.house.registry.get("north").id
    (key,) = surgery.house.redis.scan_iter(f"prentice:results:{tenant}:anonymised:*")
    (packed,) = surgery.house.redis.hvals(key)
    assert b'["18-29",null]' in packed
    assert b'["30-39",null]' in packed


def test_the_same_question_again_gives_the_same_answer_without_the_cache(surgery: Surgery) -> None:
    assert surgery.ask(BY_AGE, fresh=True).rows == surgery.ask(BY_AGE, fresh=True).rows


def test_a_second_question_that_differs_by_a_few_people_is_withheld_from_the_same_user(
    surgery: Surgery,
) -> None:
    without = {"metrics": ["patients"], "filters": [{"field": "age_group", "op": "!=", "value": "18-29"}]}
    assert surgery.ask({"metrics": ["patients"]}).rows == [[100]]
    result = surgery.ask(without)
    assert (result.rows, result.withheld) == ([[None]], 1)
    assert surgery.ask(without, as_="bob").rows == [[95]]  # who has seen nothing else


def test_the_watch_goes_on_in_another_process(surgery: Surgery) -> None:
    without = {"metrics": ["patients"], "filters": [{"field": "age_group", "op": "!=", "value": "18-29"}]}
    surgery.ask({"metrics": ["patients"]})
    from prentice.warehouse.execute import Warehouse

    house = surgery.house
    with Warehouse(house.registry, house.keyring, house.warehouse._limits, house.redis) as other:
        scope = house.registry.scope("north", principal="ann")
        statement = compile_query(Query.model_validate(without), Catalogue.load(), today=TODAY)
        assert other.run(scope, statement).rows == [[None]]


def test_a_user_stands_in_no_key_of_the_store(surgery: Surgery) -> None:
    surgery.ask(BY_AGE, as_="ann@example.com")
    keys = b" ".join(surgery.house.redis.scan_iter("*"))
    for key in surgery.house.redis.scan_iter("prentice:results:*"):
        keys += b" ".join(surgery.house.redis.hkeys(key))
    assert b"prentice:asked:" in keys
    assert b"ann@example" not in keys


def test_a_new_copy_is_seen_by_the_very_next_question(surgery: Surgery) -> None:
    assert surgery.ask(BY_AGE).rows[3] == ["50-59", 45]
    copy = some_copy(0, 1)
    copy.run_id = "run-2"
    for _ in range(60):
        copy.person(age="50-59")
    tenant = surgery.house.registry.get("north")
    with psycopg.connect(surgery.url, autocommit=True) as owner:
        fill(owner, copy, "incoming")
        owner.execute(f"GRANT USAGE ON SCHEMA incoming TO prentice_a_{tenant.id}")  # type: ignore[arg-type]
        owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA incoming TO prentice_a_{tenant.id}")  # type: ignore[arg-type]
        with owner.transaction():
            owner.execute("ALTER SCHEMA anonymised RENAME TO outgoing")
            owner.execute("ALTER SCHEMA incoming RENAME TO anonymised")
    assert surgery.ask(BY_AGE).rows == [["50-59", 60]]


def test_a_practice_without_a_copy_is_told_so(house: House) -> None:
    from .hosts import fill as fill_source

    fill_source(house.source_url, "north")
    house.add("north", "north")
    with pytest.raises(NoCopy, match=r"no anonymised copy .* `prentice deid run --tenant north`"):
        Surgery(house, "").ask(BY_AGE)


def test_a_session_of_breakdowns_does_not_slow_the_next_question(surgery: Surgery) -> None:
    """With 5,000 people: measured 30 ms, of it 5 ms for suppression and the watch."""
    copy = some_copy(5_000, 3)
    copy.run_id = "run-3"
    tenant = surgery.house.registry.get("north")
    with psycopg.connect(surgery.url, autocommit=True) as owner:
        owner.execute("DROP SCHEMA anonymised CASCADE")
        fill(owner, copy)
        owner.execute(f"GRANT USAGE ON SCHEMA anonymised TO prentice_a_{tenant.id}")  # type: ignore[arg-type]
        owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA anonymised TO prentice_a_{tenant.id}")  # type: ignore[arg-type]
    for query in (BY_AGE, {"metrics": ["myopia_share"], "dimensions": ["age_group"]}):
        surgery.ask(query)
    started = time.perf_counter()
    surgery.ask({"metrics": ["progressive_share"], "dimensions": ["age_group"]})
    assert time.perf_counter() - started < 1.0
