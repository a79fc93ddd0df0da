"""Notes in the trade's shorthand, put together from `notes.yml` a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, joined, known, nothing, pick
from prentice.demo.chance import Ints, choose, happens
from prentice.demo.findings import CONDITIONS, LABELS, Findings
from prentice.demo.forms import Slot, column, fill
from prentice.demo.ids import RowIds
from prentice.demo.people import People, mobiles, pools
from prentice.demo.practice import Practice, word_list
from prentice.demo.register import Register
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, SECOND, Trading
from prentice.demo.visits import Visits

_QUARTERS = tuple(f"{quarter / 4:+.2f}" for quarter in range(-80, 81))


@cache
def templates() -> dict[str, Any]:
    return word_list("notes.yml")


@dataclass(frozen=True, slots=True)
class Notes:
    """The parts of each visit's note; `remark` is null for most."""

    reason: pl.Series
    finding: pl.Series
    measured: pl.Series
    plan: pl.Series
    remark: pl.Series

    def whole(self) -> pl.Series:
        parts = (self.reason, self.finding, self.measured, self.plan, self.remark)
        return pl.select(pl.concat_str(*map(pl.lit, parts), separator=". ", ignore_nulls=True)).to_series()


def write_notes(
    rng: np.random.Generator, practice: Practice, folk: People, seen: Visits, found: Findings, staff: Staff
) -> Notes:
    words, size = templates(), len(seen)
    slots = _slots(rng, practice, folk, seen, found, staff)
    every = np.arange(size, dtype=np.int64)
    condition = found.condition

    def of(section: dict[str, list[str]], names: tuple[str, ...], wanted: Ints) -> pl.Series:
        """A form of the group that is wanted for each visit."""
        flat = [form for name in names for form in section[name]]
        counts = np.array([len(section[name]) for name in names])
        starts = np.cumsum(counts) - counts
        drawn = starts[wanted] + (rng.random(size) * counts[wanted]).astype(np.int64)
        return fill(flat, drawn, every, slots)

    # What brings people is their age or what is found; children without a finding have plans of their own.
    child, healthy = seen.age < 16, condition == 0
    by_age = np.where(child, 1, np.where((seen.age >= 42) & happens(rng, 0.4, size), 2, 0))
    told = np.where(healthy | happens(rng, 0.35, size), by_age, condition + 2)
    planned = np.where(child & healthy, 0, condition + 1)
    remarks = words["remarks"]
    measured = words["measurements"]
    some = np.flatnonzero(happens(rng, 0.22, size))
    remark = fill(remarks, rng.integers(0, len(remarks), len(some)), some, slots)
    spread = np.full(size, -1, dtype=np.int64)
    spread[some] = np.arange(len(some))
    return Notes(
        of(words["reasons"], ("adult", "child", "presbyope", *CONDITIONS[1:]), told),
        of(words["findings"], CONDITIONS, condition),
        fill(measured, rng.integers(0, len(measured), size), every, slots),
        of(words["plans"], ("child", *CONDITIONS), planned),
        known(remark[np.maximum(spread, 0)], spread >= 0) if len(some) else nothing(size),
    )


