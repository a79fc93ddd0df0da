"""The route to the anonymised copy: its own login and cache, small groups taken out before either."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from small_copy import Copy, copy_of, fill, some_copy

from prentice.errors import NoCopy, WatchFull, WatchUnavailable
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.tenancy.scope import TenantScope
from prentice.warehouse import asked
from prentice.warehouse.execute import Result, Warehouse

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

    def replace(self, copy: Copy) -> None:
        """The next copy takes the place of this one."""
        reader = f"prentice_a_{self.house.registry.get('north').id}"
        with psycopg.connect(self.url, autocommit=True) as owner, owner.transaction():
            owner.execute("DROP SCHEMA anonymised CASCADE")
            fill(owner, copy)
            owner.execute(f"GRANT USAGE ON SCHEMA anonymised TO {reader}")  # type: ignore[arg-type]
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA anonymised TO {reader}")  # type: ignore[arg-type]

    def platform(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.house.platform_url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []


def people(**ages: int) -> Copy:
    """So many of each age, who spent and see differently; codes count through them all."""
    copy = Copy()
    for age, number in ages.items():
        for n in range(number):
            copy.person(age=age.removeprefix("a").replace("_", "-"), sphere=-1.0 - n / 4, spend=100.0 + n)
    return copy


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
    assert b"ann@example" not in keys
    assert b"prentice:asked:" not in keys  # what was told is not kept where it can be thrown out
    with psycopg.connect(surgery.house.platform_url) as platform:
        rows = platform.execute("select t::text from patients_told t").fetchall()
    assert rows
    assert "ann@example" not in str(rows)


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


EVERYONE = {"metrics": ["patients"]}
BUT_THE_YOUNG = {"metrics": ["patients"], "filters": [{"field": "age_group", "op": "!=", "value": "18-29"}]}
FORTIES = [{"field": "age_group", "value": "40-49"}]


def test_what_was_told_outlasts_valkey(surgery: Surgery) -> None:
    """A command without a server: its Valkey ends with it, and so does its process."""
    surgery.ask(EVERYONE)
    surgery.house.redis.flushall()
    house = surgery.house
    with Warehouse(house.registry, house.keyring, house.warehouse._limits, None) as other:
        statement = compile_query(Query.model_validate(BUT_THE_YOUNG), Catalogue.load(), today=TODAY)
        assert other.run(house.registry.scope("north", principal="ann"), statement).rows == [[None]]


@pytest.mark.parametrize(
    "harm",
    [
        "ALTER TABLE patients_told RENAME TO elsewhere",
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''disk full''; END';"
        "CREATE TRIGGER no BEFORE INSERT ON patients_told FOR EACH ROW EXECUTE FUNCTION no()",
    ],
)
def test_nothing_is_told_where_it_cannot_be_remembered(surgery: Surgery, harm: str) -> None:
    surgery.platform(harm)
    with pytest.raises(WatchUnavailable, match="what you were told before cannot be looked up"):
        surgery.ask(EVERYONE)


def test_a_full_history_withholds_rather_than_forgets(
    surgery: Surgery, monkeypatch: pytest.MonkeyPatch
) -> None:
    surgery.ask(EVERYONE)
    surgery.ask(BY_AGE)  # two groups
    monkeypatch.setattr(asked, "GROUPS", 3)
    with pytest.raises(WatchFull, match="withheld, every figure of it"):
        surgery.ask({"metrics": ["patients"], "filters": [{"field": "age_group", "value": "50-59"}]})
    assert surgery.ask(EVERYONE, fresh=True).rows == [[100]]  # nothing that was not told already
    assert surgery.ask(BUT_THE_YOUNG).rows == [[None]]


def test_what_was_told_is_forgotten_after_the_days(surgery: Surgery) -> None:
    surgery.ask(EVERYONE)
    surgery.platform("UPDATE patients_told SET told_at = now() - interval '6 days'")
    assert surgery.ask(BUT_THE_YOUNG).rows == [[None]]
    surgery.platform("UPDATE patients_told SET told_at = now() - interval '8 days'")
    assert surgery.ask(BUT_THE_YOUNG, fresh=True).rows == [[95]]
    assert len(surgery.platform("SELECT 1 FROM patients_told")) == 1  # the old row went


def test_two_questions_of_one_user_at_once_are_not_both_answered(surgery: Surgery) -> None:
    house, told = surgery.house, list[Any]()
    barrier = threading.Barrier(2)

    def put(query: dict[str, Any]) -> None:
        with Warehouse(house.registry, house.keyring, house.warehouse._limits, None) as own:
            statement = compile_query(Query.model_validate(query), Catalogue.load(), today=TODAY)
            barrier.wait(10)
            told.append(own.run(house.registry.scope("north", principal="ann"), statement).rows[0][0])

    for _ in range(3):
        told.clear()
        surgery.platform("TRUNCATE patients_told")
        threads = [threading.Thread(target=put, args=(query,)) for query in (EVERYONE, BUT_THE_YOUNG)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 2
        assert told.count(None) == 1


# -- a new copy --------------------------------------------------------------------------------------

MEANS = {"metrics": ["average_sphere", "spend_per_patient", "patients"], "filters": FORTIES}


def next_copy(copy: Copy) -> Copy:
    new = Copy({name: list(rows) for name, rows in copy.rows.items()}, "run-2")
    return new


def recoded(copy: Copy) -> Copy:
    """Everybody with a new code, as in the first copy of each day."""
    for rows in copy.rows.values():
        rows[:] = [(f"new{row[0]}", *row[1:]) for row in rows]
    return copy


def test_the_same_question_after_nobody_changed_is_answered(surgery: Surgery) -> None:
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    before = surgery.ask(MEANS).rows
    assert None not in before[0]
    surgery.replace(next_copy(first))
    assert surgery.ask(MEANS).rows == before


def test_a_group_that_one_person_joined_since_it_was_told_is_withheld(surgery: Surgery) -> None:
    """From a mean of 84 and one of 85 comes exactly what the 85th has."""
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    surgery.ask(MEANS)
    second = next_copy(first)
    second.person(age="40-49", sphere=-11.0)
    surgery.replace(second)
    assert surgery.ask(MEANS).rows == [[None] * 5]
    assert surgery.ask(MEANS, as_="bob").rows[0][2] == 41  # who was told nothing before
    # nor does it come out of everyone less the others
    whole = surgery.ask(EVERYONE).rows[0][0]
    fifties = surgery.ask({"metrics": ["patients"], "filters": [{"field": "age_group", "value": "50-59"}]})
    assert whole is None or fifties.rows[0][0] is None


def test_one_who_left_and_one_who_came_are_seen_though_the_number_is_the_same(surgery: Surgery) -> None:
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    surgery.ask(MEANS)
    second = next_copy(first)
    second.person(age="40-49", sphere=-11.0)
    for rows in second.rows.values():
        rows[:] = [row for row in rows if row[0] != "000000"]
    surgery.replace(second)
    assert surgery.ask(MEANS).rows == [[None] * 5]


def test_one_whose_spend_changed_is_not_told_by_two_means(surgery: Surgery) -> None:
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    surgery.ask(MEANS)
    second = next_copy(first)
    year = second.rows["person_year"]
    year[0] = (*year[0][:4], 9_999.0)
    surgery.replace(second)
    assert surgery.ask({"metrics": ["spend_per_patient"], "filters": FORTIES}).rows[0][0] is None
    assert surgery.ask({"metrics": ["patients"], "filters": FORTIES}).rows == [[40]]  # these are the same


def test_a_group_that_many_joined_is_told_anew(surgery: Surgery) -> None:
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    surgery.ask(MEANS)
    second = next_copy(first)
    for _ in range(60):
        second.person(age="40-49")
    surgery.replace(second)
    assert surgery.ask(MEANS).rows[0][2] == 100


@pytest.mark.parametrize("new_codes", [False, True])
def test_all_that_came_less_those_who_came_to_a_part_is_not_told(surgery: Surgery, new_codes: bool) -> None:
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    surgery.ask(EVERYONE)
    surgery.ask({"metrics": ["patients"], "filters": FORTIES})
    second = next_copy(first)
    for n in range(61):
        second.person(age="40-49" if n else "50-59")
    surgery.replace(recoded(second) if new_codes else second)
    assert surgery.ask(EVERYONE).rows == [[141]]
    assert surgery.ask({"metrics": ["patients"], "filters": FORTIES}).rows == [[None]]


def test_after_new_codes_the_same_people_are_told_again(surgery: Surgery) -> None:
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    before = surgery.ask(MEANS).rows
    surgery.replace(recoded(next_copy(first)))
    assert surgery.ask(MEANS).rows == before


def test_after_new_codes_one_who_joined_or_changed_is_seen(surgery: Surgery) -> None:
    first = people(a40_49=40, a50_59=40)
    surgery.replace(first)
    surgery.ask(MEANS)
    second = next_copy(first)
    year = second.rows["person_year"]
    year[0] = (*year[0][:4], 9_999.0)
    surgery.replace(recoded(second))
    assert surgery.ask({"metrics": ["spend_per_patient"], "filters": FORTIES}).rows[0][0] is None
    third = next_copy(first)
    third.person(age="40-49", sphere=-11.0)
    third.run_id = "run-3"
    surgery.replace(recoded(third))
    assert surgery.ask(MEANS).rows == [[None] * 5]
