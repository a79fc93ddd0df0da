"""For any person: no value that identifies comes out of the transform, in any form; and what does is
right."""

from __future__ import annotations

import os
import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from prentice.deid import transform
from prentice.deid.birthdays import AGE_GROUPS, age_groups, birth_dates
from prentice.deid.lookup import Prf
from prentice.deid.places import country, country_names, state_in, us_state
from prentice.deid.policy import load_policy
from prentice.deid.refraction import GROUPS
from prentice.deid.tokens import TokenBook, as_text, mint
from prentice.deid.transform import ORDERS_IN, PERSONS_IN, Tokens, Unmatched

TODAY = date(2026, 10, 31)
FORMS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %B %Y",
    "%d %b %Y",
    "%d %b, %Y",
)
WORDS = st.text(st.characters(categories=["Lu", "Ll", "Nd", "Zs", "Pd", "Po"]), min_size=1, max_size=20)


def batch(*people: dict[str, Any]) -> pa.RecordBatch:
    columns = [pa.array([person.get(field.name) for person in people], field.type) for field in PERSONS_IN]
    return pa.RecordBatch.from_arrays(columns, schema=PERSONS_IN)


def copied(*people: dict[str, Any]) -> list[dict[str, Any]]:
    given = batch(*({"id": f"p{n}", **person} for n, person in enumerate(people)))
    return transform.persons(given, as_text(mint(len(given))), TODAY).to_pylist()


people = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "born": st.one_of(
            st.dates(date(1900, 1, 1), TODAY).flatmap(lambda day: st.sampled_from(FORMS).map(day.strftime)),
            WORDS,
        ),
        "country": st.one_of(st.none(), st.sampled_from(["UK", "united states", "US", "France"]), WORDS),
        "address_country": st.one_of(st.none(), WORDS),
        "address_state": st.one_of(st.none(), st.sampled_from(["IL", "Texas"]), WORDS),
        "address_text": st.one_of(st.none(), WORDS),
        "contact_lens_wearer": st.one_of(st.none(), st.booleans()),
        "nhs_exempt": st.one_of(st.none(), st.booleans()),
        "recall_overdue": st.booleans(),
        "has_prescription": st.booleans(),
        **dict.fromkeys(
            ("od_sphere", "od_cylinder", "od_add", "os_sphere", "os_cylinder", "os_add"),
            st.one_of(st.none(), st.floats(-1e6, 1e6)),
        ),
        "print": st.integers(-(2**63), 2**63 - 1),
    }
)


@settings(max_examples=200, deadline=None)
@given(st.lists(people, min_size=1, max_size=5))
def test_every_text_that_comes_out_is_of_a_closed_list_or_a_random_code(
    given_people: list[dict[str, Any]],
) -> None:
    for before, after in zip(given_people, copied(*given_people), strict=True):
        assert re.fullmatch(r"[0-9a-f]{32}", after["person_id"])
        assert after["person_id"] != before["id"].replace("-", "")
        assert after["age_group"] in AGE_GROUPS
        assert after["country"] in country_names()
        assert after["refractive_group"] in GROUPS
        assert after["us_state"] is None or (
            after["country"] == "United States" and len(after["us_state"]) == 2
        )
        texts = {name for name, value in after.items() if isinstance(value, str)}
        assert texts <= {"person_id", "age_group", "country", "us_state", "refractive_group"}


@settings(max_examples=300, deadline=None)
@given(st.dates(date(1902, 1, 1), TODAY), st.sampled_from(FORMS))
def test_a_birthday_becomes_the_group_of_its_age_whatever_its_form(born: date, form: str) -> None:
    age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
    (group,) = age_groups(pl.Series([born.strftime(form)]), TODAY).to_list()
    if age >= 90:
        assert group == "90+"
    elif age < 18:
        assert group == "under 18"
    else:
        low = 18 if age < 30 else age // 10 * 10
        assert group == f"{low}-{29 if low == 18 else low + 9}"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("3/8/56", date(1956, 8, 3)),
        ("03/08/26", date(2026, 8, 3)),
        ("03/12/26", date(1926, 12, 3)),
        ("1956-08-03T00:00:00", date(1956, 8, 3)),
        ("3rd August 1956", date(1956, 8, 3)),
        ("15-Aug-1956", date(1956, 8, 15)),
        ("5 Sept 1980", date(1980, 9, 5)),
        ("5-SEPT-1980", date(1980, 9, 5)),
        ("Sept. 5, 1980", date(1980, 9, 5)),
        ("1980-02-09 (est)", date(1980, 2, 9)),
        ("09/02/1980 est.", date(1980, 2, 9)),
        ("(est)", None),
        ("August 3, 1956", date(1956, 8, 3)),
        ("04/25/1980", None),
        ("31/02/1980", None),
        ("2030-01-01", None),
        ("1850-01-01", None),
        ("0056-08-03", None),
        ("n/k", None),
        ("", None),
        (None, None),
        ("00/00/0000", None),
    ],
)
def test_odd_dates_are_read_or_left_unknown(said: str | None, meant: date | None) -> None:
    assert birth_dates(pl.Series([said], dtype=pl.String), TODAY).to_list() == [meant]


def test_the_ninetieth_birthday_is_the_day_on_which_the_group_changes() -> None:
    born = [TODAY.replace(year=1936), TODAY.replace(year=1936) + timedelta(days=1)]
    assert age_groups(pl.Series([day.isoformat() for day in born]), TODAY).to_list() == ["90+", "80-89"]


