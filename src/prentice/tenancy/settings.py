"""What is decided for a practice, by its owner and (`limits`) the operator: `tenants.settings`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from prentice.errors import BadSetting
from prentice.identity.roles import PRACTICE_ROLES, Role


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError:
        raise ValueError("not an address or network such as 203.0.113.7 or 203.0.113.0/24") from None


def _of_a_practice(role: Role) -> Role:
    if role not in PRACTICE_ROLES:
        raise ValueError("not a role that somebody has in a practice")
    return role


class PracticeSettings(BaseModel):
    """Read with `Registry.settings`, changed with `Registry.change_settings`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    public_name: str | None = Field(
        default=None,
        min_length=1,
        max_length=80,
        pattern=r"^[^\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]*$",
        description="What its people see it called; without it, its name.",
    )
    mfa_roles: frozenset[Annotated[Role, AfterValidator(_of_a_practice)]] = Field(
        default=frozenset(), description="The roles that must show a second factor."
    )
    session_idle_minutes: int | None = Field(
        default=None,
        ge=5,
        le=1_440,
        description="Minutes without a request after which a session ends; without it, the platform's.",
    )
    session_absolute_hours: int | None = Field(
        default=None,
        ge=1,
        le=720,
        description="Hours after which a session ends in any case; without it, the platform's.",
    )
    allowed_addresses: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        default=(),
        max_length=200,
        description="Networks (CIDR) from which the practice may be used; empty: from anywhere.",
    )
    limits: dict[str, Any] = Field(
        default_factory=dict,
        description="What the operator grants it, in place of the platform's limits.",
    )
    own_limits: dict[str, Any] = Field(
        default_factory=dict,
        description="What it has lowered for itself; never more than the operator grants.",
    )
    patients_by_grant: bool = Field(
        default=True,
        description="Whether managers and auditors need the grant 'patients' too; owners never do.",
    )


NAMES = tuple(PracticeSettings.model_fields)


def read_settings(stored: Mapping[str, Any]) -> PracticeSettings:
    """The settings, or `BadSetting` that names the one that is wrong, never its value.

    >>> read_settings({"mfa_role": ["owner"]})
    Traceback (most recent call last):
    prentice.errors.BadSetting: There is no setting 'mfa_role'. Did you mean 'mfa_roles'?
    """
    for name in stored:
        if name not in NAMES:
            raise _unknown(name)
    try:
        return PracticeSettings.model_validate(dict(stored))
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_context=False, include_url=False)[0]
        name = str(first["loc"][0])
        raise BadSetting(
            f"'{name}' cannot have that value: {first['msg'].removeprefix('Value error, ')}.",
            f"It is: {PracticeSettings.model_fields[name].description}",
        ) from None


def changed(settings: PracticeSettings, changes: Mapping[str, Any]) -> PracticeSettings:
    """The settings with these changes; None puts one back to what it is without being set."""
    kept = stored(settings) | dict(changes)
    return read_settings({name: value for name, value in kept.items() if value is not None})


def stored(settings: PracticeSettings) -> dict[str, Any]:
    """What is written down: only what was set, as JSON; sets in an order that stays."""
    plain = settings.model_dump(mode="json", exclude_defaults=True)
    if "mfa_roles" in plain:
        plain["mfa_roles"] = [role for role in PRACTICE_ROLES if role in settings.mfa_roles]
    return plain


def read_value(name: str, text: str) -> Any:
    """What somebody typed for a setting; '' is None, which puts it back. Raises `BadSetting`.

    >>> read_value("mfa_roles", "owner, manager"), read_value("patients_by_grant", "no")
    (['owner', 'manager'], False)
    >>> read_value("limits", '{"questions_per_day": 500}')
    {'questions_per_day': 500}
    """
    if name not in NAMES:
        raise _unknown(name)
    if not text.strip():
        return None
    if name in ("mfa_roles", "allowed_addresses"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if name in ("limits", "own_limits"):
        try:
            return json.loads(text)
        except ValueError:
            raise BadSetting(
                f"'{name}' cannot be read.",
                f"Give them as JSON, such as {name}='{{\"questions_per_day\": 500}}'.",
            ) from None
    if name == "patients_by_grant":
        return {"yes": True, "no": False}.get(text.strip().lower(), text)
    return text


def as_given(settings: PracticeSettings, name: str) -> str:
    """The setting's value as it would be typed.

    >>> as_given(PracticeSettings(mfa_roles={"manager", "owner"}), "mfa_roles")
    'owner,manager'
    """
    value = getattr(settings, name)
    if value is None:
        return ""
    if name in ("limits", "own_limits"):
        return json.dumps(value) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "mfa_roles":
        value = [role for role in PRACTICE_ROLES if role in value]
    return str(value) if isinstance(value, str | int) else ",".join(value)


def _unknown(name: str) -> BadSetting:
    shown = name if len(name) <= 40 else name[:40] + "…"
    if close := get_close_matches(name, NAMES, n=1, cutoff=0.5):
        return BadSetting(f"There is no setting '{shown}'.", f"Did you mean '{close[0]}'?")
    return BadSetting(f"There is no setting '{shown}'.", f"There are: {', '.join(NAMES)}.")
