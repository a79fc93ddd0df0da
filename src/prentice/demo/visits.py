"""Who was examined when, and what was prescribed: the ground of exams, prescriptions, orders and notes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prentice.demo.chance import Bools, Floats, Ints, happens
from prentice.demo.people import People
from prentice.demo.refraction import Prescription, eyes, prescribe
from prentice.demo.trading import Trading, opening_times


@dataclass(frozen=True, slots=True)
class Visits:
    """Exams of a block of patients, in the order of their patients; each person's in the order of time."""

    person: Ints  # position in the block
    at: Ints
    age: Floats
    rx: Prescription
    finalized: Bools
    last: Bools  # the person's latest

    def __len__(self) -> int:
        return len(self.person)


def visits(rng: np.random.Generator, trading: Trading, folk: People) -> Visits:
    size = len(folk)
    new = folk.since > trading.start
    window = trading.today - trading.start
    first = np.where(
        new,
        folk.since + rng.integers(0, 12, size),
        trading.start + (rng.random(size) * window).astype(np.int64),
    )
    comes = happens(rng, np.where(new, 0.95, 0.90), size)
    days, people = [first], [np.flatnonzero(comes)]
    for _ in range(2):
        first = first + rng.integers(170, 420, size)
        comes = comes & happens(rng, 0.66, size)
        days.append(first)
        people.append(np.flatnonzero(comes))
    person = np.concatenate(people)
    day = np.concatenate([days[turn][who] for turn, who in enumerate(people)])
    day = trading.next_open(np.minimum(day, trading.today + 10))
    kept = day <= trading.today
    person, day = person[kept], day[kept]
    order = np.lexsort((day, person))
    person, day = person[order], day[order]
    at = opening_times(rng, day)
    years_ago = (trading.today - day) / 365.25
    age = folk.age[person] - years_ago
    rx = prescribe(rng, eyes(rng, folk.age), person, age, years_ago)
    last = np.append(person[1:] != person[:-1], True) if len(person) else np.zeros(0, dtype=np.bool_)
    finalized = ~happens(rng, np.where(trading.today - day < 3, 0.4, 0.012), len(person))
    return Visits(person, at, age, rx, finalized, last)
