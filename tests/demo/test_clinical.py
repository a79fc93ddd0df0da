"""Prescriptions are plausible: steps, ranges, age; notes vary and give people away."""

from __future__ import annotations

import polars as pl
import pytest

from prentice.demo.notes import templates

from .frames import Rows


@pytest.fixture(scope="session")
def aged(rows: Rows) -> pl.DataFrame:
    """Prescriptions with the age of the patient on the day."""
    readable = rows["patients"].filter(pl.col("date_of_birth").str.contains(r"^\d{4}-\d\d-\d\d$"))
    joined = rows["prescriptions"].join(
        readable.select("id", "date_of_birth"), left_on="patient_id", right_on="id"
    )
    days = joined["issue_date"].dt.date() - joined["date_of_birth"].str.to_date()
    return joined.with_columns((days.dt.total_days() / 365.25).alias("age"))


@pytest.mark.parametrize("eye", ["od", "os"])
def test_powers_go_in_quarter_dioptres_and_axes_from_1_to_180(rows: Rows, eye: str) -> None:
    for table in ("prescriptions", "orders"):
        frame = rows[table]
        for power in ("sphere", "cylinder", "add"):
            steps = frame[f"{eye}_{power}"].drop_nulls() * 4
            assert (steps == steps.round()).all()
        assert frame[f"{eye}_sphere"].is_between(-18, 12).all()
        assert frame[f"{eye}_cylinder"].drop_nulls().is_between(-6, -0.25).all()
        assert frame[f"{eye}_axis"].drop_nulls().is_between(1, 180).all()
        assert (frame[f"{eye}_axis"].is_null() == frame[f"{eye}_cylinder"].is_null()).all()


def test_halves_of_the_pupillary_distance_add_up(rows: Rows) -> None:
    frame = rows["prescriptions"]
    assert (frame["pd"] == frame["pd_right"] + frame["pd_left"]).all()
    assert frame["pd"].is_between(42, 76).all()
    assert (frame["pd_right"] - frame["pd_left"]).abs().max() <= 8  # type: ignore[operator]


def test_an_addition_comes_at_42_and_grows(aged: pl.DataFrame) -> None:
    assert aged.filter(pl.col("age") < 41.9)["od_add"].is_null().all()
    assert aged.filter(pl.col("age") > 42.1)["od_add"].is_not_null().all()
    means = [
        aged.filter(pl.col("age").is_between(low, low + 6))["od_add"].mean() for low in (43, 50, 57, 64, 72)
    ]
    assert means == sorted(means)  # type: ignore[type-var]
    assert aged["od_add"].drop_nulls().is_between(0.75, 3.5).all()


def test_myopia_is_of_the_young_and_hyperopia_of_the_old(aged: pl.DataFrame) -> None:
    myopic = pl.col("od_sphere") <= -0.5
    young = aged.filter(pl.col("age").is_between(15, 40)).select(myopic.mean()).item()
    old = aged.filter(pl.col("age") > 60).select(myopic.mean()).item()
    assert young > 0.4 > old
    assert (
        aged.filter(pl.col("age") > 50)["od_sphere"].mean()
        > aged.filter(pl.col("age").is_between(15, 40))["od_sphere"].mean()
    )  # type: ignore[operator]


def test_cylinders_turn_against_the_rule_with_age(aged: pl.DataFrame) -> None:
    against = pl.col("od_axis").is_between(60, 120)
    young = aged.filter(pl.col("age") < 30).select(against.mean()).item()
    old = aged.filter(pl.col("age") > 70).select(against.mean()).item()
    assert old > 2 * young


def test_notes_are_many_and_hardly_repeat(rows: Rows) -> None:
    words = templates()
    forms = sum(
        len(group) if isinstance(group, list) else sum(map(len, group.values())) for group in words.values()
    )
    assert forms >= 60
    notes = rows["eye_examinations"]["notes"]
    assert notes.is_not_null().all()
    assert notes.n_unique() > 0.97 * len(notes)
    assert not notes.str.contains("[{}]").any()


def test_a_note_names_somebody_now_and_then(rows: Rows) -> None:
    exams = rows["eye_examinations"].join(
        rows["patients"].select("id", "name"), left_on="patient_id", right_on="id"
    )
    named = exams.filter(pl.col("notes").str.contains(pl.col("name"), literal=True))
    assert 0.005 < len(named) / len(exams) < 0.1


def test_claims_are_for_exempt_patients_of_the_british_practice(rows: Rows) -> None:
    exempt = rows["patients"].filter(pl.col("nhs_exemption"), pl.col("country") == "United Kingdom")
    claims = rows["nhs_claims"]
    assert len(claims) > 500
    assert claims.join(exempt, left_on="patient_id", right_on="id", how="anti").is_empty()
