"""The policy: a named rule for every column. `policy.yml` is Prentice's; a practice may add its own
columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from prentice.deid.identifiers import ANY, IDENTIFIERS, letters
from prentice.errors import BadConfiguration

Family = Literal["text", "number", "time", "flag", "json", "other"]
Rule = Literal[
    "drop", "keep", "select", "token", "age_group", "year", "country", "state", "flag", "derived", "numeric",
    "numeric_banded", "category", "vocabulary",
]  # fmt: skip
# What a practice may say of a column of its own. No place in the copy is made for it: `keep` says that it
# identifies nobody, and the guard holds it to that. A column of Prentice's policy keeps its rule, or is
# dropped.
_OWN_RULES = ("drop", "keep")
# Of which types a column may come to be, and still be read by its rule; else it can be dropped alone.
_READABLE: dict[Rule, tuple[Family, ...]] = {
    "age_group": ("text", "time"), "year": ("time",), "country": ("text",), "state": ("json", "text"),
    "flag": ("flag", "text", "number"), "numeric": ("number", "text"), "category": ("text",),
    "vocabulary": ("text",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What becomes of one column. `letters` are the identifiers that the rule answers; else `why` is said."""

    table: str
    column: str
    type: Family
    rule: Rule
    letters: tuple[str, ...]
    why: str | None


@dataclass(frozen=True, slots=True)
class Category:
    """A closed list, and other spellings of its values. All are in the normal form of `normal`."""

    values: frozenset[str]
    alike: Mapping[str, str]

    def of(self, text: str | None) -> str | None:
        """The value of the list that `text` means, else 'other'; None where nothing is written."""
        said = normal(text or "")
        if not said:
            return None
        said = self.alike.get(said, said)
        return said if said in self.values else OTHER


@dataclass(frozen=True, slots=True)
class Policy:
    tables: Mapping[str, Mapping[str, ColumnRule]]
    categories: Mapping[str, Category]
    quasi_identifiers: tuple[str, ...]
    hash: str  # of everything in it

    def __iter__(self) -> Iterator[ColumnRule]:
        return (rule for columns in self.tables.values() for rule in columns.values())

    def rule(self, table: str, column: str) -> ColumnRule | None:
        return self.tables.get(table, {}).get(column)


OTHER = "other"


def normal(text: str) -> str:
    """Lower case, single spaces; hyphens and underscores count as spaces.

    >>> normal(" Single_Vision "), normal("Anti-Reflective")
    ('single vision', 'anti reflective')
    """
    return " ".join(text.lower().replace("_", " ").replace("-", " ").split())


def readable_as(table: str, column: str, family: Family) -> bool:
    """Whether a column of Prentice's policy can be read by its rule where a practice has it in another type.

    >>> readable_as("patients", "nhs_exemption", "text"), readable_as("orders", "order_date", "text")
    (True, False)
    """
    told = _ours().tables[table][column]
    if told.type == family or told.rule == "drop":
        return True
    if told.rule == "derived":
        return told.type == "number" and family == "text"
    if told.rule == "select" and told.type == "flag":
        return family in _READABLE["flag"]
    if told.rule == "select" and told.type == "time":
        return column != "deleted_at" or family in ("text", "flag")
    return family in _READABLE.get(told.rule, ("text", "number"))


class _Column(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    type: Family
    rule: Rule
    identifier: str | list[str] | None = None
    why: str | None = None

    @field_validator("identifier")
    @classmethod
    def _is_letter(cls, said: str | list[str] | None) -> str | list[str] | None:
        for letter in [said] if isinstance(said, str) else said or []:
            if letter not in IDENTIFIERS and letter != ANY:
                raise ValueError(f"identifier is a letter A to R or '{ANY}'")
        return said

    @model_validator(mode="after")
    def _answers(self) -> _Column:
        if (self.identifier is None) == (self.why is None):
            raise ValueError("say which identifier A to R it answers, or why it is none")
        return self


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid")
    values: list[str] = Field(default_factory=list)
    alike: dict[str, str] = Field(default_factory=dict)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: Literal[1] = 1
    categories: dict[str, _List] = Field(default_factory=dict)
    quasi_identifiers: list[str] = Field(default_factory=list)
    tables: dict[str, dict[str, _Column]] = Field(default_factory=dict)


def load_policy(overlay: Path | None = None) -> Policy:
    """Prentice's policy, with the practice's own columns and spellings where `overlay` exists.

    Raises `BadConfiguration` that names the file and the place where it cannot be read.
    """
    own = _File()
    if overlay is not None and overlay.exists():
        own = _checked(overlay.read_text("utf-8"), str(overlay))
        for table, columns in own.tables.items():
            for name, column in columns.items():
                told = _ours().tables.get(table, {}).get(name)
                may = ("drop", told.rule) if told else _OWN_RULES
                if column.rule not in may:
                    raise BadConfiguration(
                        f"{overlay}: {table}.{name} cannot have the rule '{column.rule}'.",
                        f"It can be {' or '.join(sorted(set(may)))}.",
                    )
                if (table, name, column.rule) == ("patients", "id", "drop"):
                    raise BadConfiguration(
                        f"{overlay}: without patients.id nobody can be told from anybody else.",
                        "Leave its rule; what stands in the copy is a random code.",
                    )
                if told and column.rule != "drop" and not readable_as(table, name, column.type):
                    raise BadConfiguration(
                        f"{overlay}: {table}.{name} cannot be read by the rule '{column.rule}' where it is "
                        f"of the type '{column.type}'.",
                        "Drop it, or have the practice keep it in its type of before.",
                    )
    return _merged(_ours(), own)


def overlay_path(home: Path, slug: str) -> Path:
    """Where a practice's own columns are written down, by the operator."""
    return home / "deid" / "policy" / f"{slug}.yml"


@cache
def _ours() -> _File:
    return _checked(files(__package__).joinpath("policy.yml").read_text("utf-8"), "policy.yml")


def _checked(text: str, name: str) -> _File:
    try:
        return _File.model_validate(yaml.safe_load(text) or {})
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadConfiguration(
            f"{name}: {place}: {first['msg'].removeprefix('Value error, ')}.", "Correct the file."
        ) from None
    except yaml.YAMLError as broken:
        mark: Any = getattr(broken, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise BadConfiguration(f"{name}{line} is not YAML.", "Correct the file.") from None


def _merged(ours: _File, own: _File) -> Policy:
    tables = {table: dict(columns) for table, columns in ours.tables.items()}
    for table, columns in own.tables.items():
        tables.setdefault(table, {}).update(columns)
    categories = {}
    for name in ours.categories.keys() | own.categories.keys():
        parts = [part.categories.get(name, _List()) for part in (ours, own)]
        alike = {normal(a): normal(b) for part in parts for a, b in part.alike.items()}
        values = frozenset(normal(value) for part in parts for value in part.values)
        categories[name] = Category(values | {OTHER}, alike)
    whole = [part.model_dump(mode="json") for part in (ours, own)]
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    rules = {
        table: {
            name: ColumnRule(
                table, name, column.type, column.rule, letters(column.identifier or []), column.why
            )
            for name, column in columns.items()
        }
        for table, columns in tables.items()
    }
    return Policy(rules, categories, tuple(ours.quasi_identifiers), digest)
