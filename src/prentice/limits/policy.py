"""How much a practice, a user and a key may do: the platform's settings, what the operator grants a practice
in their place, and what the practice lowered for itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prentice.errors import BadSetting
from prentice.settings import Settings


@dataclass(frozen=True, slots=True)
class Rates:
    """A bucket of `burst` requests that fills again by `per_minute`."""

    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True)
class Budgets:
    """Rows read, EXPLAIN's cost and model tokens, by the practice's own calendar."""

    rows_per_day: int
    cost_per_day: int
    tokens_per_day: int
    tokens_per_month: int


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Questions under way together."""

    tenant: int
    user: int


@dataclass(frozen=True, slots=True)
class Policy:
    tenant: Rates
    user: Rates
    key: Rates
    at_once: AtOnce
    budgets: Budgets


_GIVEN = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
_Rate = Annotated[int | None, Field(ge=1, le=1_000_000)]
_Few = Annotated[int | None, Field(ge=1, le=10_000)]
_Budget = Annotated[int | None, Field(ge=0, le=10**15)]  # Lua counts exactly to 9 * 10**15


class RatesGiven(BaseModel):
    model_config = _GIVEN
    per_minute: _Rate = None
    burst: _Rate = None


class AtOnceGiven(BaseModel):
    model_config = _GIVEN
    tenant: _Few = None
    user: _Few = None


class BudgetsGiven(BaseModel):
    model_config = _GIVEN
    rows_per_day: _Budget = None
    cost_per_day: _Budget = None
    tokens_per_day: _Budget = None
    tokens_per_month: _Budget = None


class TenantLimits(BaseModel):
    """`tenants.settings["limits"]`: what of the platform's limits is another for this practice; and
    `["own_limits"]`, what it lowered for itself."""

    model_config = _GIVEN
    tenant: RatesGiven = RatesGiven()
    user: RatesGiven = RatesGiven()
    key: RatesGiven = RatesGiven()
    at_once: AtOnceGiven = AtOnceGiven()
    budgets: BudgetsGiven = BudgetsGiven()


def platform_policy(settings: Settings) -> Policy:
    """What holds for a practice that has no limits of its own."""
    return Policy(
        tenant=Rates(settings.limit_tenant_per_minute, settings.limit_tenant_burst),
        user=Rates(settings.limit_user_per_minute, settings.limit_user_burst),
        key=Rates(settings.limit_key_per_minute, settings.limit_key_burst),
        at_once=AtOnce(settings.limit_tenant_at_once, settings.limit_user_at_once),
        budgets=Budgets(
            rows_per_day=settings.limit_rows_per_day,
            cost_per_day=settings.limit_cost_per_day,
            tokens_per_day=settings.limit_tokens_per_day,
            tokens_per_month=settings.limit_tokens_per_month,
        ),
    )


def with_own(policy: Policy, given: object) -> Policy:
    """The policy with what the operator grants a practice in place of the platform's. Raises `BadSetting`.

    >>> platform = platform_policy(Settings())
    >>> with_own(platform, {"user": {"per_minute": 60}}).user
    Rates(per_minute=60, burst=200)
    """
    own = read_limits(given)
    return replace(policy, **{f.name: _over(getattr(policy, f.name), getattr(own, f.name)) for f in _PARTS})


def lowered(granted: Policy, given: object) -> Policy:
    """The policy with what a practice lowered for itself: of each limit the smaller. Raises `BadSetting`.

    >>> lowered(platform_policy(Settings()), {"user": {"per_minute": 60, "burst": 9_000}}).user
    Rates(per_minute=60, burst=200)
    """
    own = read_limits(given)
    return replace(
        granted, **{f.name: _under(getattr(granted, f.name), getattr(own, f.name)) for f in _PARTS}
    )


def read_limits(given: object, *, no_more_than: Policy | None = None) -> TenantLimits:
    """A practice's own limits as they were written. Raises `BadSetting` that names what is wrong.

    `no_more_than` is for limits that a practice sets for itself: it may lower what the platform grants it.

    >>> read_limits({"user": {"per_hour": 60}})
    Traceback (most recent call last):
    prentice.errors.BadSetting: Limits are not valid. user.per_hour: there is no such limit. ...
    """
    try:
        own = TenantLimits.model_validate(given)
    except ValidationError as invalid:
        raise BadSetting(f"Limits are not valid. {_told(invalid)}.", _SEE) from None
    if no_more_than is not None:
        _check_below(own, no_more_than)
    return own


def _check_below(own: TenantLimits, most: Policy) -> None:
    if over := [name for name, value in _flat(own.model_dump()) if value > _of(most, name)]:
        raise BadSetting(
            f"Limits are above what the platform grants the practice: {', '.join(over)}.",
            "Lower them, or ask the platform's operator for more.",
        )


_PARTS = fields(Policy)
_SEE = "docs/limits.md lists every limit."


def _over(part: Any, own: BaseModel) -> Any:
    return replace(part, **own.model_dump(exclude_none=True))


def _under(part: Any, own: BaseModel) -> Any:
    given = own.model_dump(exclude_none=True)
    return replace(part, **{name: min(value, getattr(part, name)) for name, value in given.items()})


def _flat(own: dict[str, dict[str, int | None]]) -> list[tuple[str, int]]:
    return [(f"{p}.{n}", v) for p, part in own.items() for n, v in part.items() if v is not None]


def _of(policy: Policy, name: str) -> int:
    part, _, limit = name.partition(".")
    return int(asdict(policy)[part][limit])


def _told(invalid: ValidationError) -> str:
    wrong = []
    for error in invalid.errors(include_input=False, include_context=False, include_url=False):
        if error["type"] == "extra_forbidden":
            place = ".".join(_shown(part) for part in error["loc"])
            wrong.append(f"{place}: there is no such limit")
        else:
            place = ".".join(map(str, error["loc"])) or "limits"
            wrong.append(f"{place}: {error['msg']}")
    return "; ".join(wrong[:5])


def _shown(part: object) -> str:
    """A key that somebody made up, as far as it is fit to be repeated."""
    text = str(part)
    return text if text.isidentifier() and len(text) <= 40 else "one"
