"""Invented people: names, birthdays, addresses and numbers, a block of patients at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from prentice.demo.batch import joined, known, nothing, pick
from prentice.demo.chance import Bools, Floats, Ints, choose, happens
from prentice.demo.forms import Slot, column, fill
from prentice.demo.jsontext import objects
from prentice.demo.practice import Practice, word_list
from prentice.demo.register import Register
from prentice.demo.trading import Trading


@cache
def pools() -> dict[str, Any]:
    """The word lists of `people.yml`."""
    return word_list("people.yml")


@dataclass(frozen=True, slots=True)
class People:
    """A block of patients; every array is by patient."""

    number: Ints
    ids: pl.Series
    since: Ints  # day of registration
    born: Ints  # day
    age: Floats  # in years, today
    woman: Bools
    first: pl.Series
    last: pl.Series
    nickname: pl.Series  # null where none is in use
    email: pl.Series  # null for some, never for users of the portal
    portal: Bools
    mobile: pl.Series
    wearer: Bools  # of contact lenses
    exempt: Bools  # from the NHS's charges
    insured: Bools

    @property
    def called(self) -> pl.Series:
        """The nickname, or the first name."""
        return self.nickname.fill_null(self.first)

    def __len__(self) -> int:
        return len(self.number)


def people(
    rng: np.random.Generator, practice: Practice, trading: Trading, register: Register, number: Ints
) -> People:
    words = pools()[practice.country]
    size = len(number)
    since = register.since(number)
    age = _ages(rng, size)
    # Nobody was registered before birth.
    age = np.maximum(age, (trading.today - since) / 365.25 + rng.uniform(0.5, 6, size))
    born = trading.today - (age * 365.25).astype(np.int64)
    woman = happens(rng, 0.54, size)
    first = pick(words["women"], rng.integers(0, len(words["women"]), size)).zip_with(
        pl.Series(woman), pick(words["men"], rng.integers(0, len(words["men"]), size))
    )
    last = pick(words["surnames"], rng.integers(0, len(words["surnames"]), size))
    nicknames = pools()["nicknames"]
    nickname = first.replace_strict(nicknames, default=None, return_dtype=pl.String)
    portal = register.on_portal(number)
    reachable = portal | happens(rng, 0.55, size)
    local = joined(_ascii(first), ".", _ascii(last), pl.Series(number % 997).cast(pl.String))
    domain = pick(
        ["mail.example", "post.example", "inbox.example.net", "home.example.org"], rng.integers(0, 4, size)
    )
    email = known(local + "@" + domain, reachable)
    wearing = np.where(age < 12, 0.01, np.where(age < 50, 0.24, 0.08))
    return People(
        number,
        register.ids.of(number),
        since,
        born,
        age,
        woman,
        first,
        last,
        known(nickname, happens(rng, 0.5, size)),
        email,
        portal,
        mobiles(rng, practice, size),
        happens(rng, wearing, size),
        happens(rng, np.where((age >= 60) | (age < 16), 0.92, 0.12), size) & practice.british,
        happens(rng, 0.10 if practice.british else 0.66, size),
    )


def _ages(rng: np.random.Generator, size: int) -> Floats:
    """Children, adults, those who need reading glasses, pensioners, and a few past ninety."""
    lows = np.array([4, 18, 30, 40, 50, 60, 70, 80, 90])
    highs = np.array([18, 30, 40, 50, 60, 70, 80, 90, 99])
    group = choose(rng, (13, 11, 12, 14, 17, 15, 11, 5.5, 1.5), size)
    years: Floats = lows[group] + rng.random(size) * (highs - lows)[group]
    return years


def _ascii(names: pl.Series) -> pl.Series:
    """The letters of a name as they stand in an address."""
    plain = names.str.to_lowercase().str.normalize("NFKD")
    return plain.str.replace_all(r"[^a-z]", "")


def _digits(numbers: Ints, width: int) -> pl.Series:
    return pl.Series(numbers).cast(pl.String).str.zfill(width)


def birthdays_as_text(rng: np.random.Generator, practice: Practice, born: Ints) -> pl.Series:
    """`date_of_birth` as the host keeps it: ISO, day first, and some that nobody can read."""
    day = pl.Series(born.astype(np.int32)).cast(pl.Date)
    unreadable = ("unknown", "19?? - ask", "n/k", "31/02/1958", "see paper card")
    forms = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
    weights = (68, 24, 4, 1.5, 1.5) if practice.british else (93, 3, 1, 0, 1.5)

    def as_date(pattern: str) -> Slot:
        return lambda rows: day[rows].dt.strftime(pattern)

    slots = {f"form{place}": as_date(pattern) for place, pattern in enumerate(forms)}
    slots["unreadable"] = lambda rows: pick(unreadable, rng.integers(0, len(unreadable), len(rows)))
    return _written([f"{{{name}}}" for name in slots], choose(rng, weights, len(born)), slots)


def mobiles(rng: np.random.Generator, practice: Practice, size: int) -> pl.Series:
    """Numbers kept for fiction, written in several ways."""
    tail = rng.integers(0, 1000 if practice.british else 100, size)
    form = choose(rng, (5, 3, 2, 1, 0.5), size)
    if practice.british:
        forms = ("07700 900{n}", "07700900{n}", "+44 7700 900{n}", "+447700900{n}", "07700-900-{n}")
        return _written(forms, form, {"n": column(_digits(tail, 3))})
    area = pick(("312", "773", "847", "630", "414"), rng.integers(0, 5, size))
    forms = ("({a}) 555-01{n}", "{a}-555-01{n}", "{a}.555.01{n}", "+1 {a} 555 01{n}", "1-{a}-555-01{n}")
    return _written(forms, form, {"n": column(_digits(tail, 2)), "a": column(area)})


def landlines(rng: np.random.Generator, practice: Practice, size: int) -> pl.Series:
    if not practice.british:
        return mobiles(rng, practice, size)
    forms = ("01632 960{n}", "01632960{n}", "+44 1632 960{n}")
    tail = _digits(rng.integers(0, 1000, size), 3)
    return _written(forms, choose(rng, (5, 2, 1), size), {"n": column(tail)})


def _written(forms: Sequence[str], form: Ints, slots: dict[str, Slot]) -> pl.Series:
    return fill(forms, form, np.arange(len(form), dtype=np.int64), slots)


@cache
def _nhs_bodies() -> Ints:
    """The nine digits 999dddddd that have a check digit (a remainder of 10 has none)."""
    body = 999_000_000 + np.arange(1_000_000, dtype=np.int64)
    return body[_nhs_check(body) < 10]


def _nhs_check(body: Ints) -> Ints:
    """Modulus 11 over nine digits weighted 10 to 2 (NHS Data Dictionary, NHS NUMBER)."""
    total = sum((body // 10 ** (9 - place) % 10) * (11 - place) for place in range(1, 10))
    check: Ints = np.asarray((11 - total % 11) % 11)
    return check


def nhs_numbers(rng: np.random.Generator, number: Ints) -> pl.Series:
    """One for each patient, in the range 999 kept for tests; distinct up to 900,000 patients."""
    bodies = _nhs_bodies()
    body = bodies[(number * 524_287 + 71_993) % len(bodies)]
    digits = pl.Series(body * 10 + _nhs_check(body)).cast(pl.String)
    spaced = joined(digits.str.slice(0, 3), " ", digits.str.slice(3, 3), " ", digits.str.slice(6))
    return spaced.zip_with(pl.Series(happens(rng, 0.6, len(number))), digits)


@dataclass(frozen=True, slots=True)
class Addresses:
    line_1: pl.Series
    line_2: pl.Series
    city: pl.Series
    county: pl.Series  # null in the US
    postcode: pl.Series
    country: str
    full: pl.Series  # jsonb


def addresses(rng: np.random.Generator, practice: Practice, size: int) -> Addresses:
    words = pools()[practice.country]
    towns = words["towns"]
    # Most live near; the rest are spread, so that some states and districts are rare.
    town = choose(rng, [3.0 / (place + 1) ** 1.3 for place in range(len(towns))], size)
    city, region = pick([t[0] for t in towns], town), pick([t[1] for t in towns], town)
    areas = [area for t in towns for area in t[2]]
    starts = np.cumsum([0] + [len(t[2]) for t in towns])
    lengths = np.diff(starts)
    area = pick(areas, starts[town] + (rng.random(size) ** 2 * lengths[town]).astype(np.int64))
    street = (
        pl.Series(rng.integers(1, 220, size)).cast(pl.String)
        + " "
        + pick(words["streets"], rng.integers(0, len(words["streets"]), size))
    )
    extra = pick(
        (None, "Flat 2", "Flat 11b", "The Annexe", "Apartment 4", "Top floor"),
        choose(rng, (30, 1, 1, 1, 1, 1), size),
    )
    if practice.british:
        letters = [a + b for a in "ABDEFGHJLN" for b in "PQRSTUWXYZ"]
        postcode = (
            area
            + " "
            + pl.Series(rng.integers(1, 10, size)).cast(pl.String)
            + pick(letters, rng.integers(0, len(letters), size))
        )
        full = objects(line1=street, city=city, county=region, postcode=postcode, country="United Kingdom")
        country = "United Kingdom"
    else:
        postcode = area + _digits(rng.integers(0, 100, size), 2)
        full = objects(street=street, city=city, state=region, zip=postcode, country="United States")
        country = "United States"
    county = region if practice.british else nothing(size)
    return Addresses(street, extra, city, county, postcode, country, full)
