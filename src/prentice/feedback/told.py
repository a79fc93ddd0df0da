"""What was told, read from the audit: one answer and to whom, and how the questions of each week ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from prentice.audit.chain import reading
from prentice.audit.entry import Action, Decision
from prentice.errors import UnknownAnswer

_ASKED = (Action.ask, Action.query)
_NEAR, _FAR = 500, 50_000  # entries: feedback mostly follows at once; the far look takes about 0.1 s
_LINE = """select entry from audit_log where tenant_id = %(tenant)s and position(%(trace)s in entry) > 0
and seq > (select coalesce(max(seq), 0) from audit_log where tenant_id = %(tenant)s) - %(back)s
order by seq desc"""
# An entry's keys are sorted, so that its action stands first.
_LINES = """select entry from audit_log where tenant_id = %s
and (starts_with(entry, '{"action":"ask"') or starts_with(entry, '{"action":"query"')) order by seq desc"""
_OVERLAP = timedelta(days=1)  # an entry's time is that of its end; the chain's order is only nearly that
_LOOK_S = 2.0  # then the weeks are those that were reached
_UNKNOWN = "not_in_corpus"  # the expert's "I do not know"
_NOBODY = ("", "operator")


class Outcome(StrEnum):
    """How a question ended for whoever asked it."""

    answered = "answered"
    asked_back = "asked back"
    declined = "declined"
    unknown = "not known"
    failed = "failed"  # or refused for who asked, or how often


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that somebody got. `question` is without identifiers; None for a Query."""

    trace_id: str
    kind: str
    code: str | None
    question: str | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer, as often as it was asked in the same words."""

    question: str
    outcome: Outcome
    code: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Of some weeks, by their Mondays. Weeks before `since` are not in it."""

    since: date
    outcomes: Mapping[date, Counter[Outcome]]
    people: Mapping[date, frozenset[str]]
    unanswered: tuple[Unanswered, ...]  # most often first


def answer_told(platform_url: str, tenant_id: str, trace_id: str, principal: str) -> Told:
    """The answer of that id, as it was given to this person in this practice.

    Raises `UnknownAnswer` alike for one that never was and one that somebody else got, `SourceUnavailable`.
    """
    with reading(platform_url, tenant_id) as connection:
        for back in (_NEAR, _FAR):
            parameters = {"tenant": tenant_id, "trace": f'"{trace_id}"', "back": back}
            for (text,) in connection.execute(_LINE, parameters):
                entry = _read(text)
                if (
                    entry.get("trace_id") == trace_id
                    and entry.get("who") == principal
                    and entry.get("action") in _ASKED
                ):
                    return Told(trace_id, _kind(entry), entry.get("code"), entry.get("question"))
    raise UnknownAnswer(
        "No answer of that id was given to you in this practice.", "Send the trace_id of an answer of yours."
    )


def asked(platform_url: str, tenant_id: str, since: date, zone: ZoneInfo) -> Asked:
    """How the questions ended and who asked, week by week from that Monday on, in the practice's calendar.

    Looks for at most 2 s: of a practice with very many entries the weeks are fewer, and `since` says which.
    Raises `SourceUnavailable`.
    """
    outcomes: dict[date, Counter[Outcome]] = {}
    people: dict[date, set[str]] = {}
    groups: dict[str, Unanswered] = {}
    deadline = time.monotonic() + _LOOK_S
    reached = since
    with reading(platform_url, tenant_id) as connection, connection.cursor(name="asked") as cursor:
        for (text,) in cursor.execute(_LINES, [tenant_id]):
            entry = _read(text)
            at = _at(entry, zone)
            if at is None:
                continue
            day = at.date()
            if day < since - _OVERLAP:
                break
            if time.monotonic() > deadline:
                reached = monday(day) + timedelta(weeks=1)  # the week that it broke off in is not whole
                break
            if day < since:
                continue
            outcome, week = _outcome(entry), monday(day)
            outcomes.setdefault(week, Counter())[outcome] += 1
            if (who := str(entry.get("who", ""))) not in _NOBODY:
                people.setdefault(week, set()).add(who)
            question = entry.get("question")
            if question and outcome not in (Outcome.answered, Outcome.failed):
                _count(groups, question, outcome, entry, at)
    return Asked(
        since=reached,
        outcomes={week: counts for week, counts in outcomes.items() if week >= reached},
        people={week: frozenset(who) for week, who in people.items() if week >= reached},
        unanswered=tuple(sorted(groups.values(), key=lambda one: (one.times, one.last), reverse=True)),
    )


def monday(day: date) -> date:
    """The first day of its week.

    >>> monday(date(2026, 10, 31))
    datetime.date(2026, 10, 26)
    """
    return day - timedelta(days=day.weekday())


def _count(
    groups: dict[str, Unanswered], question: str, outcome: Outcome, entry: Mapping[str, Any], at: datetime
) -> None:
    """The newest comes first, and its words and outcome stand for all."""
    key = " ".join(question.casefold().split()).rstrip(" ?.!")
    had = groups.get(key)
    if had is None:
        groups[key] = Unanswered(question, outcome, str(entry.get("code") or ""), 1, at)
    else:
        groups[key] = Unanswered(had.question, had.outcome, had.code, had.times + 1, had.last)


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    match entry.get("decision"):
        case Decision.allowed:
            return Outcome.answered
        case Decision.declined if entry.get("code") == _UNKNOWN:
            return Outcome.unknown
        case Decision.declined if _kind(entry) == "clarification":
            return Outcome.asked_back
        case Decision.declined:
            return Outcome.declined
        case _:
            return Outcome.failed


def _kind(entry: Mapping[str, Any]) -> str:
    """Entries from before it was written down have none."""
    facts = entry.get("facts")
    if isinstance(facts, dict) and isinstance(facts.get("answer"), str):
        return str(facts["answer"])
    match entry.get("decision"):
        case Decision.allowed:
            return "analytics" if entry.get("query") else "knowledge"
        case Decision.declined:
            return "refusal"
        case _:
            return "error"


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        entry = orjson.loads(text)
    except ValueError:  # spoilt: `audit verify` tells of it
        return {}
    return entry if isinstance(entry, dict) else {}


def _at(entry: Mapping[str, Any], zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(str(entry.get("at", ""))).astimezone(zone)
    except ValueError:
        return None
