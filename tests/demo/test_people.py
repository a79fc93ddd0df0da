"""Invented people: plausible enough to be anonymised for real, and nobody's own."""

from __future__ import annotations

import re
from datetime import date, datetime

import polars as pl

from prentice.demo.practice import Practice

from .frames import Rows

_FICTIONAL = {
    "GB": re.compile(r"(\+44 ?|0)(1632[ ]?960\d{3}|7700[ -]?900-?\d{3})"),
    "US": re.compile(r"(\+?1[ -])?\(?\d{3}\)?[ .-]555[ .-]01\d\d"),
}


def _check_digit(number: str) -> int:
    """Modulus 11, worked out as the NHS Data Dictionary describes it."""
    remainder = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return (11 - remainder) % 11


def test_nhs_numbers_are_valid_distinct_and_in_the_test_range(rows: Rows) -> None:
    numbers = rows["patients"]["nhs_number"].drop_nulls().str.replace_all(" ", "")
    assert len(numbers) > 1500
    assert numbers.n_unique() == len(numbers)
    for number in numbers:
        assert re.fullmatch(r"999\d{7}", number)
        assert _check_digit(number) == int(number[9])


def test_telephones_are_those_kept_for_fiction(rows: Rows, practice: Practice) -> None:
    patients = rows["patients"].filter(pl.col("company_id") == practice.company_id)
    for column in ("phone", "mobile_phone", "work_phone", "gp_phone", "emergency_contact_phone"):
        for number in patients[column].drop_nulls().unique():
            assert _FICTIONAL[practice.country].fullmatch(number), number


def test_birthdays_are_text_in_several_forms_and_a_few_unreadable(rows: Rows) -> None:
    texts = rows["patients"]["date_of_birth"]
    iso = texts.str.contains(r"^\d{4}-\d\d-\d\d$")
    day_first = texts.str.contains(r"^\d\d[/.-]\d\d[/.-]\d{4}$")
    assert iso.sum() > day_first.sum() > 300
    assert 0.005 < (~iso & ~day_first).mean() < 0.03
    born = texts.filter(iso).str.to_date()
    assert born.min() > date(1926, 1, 1)  # type: ignore[operator]
    assert born.max() < date(2023, 1, 1)  # type: ignore[operator]


def test_addresses_have_states_and_zips_in_the_us_and_unassigned_postcodes_in_the_uk(rows: Rows) -> None:
    american = rows["patients"].filter(pl.col("country") == "United States")
    address = (
        american["full_address"]
        .drop_nulls()
        .str.json_decode(pl.Struct({"state": pl.String, "zip": pl.String}))
    )
    assert address.struct.field("state").n_unique() == 9  # two of the ten towns are in Illinois
    assert address.struct.field("zip").str.contains(r"^\d{5}$").all()
    british = rows["patients"].filter(pl.col("country") == "United Kingdom")["postcode"]
    assert british.str.contains(r"^(HB|NB|WB)\d{1,2} \d[A-Z]{2}$").all()


def test_no_one_is_examined_before_being_born_or_registered_tomorrow(rows: Rows) -> None:
    patients = rows["patients"]
    assert patients["created_at"].max() < datetime(2026, 11, 1)  # type: ignore[operator]
    readable = patients.filter(pl.col("date_of_birth").str.contains(r"^\d{4}-\d\d-\d\d$"))
    exams = rows["eye_examinations"].join(readable, left_on="patient_id", right_on="id")
    age = exams["examination_date"].dt.date() - exams["date_of_birth"].str.to_date()
    assert age.dt.total_days().min() > 365  # type: ignore[operator]


def test_portal_users_have_no_role_and_belong_to_patients(rows: Rows) -> None:
    portal = rows["users"].filter(pl.col("role").is_null())
    assert len(portal) > 1000
    assert portal["email"].is_in(rows["patients"]["email"].implode()).all()
    assert portal["email"].n_unique() == len(portal)


def test_ids_look_like_uuids_and_carry_no_order(rows: Rows) -> None:
    ids = rows["patients"]["id"]
    assert ids.str.contains(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").all()
    assert ids.n_unique() == len(ids)
    rank = pl.DataFrame({"place": range(len(ids)), "rank": ids.rank("ordinal").cast(pl.Int64)})
    assert abs(rank.select(pl.corr("place", "rank")).item()) < 0.05


def test_every_id_is_given_once(rows: Rows) -> None:
    for table, frame in rows.items():
        assert frame["id"].n_unique() == len(frame), table


def test_no_text_needs_escaping_for_copy(rows: Rows) -> None:
    for table, frame in rows.items():
        for column in frame.select(pl.col(pl.String)).iter_columns():
            assert not column.str.contains(r"[\t\r\n\\]").any(), (table, column.name)