def _slots(
    rng: np.random.Generator, practice: Practice, folk: People, seen: Visits, found: Findings, staff: Staff
) -> dict[str, Slot]:
    words, common = pools()[practice.country], pools()
    british = practice.british
    right_eye = happens(rng, 0.5, len(seen))

    def of_person(series: pl.Series) -> Slot:
        return lambda rows: series[seen.person[rows]]

    def one_of(pool: Sequence[str]) -> Slot:
        return lambda rows: pick(list(pool), rng.integers(0, len(pool), len(rows)))

    def number(low: int, high: int) -> Slot:
        return lambda rows: pl.Series(rng.integers(low, high, len(rows))).cast(pl.String)

    def fixed(text: str) -> Slot:
        return lambda rows: pl.Series([text]).new_from_index(0, len(rows))

    def day(form: str, days: Ints) -> Slot:
        return lambda rows: pl.Series(days[rows].astype(np.int32)).cast(pl.Date).dt.strftime(form)

    def clock(rows: Ints) -> pl.Series:
        minute = pl.Series(seen.at[rows] // (300 * SECOND) * (300 * SECOND)).cast(pl.Datetime("us"))
        return minute.dt.strftime("%H:%M")

    def rx(side: int) -> Slot:
        def text(rows: Ints) -> pl.Series:
            sphere = pick(_QUARTERS, np.clip(seen.rx.sphere[side][rows] + 80, 0, 160))
            cylinder = pick(_QUARTERS, np.clip(seen.rx.cylinder[side][rows] + 80, 0, 160))
            axis = pl.Series(seen.rx.axis[side][rows])
            toric = joined(sphere, "/", cylinder, "x", axis.cast(pl.String))
            return toric.zip_with(axis > 0, sphere + " DS")

        return text

    day_form = "%d/%m/%y" if british else "%m/%d/%y"
    discs = ("0.2", "0.3", "0.35", "0.4", "0.45", "0.5")
    return {
        "exam": fixed("ST" if british else "eye exam"),
        "specs": fixed("specs" if british else "glasses"),
        "pals": fixed("varifocals" if british else "progressives"),
        "hours": number(4, 12),
        "months": number(1, 12),
        "hobby": one_of([str(hobby).lower() for hobby in common["hobbies"]]),
        "job": one_of([str(job).lower() for job in common["occupations"]]),
        "age": lambda rows: pl.Series(seen.age[rows].astype(np.int64)).cast(pl.String),
        "brand": one_of(list(practice.contact_lens_brands)),
        "gp": one_of(words["doctors"]),
        "surgery": one_of(words["surgeries"]),
        "eye": lambda rows: _side(right_eye[rows], "RE" if british else "OD", "LE" if british else "OS"),
        "other": lambda rows: _side(~right_eye[rows], "RE" if british else "OD", "LE" if british else "OS"),
        "grade": number(1, 4),
        "tbut": number(3, 9),
        "cd_r": one_of(discs),
        "cd_l": one_of(discs),
        "axis": number(5, 180),
        "time": clock,
        "iop_r": lambda rows: pl.Series(found.pressure[0][rows]).cast(pl.String),
        "iop_l": lambda rows: pl.Series(found.pressure[1][rows]).cast(pl.String),
        "iop_high": number(23, 30),
        "va_r": column(found.aided[0]),
        "va_l": column(found.aided[1]),
        "rx_r": rx(0),
        "rx_l": rx(1),
        "add": lambda rows: pick(_QUARTERS, np.clip(seen.rx.add[rows] + 80, 0, 160)),
        "pd": lambda rows: pl.Series((seen.rx.pd_right + seen.rx.pd_left)[rows] / 2).cast(pl.String),
        "recall": one_of(("12", "24")),
        "nick": of_person(folk.called),
        "first": of_person(folk.first),
        "last": of_person(folk.last),
        "initials": of_person(joined(folk.first.str.head(1), folk.last.str.head(1))),
        "email": of_person(folk.email.fill_null("declined")),
        "dob": day("%d/%m/%Y" if british else "%m/%d/%Y", folk.born[seen.person]),
        "date": day(day_form, seen.at // DAY),
        "relative": one_of(words["women"] + words["men"]),
        "daughter": one_of(words["women"]),
        "husband": one_of(words["men"]),
        "phone": lambda rows: mobiles(rng, practice, len(rows)),
        "town": one_of([town[0] for town in words["towns"]]),
        "reference": number(100_000, 999_999),
        "staff": one_of(staff.names),
    }


def _side(right: np.ndarray[Any, np.dtype[np.bool_]], here: str, there: str) -> pl.Series:
    return pick((here, there), np.where(right, 0, 1))


class NoteBook:
    """The host's clinical_notes: their patient is a user of the portal, so others have none there."""

    def __init__(self, practice: Practice, trading: Trading, register: Register, seed: int) -> None:
        self.practice, self.trading, self.register = practice, trading, register
        self._ids = RowIds(seed, practice.slug, "clinical note")
        self._staff = Staff(practice, seed)
        self._written = 0

    def rows(
        self, rng: np.random.Generator, folk: People, seen: Visits, found: Findings, notes: Notes
    ) -> Batch:
        kept = np.flatnonzero(folk.portal[seen.person])
        size, row = len(kept), pl.Series(kept)
        at = seen.at[kept] + 1500 * SECOND
        examiner = pl.Series(self._staff.prescribers[rng.integers(0, len(self._staff.prescribers), size)])
        signed = seen.finalized[kept] & happens(rng, 0.96, size)
        times = self.trading.with_zone(at)
        deleted = happens(rng, 0.005, size)
        number = self._written + np.arange(size, dtype=np.int64)
        self._written += size
        kinds = (
            "examination",
            "follow_up",
            "consultation",
            "progress_note",
            "referral",
            "initial_evaluation",
        )
        labels = pick(LABELS, found.condition[kept])
        return batch(
            "clinical_notes",
            id=self._ids.of(number),
            company_id=self.practice.company_id,
            patient_id=self.register.portal_user(folk.number[seen.person[kept]]),
            practitioner_id=self._staff.ids[examiner],
            note_type=pick(kinds, choose(rng, (60, 14, 9, 8, 5, 4), size)),
            title=labels,
            content=notes.whole()[row],
            subjective=notes.reason[row],
            objective=joined(notes.finding, ". ", notes.measured)[row],
            assessment=labels,
            plan=notes.plan[row],
            note_date=times,
            service_date=times,
            status=pick(("draft", "signed"), signed.astype(np.int64)),
            is_signed=signed,
            signed_at=known(times, signed),
            signed_by=known(self._staff.ids[examiner], signed),
            created_by=self._staff.ids[examiner],
            created_at=times,
            updated_at=times,
            deleted_at=known(times, deleted),
        )
