"""The policy covers the host's whole schema, and what is read is never a column that it drops."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prentice.deid.audit import LiveColumn, LiveSource, audit
from prentice.deid.copy import TABLES
from prentice.deid.identifiers import IDENTIFIERS, looks_like_identifier
from prentice.deid.policy import load_policy, normal
from prentice.deid.reading import Reading
from prentice.demo.schema import host_schema
from prentice.errors import BadConfiguration

FAMILIES = {"boolean": "flag", "jsonb": "json", "integer": "number", "date": "time"}


def family(kind: str) -> str:
    said = kind.lower().split("(")[0].split(" ")[0]
    if said in FAMILIES:
        return FAMILIES[said]
    return "number" if said == "numeric" else "time" if said == "timestamp" else "text"


def whole_host() -> LiveSource:
    tables = {
        name: {
            column.name: LiveColumn(family(column.type), column.type, "with time zone" in column.type)  # type: ignore[arg-type]
            for column in table.columns
        }
        for name, table in host_schema().tables.items()
    }
    return LiveSource("public", tables, ())


def test_every_column_of_the_host_has_a_rule_of_its_type() -> None:
    found = audit(whole_host(), load_policy())
    assert [line for line in found.lines if line.state != "known"] == []
    assert found.to_add == ""
    assert len(found.lines) == sum(len(table.columns) for table in host_schema().tables.values())


def test_every_rule_says_which_identifier_it_answers_or_why_it_is_none() -> None:
    for rule in load_policy():
        assert bool(rule.letters) != bool(rule.why), rule
        assert set(rule.letters) <= set(IDENTIFIERS)


def test_no_column_is_kept_as_it_stands() -> None:
    assert [rule for rule in load_policy() if rule.rule == "keep"] == []


def test_only_columns_whose_rule_takes_something_from_them_are_read() -> None:
    """Every column that a statement names, by its table, has a rule other than drop."""
    source, policy = whole_host(), load_policy()
    reading = Reading(source)
    statements = " ".join([reading.persons(), reading.years(True), reading.orders(True), reading.notes(True)])
    read = set(re.findall(r"\b[a-z]\.([a-z_0-9]+)", statements))
    dropped_everywhere = {rule.column for rule in policy} - {
        rule.column for rule in policy if rule.rule != "drop"
    }
    assert not read & dropped_everywhere
    assert {"date_of_birth", "full_address", "lens_type", "content"} <= read
    for column in ("name", "nhs_number", "postcode", "phone", "first_name", "last_name", "address_line_1"):
        assert column not in read


@pytest.mark.parametrize(
    "column", ["name", "email", "nhs_number", "postcode", "date_of_birth", "customer_number"]
)
def test_what_names_a_patient_is_not_kept_by_any_rule(column: str) -> None:
    rule = load_policy().rule("patients", column)
    assert rule is not None
    assert rule.letters
    assert rule.rule in ("drop", "age_group", "select")


def test_a_practice_may_add_columns_but_not_bring_them_into_the_copy(tmp_path: Path) -> None:
    overlay = tmp_path / "own.yml"
    overlay.write_text("tables:\n  patients:\n    shoe_size: {type: number, rule: drop, identifier: R}\n")
    policy = load_policy(overlay)
    assert policy.rule("patients", "shoe_size") is not None
    assert policy.hash != load_policy().hash
    for wrong, said in (
        (
            "tables:\n  patients:\n    shoe: {type: number, rule: numeric, why: a size}\n",
            "cannot have the rule",
        ),
        ("tables:\n  patients:\n    name: {type: text, rule: keep, why: nice}\n", "cannot have the rule"),
        ("tables:\n  patients:\n    shoe: {type: number, rule: drop}\n", "which identifier"),
        ("tables:\n  patients:\n    shoe: {type: number, rule: drop, identifier: Z}\n", "letter A to R"),
        ("tables: [", "not YAML"),
    ):
        overlay.write_text(wrong)
        with pytest.raises(BadConfiguration, match=said):
            load_policy(overlay)


def test_a_practices_own_spellings_are_understood(tmp_path: Path) -> None:
    overlay = tmp_path / "own.yml"
    overlay.write_text("categories:\n  lens_type:\n    alike: {Unifocal: single vision}\n")
    kinds = load_policy(overlay).categories["lens_type"]
    assert kinds.of("UNIFOCAL") == "single vision"
    assert load_policy().categories["lens_type"].of("unifocal") == "other"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Single_Vision", "single vision"),
        ("SINGLE  vision", "single vision"),
        ("varifocal", "progressive"),
        ("PAL", "progressive"),
        ("Mrs Hussain's", "other"),
        ("  ", None),
        (None, None),
    ],
)
def test_kinds_of_lens_are_those_of_the_closed_list(said: str | None, meant: str | None) -> None:
    assert load_policy().categories["lens_type"].of(said) == meant


def test_the_closed_lists_hold_nothing_that_looks_like_an_identifier() -> None:
    for category in load_policy().categories.values():
        assert not [value for value in category.values if looks_like_identifier(value)]
        assert {normal(value) for value in category.values} == category.values
        assert set(category.alike.values()) <= category.values


@pytest.mark.parametrize(
    "value",
    [
        "ring 07700 900123",
        "(01632) 960-290",
        "06 12 34 56 78",
        "01632 96 02 90",
        "999 079 1929",
        "9990791929",
        "a@b.example",
        "see https://x.example",
        "3/8/1956",
        "1956-08-03",
        "WB3 6GT",
        "wb36gt",
        "for Mrs Hussain",
        "dr. who",
    ],
)
def test_what_identifies_looks_like_it(value: str) -> None:
    assert looks_like_identifier(value)


@pytest.mark.parametrize(
    "value",
    [
        "hi index 1.67 1.60",
        "1.50-1.60-1.67",
        "CR39 1.50 72mm",
        "MR-8",
        "PAL 14 18",
        "x-cyl 0.25",
        "Moonlight",
        "18-29",
        "BC 8.6 DIA 14.2",
        "-2.00/-0.75x180",
        "UV400",
        "72/14/9 mm",
    ],
)
def test_what_the_trade_writes_does_not(value: str) -> None:
    assert not looks_like_identifier(value)


def test_the_mapping_for_compliance_names_every_letter_and_tests_that_there_are() -> None:
    root = Path(__file__).parents[2]
    said = (root / "docs" / "safe-harbor.md").read_text("utf-8")
    for letter in IDENTIFIERS:
        assert f"\n| {letter} | " in said
    for name in set(re.findall(r"`(test_\w+)(?:\.py)?`", said)):
        assert (root / "tests" / "deid" / f"{name}.py").exists(), name
    for table, columns in TABLES.items():
        assert f"| `{table}` |" in said
        assert len(columns) > 3
