"""Volume, outcomes, adoption and satisfaction, week by week: from use, audit and feedback side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from prentice.feedback.store import FeedbackStore, Satisfaction
from prentice.feedback.told import Asked, Outcome, Unanswered, asked, monday
from prentice.limits import Limits
from prentice.limits.use import DayUse
from prentice.tenancy.scope import TenantScope

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Week:
    """`questions` were begun, `outcomes` are how they ended, `people` asked."""

    monday: date
    questions: int
    people: int
    outcomes: Counter[Outcome]
    said: Satisfaction

    @property
    def asked(self) -> int:
        return self.outcomes.total()


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest week first."""

    weeks: tuple[Week, ...]
    people: int  # who asked in any of them
    outcomes: Counter[Outcome]
    said: Satisfaction
    unanswered: tuple[Unanswered, ...]

    @property
    def questions(self) -> int:
        return sum(week.questions for week in self.weeks)

    def share(self, outcome: Outcome) -> float | None:
        """Of the questions that ended; None where none did."""
        return self.outcomes[outcome] / self.outcomes.total() if self.outcomes.total() else None


def overview(
    store: FeedbackStore,
    limits: Limits,
    platform_url: str,
    scope: TenantScope,
    *,
    now: datetime,
    weeks: int = WEEKS,
) -> Overview:
    """The practice's last weeks, this one among them. Raises `SourceUnavailable`, `LimitsUnavailable`."""
    today = now.astimezone(scope.zone).date()
    since = monday(today) - timedelta(weeks=weeks - 1)
    days = limits.use(scope.tenant_id, (today - since).days + 1)
    begin = datetime.combine(since, time.min, scope.zone)
    said = store.by_week(scope.tenant_id, begin, scope.timezone)
    return joined(since, today, days, asked(platform_url, scope.tenant_id, since, scope.zone), said)


def joined(
    since: date, today: date, days: list[DayUse], found: Asked, said: dict[date, Satisfaction]
) -> Overview:
    """Every week from `since` (a Monday) to today, those without a question too."""
    questions: Counter[date] = Counter()
    for day in days:
        questions[monday(day.day)] += day.questions
    mondays = [since + timedelta(weeks=n) for n in range((monday(today) - since).days // 7 + 1)]
    weeks = tuple(
        Week(
            monday=week,
            questions=questions[week],
            people=len(found.people.get(week, ())),
            outcomes=Counter(found.outcomes.get(week, {})),
            said=said.get(week, Satisfaction()),
        )
        for week in reversed(mondays)
        if week >= found.since
    )
    everybody = frozenset[str]().union(*(found.people.get(week.monday, frozenset()) for week in weeks))
    outcomes: Counter[Outcome] = Counter()
    for week in weeks:
        outcomes.update(week.outcomes)
    return Overview(
        weeks, len(everybody), outcomes, sum((week.said for week in weeks), Satisfaction()), found.unanswered
    )