def test_refraction_is_of_both_eyes_and_the_worse() -> None:
    rx = {
        "has_prescription": True,
        "od_sphere": -2.0,
        "od_cylinder": -1.0,
        "os_sphere": 1.0,
        "os_cylinder": -0.25,
        "od_add": 0.0,
        "os_add": 1.5,
    }
    one, cyl_only, none, slip, high = copied(
        rx,
        {"has_prescription": True, "od_cylinder": -1.25},
        {"has_prescription": False},
        {"has_prescription": True, "od_sphere": 7777.5, "os_sphere": 0.5},
        {"has_prescription": True, "os_sphere": -6.0},
    )
    assert (one["mean_sphere"], one["worse_se"], one["max_cylinder"]) == (-0.5, -2.5, 1.0)
    assert (one["has_add"], one["refractive_group"]) == (True, "myopia")
    assert (cyl_only["worse_se"], cyl_only["max_cylinder"], cyl_only["refractive_group"]) == (
        None,
        1.25,
        "none",
    )
    assert (none["refractive_group"], none["mean_sphere"]) == ("none", None)
    assert (slip["mean_sphere"], slip["refractive_group"]) == (0.5, "hyperopia")
    assert high["refractive_group"] == "high myopia"


def test_places_are_read_from_what_practices_write() -> None:
    rows = copied(
        {"country": "uk"},
        {"country": None, "address_country": "USA", "address_state": "Illinois"},
        {"address_text": "166 Park Pl, Prairie Glen, IL 60085, USA"},
        {"country": "Atlantis"},
        {"country": "United Kingdom", "address_state": "CA"},
    )
    assert [(row["country"], row["us_state"]) for row in rows] == [
        ("United Kingdom", None),
        ("United States", "IL"),
        ("United States", "IL"),
        ("unknown", None),
        ("United Kingdom", None),
    ]
    assert state_in("7 High Street, AB 1234") is None
    assert (us_state("n.y."), country("Georgia")) == ("NY", "Georgia")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("12 Main St, Springfield, IL 62704", "IL"),
        ("12 Main St, Springfield, Illinois 62704", "IL"),
        ("12 Main St, Springfield, IL", "IL"),
        ("12 main st, springfield, il 62704", "IL"),
        ("12 Main St\nCharleston West Virginia 25301\nUnited States", "WV"),
        ("12 Main St, Springfield IL 62704-1234, U.S.A.", "IL"),
        ("350 5th Ave, New York, N.Y. 10118", "NY"),
        ("350 5th Ave, New York, NY, 10118, USA", "NY"),
        ("1600 Pennsylvania Ave, Washington D.C. 20500", "DC"),
        ("1600 Pennsylvania Ave, Washington, D.C.", "DC"),
        ("12 NE 10234 St, Portland, OR 97201", "OR"),
        ("12 NE 10234 St, Portland", None),
        ("12 Illinois Road, London", None),
        ("Main St 5, 12345 IN Berlin", None),
        ("Illinois", None),
        ("", None),
        (None, None),
    ],
)
def test_the_state_of_a_whole_address_is_the_one_that_ends_it(said: str | None, meant: str | None) -> None:
    assert state_in(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [("N.Y.", "NY"), ("Washington D.C.", "DC"), ("Illinois, USA", "IL"), ("Ill.", "IL"),
     ("  new   york ", "NY"), ("IL 60601", "IL"), ("Lancashire", None), ("5", None)],
)  # fmt: skip
def test_a_state_is_understood_with_dots_and_in_any_case(said: str, meant: str | None) -> None:
    assert us_state(said) == meant


def test_a_country_is_understood_with_dots_or_without() -> None:
    assert {country(said) for said in ("U.S.A", "U.S.A.", "USA", "U.S.", "us")} == {"United States"}
    assert country("United Kingdom of Great Britain") == "United Kingdom"


def test_kinds_of_lens_outside_the_lists_become_other() -> None:
    held = {
        "id": ["a"],
        "year": [2026],
        "lens_type": ["Aoife's favourite"],
        "lens_material": ["CR-39"],
        "coating": [None],
        "orders": [1],
    }
    given = pa.RecordBatch.from_arrays([pa.array(held[f.name], f.type) for f in ORDERS_IN], schema=ORDERS_IN)
    (row,) = transform.orders(given, as_text(mint(1)), load_policy().categories).to_pylist()
    assert (row["lens_type"], row["lens_material"], row["coating"]) == ("other", "cr39", None)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=70), min_size=1, max_size=8))
def test_look_up_keys_are_aes_cmac(ids: list[str]) -> None:
    key = bytes(range(32))
    for said, made in zip(ids, Prf(key).of(ids), strict=True):
        mac = CMAC(algorithms.AES(key))
        mac.update(said.encode())
        assert mac.finalize() == made.tobytes()


def test_a_code_is_random_and_found_again_by_its_key_alone() -> None:
    ids = pa.array([f"patient {n}" for n in range(3_000)])
    key, other = os.urandom(32), os.urandom(32)
    lookups = Prf(key).of(ids)
    book = TokenBook.of(np.concatenate([lookups, mint(len(ids)), np.zeros_like(lookups)], axis=1))
    codes = Tokens(key, book).of(ids).to_pylist()
    assert len(set(codes)) == len(ids)
    assert codes != sorted(codes)
    assert Tokens(key, book).of(ids.slice(7, 1)).to_pylist() == [codes[7]]
    with pytest.raises(Unmatched):
        Tokens(other, book).of(ids)
    with pytest.raises(ValueError, match="twice"):
        TokenBook.of(np.concatenate([book.rows, book.rows[:1]]))
