"""What is kept of feedback, whose it is, and that it is never counted more often than it was given."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from prentice.errors import BadQuestion, UnknownFeedback
from prentice.feedback.items import item
from prentice.feedback.store import FeedbackStore, Satisfaction
from prentice.feedback.told import Asked, Outcome, Told, monday
from prentice.feedback.weeks import joined
from prentice.knowledge.corpus import Item
from prentice.limits.use import DayUse

from .conftest import NORTH, SOUTH

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TOLD = Told("t" * 32, "knowledge", None, "What base is a minus lens above its centre?")
FOR = text("select set_config('prentice.tenant', :id, true)")


def counted(store: FeedbackStore, tenant: str = NORTH) -> Satisfaction:
    return sum(store.by_week(tenant, LONG_AGO, "Europe/London").values(), Satisfaction())


def test_who_changes_their_mind_changes_what_stands(store: FeedbackStore) -> None:
    store.give(NORTH, "u_ann", TOLD, thumbs="up")
    store.give(NORTH, "u_ann", TOLD, thumbs="down", rating=2)
    given = store.give(NORTH, "u_ann", TOLD, rating=3)
    assert (given.thumbs, given.rating, given.kind) == ("down", 3, "knowledge")
    store.give(NORTH, "u_ben", TOLD, thumbs="up")
    assert counted(store) == Satisfaction(up=1, down=1, rated=1, stars=3)


def test_a_correction_is_kept_without_names(store: FeedbackStore) -> None:
    given = store.give(NORTH, "u_ann", TOLD, correction="Mrs Joan Smith says it is base down.")
    assert given.correction == "[NAME] says it is base down."


def test_an_accepted_correction_is_a_candidate_and_is_reviewed_once(store: FeedbackStore) -> None:
    given = store.give(NORTH, "u_ann", TOLD, correction="It is base up.")
    assert [one.id for one in store.waiting(NORTH)] == [given.id]
    store.accept(NORTH, given.id, "corpus", by="u_mia")
    assert not store.waiting(NORTH)
    assert [(c.kind, c.answer) for c in store.candidates(NORTH)] == [("corpus", "It is base up.")]
    assert not store.candidates(NORTH, "verified")
    with pytest.raises(UnknownFeedback):
        store.reject(NORTH, given.id, by="u_mia")


def test_the_same_correction_is_not_asked_about_again_and_another_one_is(store: FeedbackStore) -> None:
    given = store.give(NORTH, "u_ann", TOLD, correction="It is base up.")
    store.reject(NORTH, given.id, by="u_mia")
    store.give(NORTH, "u_ann", TOLD, correction="It is base up.")
    assert not store.waiting(NORTH)
    store.give(NORTH, "u_ann", TOLD, correction="It is base down.")
    (waiting,) = store.waiting(NORTH)
    assert waiting.correction == "It is base down."
    assert not store.candidates(NORTH)


def test_a_correction_of_a_query_without_words_can_only_be_rejected(store: FeedbackStore) -> None:
    given = store.give(NORTH, "u_ann", Told("q" * 32, "analytics", None, None), correction="Too low.")
    with pytest.raises(BadQuestion):
        store.accept(NORTH, given.id, "verified", by="u_mia")
    assert [one.id for one in store.waiting(NORTH)] == [given.id]


def test_a_candidate_has_the_form_of_the_corpus_and_lacks_what_a_reviewer_gives(store: FeedbackStore) -> None:
    given = store.give(NORTH, "u_ann", TOLD, correction="Above its centre a minus lens has its base up.")
    line = item(store.accept(NORTH, given.id, "corpus", by="u_mia"), "GB")
    assert line.keys() == Item.model_fields.keys()
    assert line["region"] == "UK"
    filled = {
        "topic": "optics", "article": "prism", "paraphrases": ["a?", "b?", "c?"],
        "key_facts": [["base up"]], "sources": ["jalie-principles"],
    }  # fmt: skip
    assert Item.model_validate({**line, **filled}).answer == given.correction


# -- walls ---------------------------------------------------------------------------------------------------


def test_a_practice_neither_sees_nor_reviews_anothers(store: FeedbackStore) -> None:
    given = store.give(NORTH, "u_ann", TOLD, thumbs="down", correction="It is base up.")
    assert not store.waiting(SOUTH)
    assert not store.exported(SOUTH)
    assert counted(store, SOUTH) == Satisfaction()
    for review in (
        lambda: store.accept(SOUTH, given.id, "corpus", by="u_eve"),
        lambda: store.reject(SOUTH, given.id, by="u_eve"),
    ):
        with pytest.raises(UnknownFeedback):
            review()
    store.forget(SOUTH)
    assert len(store.exported(NORTH)) == 1


@pytest.mark.parametrize("table", ["feedback", "feedback_candidates"])
def test_the_wall_holds_for_the_tables_own_owner(engine: Engine, store: FeedbackStore, table: str) -> None:
    for tenant in (NORTH, SOUTH):
        given = store.give(tenant, "u_ann", TOLD, correction="It is base up.")
        store.accept(tenant, given.id, "corpus", by="u_mia")
    with engine.connect() as connection:
        secured = "select relrowsecurity, relforcerowsecurity from pg_class where relname = :name"
        assert tuple(connection.execute(text(secured), {"name": table}).one()) == (True, True)
        assert not connection.execute(text(f"select from {table}")).all()
        connection.execute(FOR, {"id": NORTH})
        seen = connection.execute(text(f"select tenant_id from {table}")).scalars()
        assert list(seen) == [NORTH]
        with pytest.raises(ProgrammingError):
            connection.execute(text(f"update {table} set tenant_id = '{SOUTH}'"))


def test_a_practice_that_goes_takes_its_feedback_with_it(store: FeedbackStore) -> None:
    given = store.give(NORTH, "u_ann", TOLD, correction="It is base up.")
    store.accept(NORTH, given.id, "corpus", by="u_mia")
    store.forget(NORTH)
    assert not store.exported(NORTH)
    assert not store.candidates(NORTH)


# -- counts --------------------------------------------------------------------------------------------------

SAID = st.tuples(
    st.sampled_from(["u_ann", "u_ben"]),
    st.sampled_from(["a" * 32, "b" * 32, "c" * 32]),
    st.sampled_from([{"thumbs": "up"}, {"thumbs": "down"}, {"rating": 1}, {"rating": 5}]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(SAID, max_size=10))
def test_counts_never_exceed_what_was_given(
    store: FeedbackStore, said: list[tuple[str, str, dict[str, object]]]
) -> None:
    store.forget(NORTH)
    for who, trace_id, what in said:
        store.give(NORTH, who, Told(trace_id, "analytics", None, None), **what)  # type: ignore[arg-type]
    found = counted(store)
    thumbs = {(who, answer): what["thumbs"] for who, answer, what in said if "thumbs" in what}
    stars = {(who, answer): what["rating"] for who, answer, what in said if "rating" in what}
    assert (found.up, found.down) == tuple(Counter(thumbs.values())[way] for way in ("up", "down"))
    assert (found.rated, found.stars) == (len(stars), sum(map(int, map(str, stars.values()))))
    assert found.up + found.down + found.rated <= len(said)


DAYS = st.dates(date(2026, 8, 3), date(2026, 10, 25))


@given(asked=st.lists(st.tuples(DAYS, st.sampled_from(Outcome), st.sampled_from("abc")), max_size=40))
def test_the_weeks_add_up_to_what_was_asked(asked: list[tuple[date, Outcome, str]]) -> None:
    since, today = date(2026, 8, 3), date(2026, 10, 25)
    outcomes: dict[date, Counter[Outcome]] = {}
    people: dict[date, frozenset[str]] = {}
    for day, outcome, who in asked:
        outcomes.setdefault(monday(day), Counter())[outcome] += 1
        people[monday(day)] = people.get(monday(day), frozenset()) | {who}
    days = [DayUse(day=day, questions=1) for day, _, _ in asked]
    found = joined(since, today, days, Asked(since, outcomes, people, ()), {})
    assert len(found.weeks) == 12
    assert found.weeks[0].monday == monday(today)
    assert found.questions == found.outcomes.total() == len(asked)
    assert all(week.people <= min(week.asked, 3) for week in found.weeks)
    assert found.people == len({who for _, _, who in asked})
    if asked:
        assert sum(found.share(outcome) or 0 for outcome in Outcome) == pytest.approx(1)
    assert found.weeks[-1].monday == since == today - timedelta(days=83)
