"""Orders to the lab, and what came back: returns and non-adapts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, joined, known, numbered, pick
from prentice.demo.chance import Bools, Floats, Ints, choose, choose_by_row, happens
from prentice.demo.ids import RowIds
from prentice.demo.people import People
from prentice.demo.practice import Cast, OrderMix, Practice
from prentice.demo.refraction import Prescription
from prentice.demo.staff import Staff
from prentice.demo.trading import CLOSES, DAY, SECOND, Trading, opening_times, stamps
from prentice.demo.visits import Visits

STATUSES = ("pending", "in_production", "quality_check", "shipped", "completed", "on_hold", "cancelled")
_PENDING, _PRODUCTION, _CHECK, _SHIPPED, _COMPLETED, _ON_HOLD, _CANCELLED = range(7)
_PAIRS = (0.27, 0.48, 0.19, 0.06)  # 0 to 3 orders after an exam
_PRESBYOPES = 0.55  # share of orders by people of 45 and over; ties the mix of the catalogue to age
_STRONG = 0.16  # share of orders with a sphere of 4 dioptres or more
_STRONG_MATERIALS = {"hi_index_1_60": 0.34, "hi_index_1_67": 0.38, "hi_index_1_74": 0.14, "cr39": 0.04}

_WHY_BACK = (
    "Scratched lens",
    "Wrong prescription",
    "Frame defect",
    "Poor vision",
    "Coating peeling",
    "Wrong frame supplied",
    "Patient changed mind",
    "PD out of tolerance",
)
_FEEDBACK = (
    "Swimming at the edges",
    "Cannot read at the computer",
    "Headache after an hour",
    "Blur in the distance",
    "Steps look too near",
    "Has to lift the chin to read",
    "Left eye feels pulled",
    "Colours look odd",
    "Fine at home but not when driving at night",
)
_SYMPTOMS = (
    '["blur"]',
    '["headache"]',
    '["swim"]',
    '["nausea","swim"]',
    '["eye strain"]',
    '["diplopia"]',
    '["blur","headache"]',
)


@dataclass(frozen=True, slots=True)
class Orders:
    visit: Ints
    number: Ints
    ids: pl.Series
    completed_at: Ints  # -1 where not
    rows: list[Batch]


class Lab:
    """Writes one practice's orders, a block of patients at a time."""

    def __init__(self, cast: Cast, practice: Practice, trading: Trading, seed: int) -> None:
        self.mix, self.practice, self.trading = cast.orders, practice, trading
        self._ids = RowIds(seed, practice.slug, "order")
        self._return_ids = RowIds(seed, practice.slug, "return")
        self._non_adapt_ids = RowIds(seed, practice.slug, "non-adapt")
        self._staff = Staff(practice, seed)
        self._written = self._returned = self._unadapted = 0

    def orders(self, rng: np.random.Generator, folk: People, seen: Visits) -> Orders:
        pairs = choose(rng, _PAIRS, len(seen)) * seen.finalized
        visit = np.repeat(np.arange(len(seen), dtype=np.int64), pairs)
        size = len(visit)
        person, age = seen.person[visit], seen.age[visit]
        day = seen.at[visit] // DAY + np.minimum(rng.geometric(0.45, size) - 1, 14)
        day = np.minimum(self.trading.next_open(day), self.trading.today)
        same = day == seen.at[visit] // DAY
        ordered = np.where(
            same, seen.at[visit] + rng.integers(300, 2400, size) * SECOND, opening_times(rng, day)
        )
        ordered = np.minimum(ordered, day * DAY + CLOSES * SECOND)
        due_day = self.trading.next_open(day + rng.integers(5, 13, size))
        due = due_day * DAY + 17 * 3600 * SECOND
        promised = ~happens(rng, 0.06, size)
        done = self._done(rng, ordered, due)
        status = self._statuses(rng, ordered, done)
        completed = status == _COMPLETED
        shipped = completed | (status == _SHIPPED)
        rx = seen.rx.of(visit)
        lens_type = _lens_types(rng, self.mix, age)
        number = self._written + np.arange(size, dtype=np.int64)
        self._written += size
        ids = self._ids.of(number)
        deleted = happens(rng, 0.006, size)
        shipped_at = np.minimum(np.maximum(done - DAY, ordered + 3600 * SECOND), self.trading.now)
        updated = np.where(completed, done, np.minimum(ordered + DAY, self.trading.now))
        prescriber = self._staff.prescribers[rng.integers(0, len(self._staff.prescribers), size)]
        rows = batch(
            "orders",
            id=ids,
            order_number=numbered("ORD-", number + 10_001),
            company_id=self.practice.company_id,
            patient_id=folk.ids[person],
            ecp_id=self._staff.ids[prescriber],
            status=pick(STATUSES, status),
            **prescription_columns(rx),
            lens_type=pick(tuple(self.mix.lens_type), lens_type),
            lens_material=pick(tuple(self.mix.lens_material), _materials(rng, self.mix, rx.strongest, age)),
            coating=pick(tuple(self.mix.coating), choose(rng, list(self.mix.coating.values()), size)),
            frame_type=pick(
                tuple(self.mix.frame_type), choose(rng, list(self.mix.frame_type.values()), size)
            ),
            notes=pick(
                (None, "Check tint with patient", "Own frame", "Urgent: wedding on Saturday", "Uncut"),
                choose(rng, (20, 1, 1.5, 0.3, 0.5), size),
            ),
            tracking_number=known(
                numbered("TRK", rng.integers(10**8, 10**9, size)),
                shipped,
            ),
            shipped_at=known(stamps(shipped_at), shipped),
            sent_to_lab_at=known(
                stamps(np.minimum(ordered + 1800 * SECOND, self.trading.now)),
                (status != _PENDING) & (status != _CANCELLED),
            ),
            customer_reference_number=numbered("R", rng.integers(10_000, 99_999, size)),
            order_date=stamps(ordered),
            due_date=known(stamps(due), promised),
            completed_at=known(stamps(done), completed),
            created_by=self._staff.ids[prescriber],
            deleted_at=known(stamps(updated), deleted),
        )
        back = list(self._came_back(rng, ids, lens_type, completed & ~deleted, done))
        return Orders(visit, number, ids, np.where(completed & ~deleted, done, -1), [rows, *back])

    def _done(self, rng: np.random.Generator, ordered: Ints, due: Ints) -> Ints:
        """When each order is (or will be) ready: before it is due, but one in seven late."""
        size = len(ordered)
        early = self.trading.next_open(due // DAY - choose(rng, (3, 4, 3, 2, 1), size))
        late = self.trading.next_open(due // DAY + 1 + rng.geometric(0.4, size))
        day = np.where(happens(rng, 0.14, size), late, np.minimum(early, due // DAY))
        day = np.maximum(day, self.trading.next_open(ordered // DAY + 2))
        clock = opening_times(rng, np.zeros(size, dtype=np.int64))
        return day * DAY + np.minimum(clock, 17 * 3600 * SECOND - 1)

    def _statuses(self, rng: np.random.Generator, ordered: Ints, done: Ints) -> Ints:
        """Ready by now means completed; what is not goes through the lab's stages with time."""
        size, now = len(ordered), self.trading.now
        progress = (now - ordered) / np.maximum(done - ordered, 1)
        stage = np.searchsorted([0.2, 0.7, 0.85], progress + rng.normal(0, 0.08, size), side="right")
        status = np.where(done <= now, _COMPLETED, stage)
        forgotten = (done <= now) & happens(rng, np.where(now - ordered < 60 * DAY, 0.05, 0.0006), size)
        status = np.where(forgotten, choose(rng, (2, 4, 1, 3), size), status)
        status = np.where((status < _COMPLETED) & happens(rng, 0.09, size), _ON_HOLD, status)
        cancelled: Ints = np.where(happens(rng, 0.031, size), _CANCELLED, status)
        return cancelled

    def _came_back(
        self, rng: np.random.Generator, ids: pl.Series, lens_type: Ints, completed: Bools, done: Ints
    ) -> Iterator[Batch]:
        kinds = list(self.mix.lens_type)
        hard = np.isin(lens_type, [kinds.index("progressive"), kinds.index("occupational")])
        unadapted = np.flatnonzero(completed & happens(rng, np.where(hard, 0.055, 0.012), len(ids)))
        returned = np.flatnonzero(completed & happens(rng, 0.042, len(ids)))
        twice = returned[happens(rng, 0.09, len(returned))]
        both = unadapted[happens(rng, 0.15, len(unadapted))]
        order = np.concatenate([returned, twice, both])
        at = self._later(rng, done[order])
        order, at = order[at <= self.trading.now], at[at <= self.trading.now]
        kind = choose(rng, (0.28, 0.44, 0.12, 0.16), len(order))
        clerk = self._staff.dispensers[rng.integers(0, len(self._staff.dispensers), len(order))]
        why = pick(_WHY_BACK, rng.integers(0, len(_WHY_BACK), len(order)))
        yield batch(
            "returns",
            id=self._return_ids.of(self._returned + np.arange(len(order), dtype=np.int64)),
            order_id=ids[order],
            return_reason=why,
            return_type=pick(self.mix.return_types, kind),
            description=joined(why, ", reported at the desk"),
            created_at=stamps(at),
            created_by=self._staff.ids[clerk],
            status=pick(("pending", "processed", "rejected"), choose(rng, (0.12, 0.83, 0.05), len(order))),
        )
        self._returned += len(order)
        at = self._later(rng, done[unadapted])
        order, at = unadapted[at <= self.trading.now], at[at <= self.trading.now]
        solved_at = self._later(rng, at)
        solved = solved_at <= self.trading.now
        clerk = self._staff.dispensers[rng.integers(0, len(self._staff.dispensers), len(order))]
        how = pick(self.mix.non_adapt_resolutions, choose(rng, (0.42, 0.14, 0.28, 0.16), len(order)))
        yield batch(
            "non_adapts",
            id=self._non_adapt_ids.of(self._unadapted + np.arange(len(order), dtype=np.int64)),
            order_id=ids[order],
            reported_by=self._staff.ids[clerk],
            patient_feedback=pick(_FEEDBACK, rng.integers(0, len(_FEEDBACK), len(order))),
            symptoms=pick(_SYMPTOMS, rng.integers(0, len(_SYMPTOMS), len(order))),
            created_at=stamps(at),
            resolution=known(joined("Agreed with patient: ", how), solved),
            resolution_type=known(how, solved),
            resolved_at=known(stamps(solved_at), solved),
        )
        self._unadapted += len(order)

    def _later(self, rng: np.random.Generator, at: Ints) -> Ints:
        day = self.trading.next_open(
            np.minimum(at // DAY + rng.integers(2, 30, len(at)), self.trading.today + 30)
        )
        return opening_times(rng, day)


def prescription_columns(rx: Prescription) -> dict[str, pl.Series]:
    """The columns that orders and prescriptions share."""
    columns: dict[str, pl.Series] = {}
    for place, eye in enumerate(("od", "os")):
        toric = rx.cylinder[place] < 0
        columns[f"{eye}_sphere"] = pl.Series(rx.sphere[place] / 4)
        columns[f"{eye}_cylinder"] = known(pl.Series(rx.cylinder[place] / 4), toric)
        columns[f"{eye}_axis"] = known(rx.axis[place], toric)
        columns[f"{eye}_add"] = known(pl.Series(rx.add / 4), rx.add > 0)
    columns["pd"] = pl.Series((rx.pd_right + rx.pd_left) / 2)
    return columns


def _lens_types(rng: np.random.Generator, mix: OrderMix, age: Floats) -> Ints:
    """Additions go to those of 45 and over, so that over all ages the catalogue's mix comes out."""
    of_old = {"progressive": 1.0, "bifocal": 1.0, "reading": 1.0, "occupational": 0.8}
    old = [share * of_old.get(kind, 0.0) / _PRESBYOPES for kind, share in mix.lens_type.items()]
    young = [share * (1 - of_old.get(kind, 0.0)) / (1 - _PRESBYOPES) for kind, share in mix.lens_type.items()]
    single = list(mix.lens_type).index("single_vision")
    old[single], young[single] = 0.0, 0.0
    old[single], young[single] = 1 - sum(old), 1 - sum(young)
    return choose_by_row(rng, np.where((age >= 45)[:, None], np.array(old), np.array(young)))


def _materials(rng: np.random.Generator, mix: OrderMix, strongest: Floats, age: Floats) -> Ints:
    """Strong lenses are made of high-index material, children's of polycarbonate."""
    usual = np.array(list(mix.lens_material.values()))
    strong = np.array([_STRONG_MATERIALS.get(name, 0.05) for name in mix.lens_material])
    weak = np.maximum(usual - _STRONG * strong, 0.005)
    child = np.array([0.40 if name == "polycarbonate" else 0.12 for name in mix.lens_material])
    weights = np.where((strongest >= 4)[:, None], strong, weak)
    return choose_by_row(rng, np.where((age < 16)[:, None], child, weights))
