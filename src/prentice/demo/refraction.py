"""Eyes that fit their age: what a person would be prescribed on a given day.

Dioptres are kept as whole quarters, so every value is a quarter-dioptre step. Ranges follow what any textbook
of refraction says: myopia belongs to the young, hyperopia and against-the-rule cylinders to the old, an
addition is needed from the early forties and grows to about 2.50 at sixty-five, and cataract makes some eyes
myopic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prentice.demo.chance import Bools, Floats, Ints, happens


@dataclass(frozen=True, slots=True)
class Eyes:
    """The lasting traits of people's eyes. Pairs are (right, left)."""

    sphere: tuple[Floats, Floats]  # dioptres at the reference age
    cylinder: tuple[Floats, Floats]  # minus form; above -0.25: none
    axis: tuple[Ints, Ints]
    drift: Floats  # dioptres a year in the young
    cataract_from: Floats  # age from which the lens shifts to myopia
    add_habit: Floats  # dioptres by which an addition differs from the age's norm
    distance: Floats  # between the pupils, mm, adult
    uneven: Floats  # right half minus left half, mm


@dataclass(frozen=True, slots=True)
class Prescription:
    """Whole quarters of a dioptre, whole degrees, half millimetres. Axis 0 and add 0 mean none."""

    sphere: tuple[Ints, Ints]
    cylinder: tuple[Ints, Ints]
    axis: tuple[Ints, Ints]
    add: Ints
    pd_right: Ints  # half millimetres
    pd_left: Ints

    def of(self, rows: Ints) -> Prescription:
        return Prescription(
            (self.sphere[0][rows], self.sphere[1][rows]),
            (self.cylinder[0][rows], self.cylinder[1][rows]),
            (self.axis[0][rows], self.axis[1][rows]),
            self.add[rows],
            self.pd_right[rows],
            self.pd_left[rows],
        )

    @property
    def strongest(self) -> Floats:
        """The larger absolute sphere, dioptres."""
        power: Floats = np.maximum(np.abs(self.sphere[0]), np.abs(self.sphere[1])) / 4
        return power


def eyes(rng: np.random.Generator, age: Floats) -> Eyes:
    size = len(age)
    myopic = happens(rng, np.where(age < 10, 0.15, np.where(age < 45, 0.46, 0.30)), size)
    near = -0.5 - rng.gamma(1.5, 1.55, size)
    far = np.where(age < 45, rng.normal(0.35, 0.7, size), rng.normal(0.9, 1.1, size))
    far = np.where(happens(rng, 0.04, size), far + rng.gamma(2.0, 1.2, size), far)
    right = np.clip(np.where(myopic, near, far), -14, 9)
    uneven = rng.normal(0, np.where(happens(rng, 0.05, size), 1.6, 0.35), size)
    left = np.clip(right + uneven, -14, 9)
    plain = happens(rng, 0.30, size)
    strength = rng.exponential(0.75, size)
    cylinders = tuple(
        np.where(plain, 0.0, -np.minimum(strength * rng.uniform(0.7, 1.3, size), 5.5)) for _ in range(2)
    )
    # With the rule (near 180) in the young, against it (near 90) in the old, oblique in one of seven.
    centre = np.where(happens(rng, np.clip((age - 30) / 55, 0.05, 0.85), size), 90.0, 180.0)
    centre = np.where(happens(rng, 1 / 7, size), rng.uniform(0, 180, size), centre)
    spread = rng.normal(0, 11, size)
    axes = tuple(
        (np.round(centre + side * spread + rng.normal(0, 4, size)).astype(np.int64) - 1) % 180 + 1
        for side in (1, -1)
    )
    return Eyes(
        (right, left),
        (cylinders[0], cylinders[1]),
        (axes[0], axes[1]),
        np.where(myopic, -rng.gamma(1.5, 0.17, size), 0.0),
        np.where(happens(rng, 0.35, size), rng.uniform(66, 84, size), 200.0),
        rng.normal(0, 0.18, size),
        rng.normal(62.5, 3.0, size),
        rng.normal(0, 0.8, size),
    )


def prescribe(
    rng: np.random.Generator, traits: Eyes, person: Ints, age: Floats, years_ago: Floats
) -> Prescription:
    """What each examined `person` needs at that age, `years_ago` before the reference day."""
    young = np.clip(21 - (age - 0), 0, None)
    shift = -traits.drift[person] * np.minimum(years_ago, young + years_ago) * (age < 24)
    shift += 0.03 * np.clip(age - 45, 0, 30) * 0.5
    shift -= 0.45 * np.clip(age - traits.cataract_from[person], 0, 5)
    spheres = tuple(
        _quarters(np.clip(side[person] + shift + rng.normal(0, 0.09, len(person)), -18, 12))
        for side in traits.sphere
    )
    cylinders = tuple(
        np.minimum(_quarters(side[person] + rng.normal(0, 0.07, len(person))), 0) for side in traits.cylinder
    )
    axes = tuple(
        np.where(cylinder < 0, (side[person] + rng.integers(-3, 4, len(person)) - 1) % 180 + 1, 0)
        for side, cylinder in zip(traits.axis, cylinders, strict=True)
    )
    add = _quarters(
        np.interp(age, (42, 45, 50, 55, 60, 66, 78), (0.75, 1.0, 1.5, 2.0, 2.25, 2.5, 2.75))
        + traits.add_habit[person]
    )
    add = np.where(age >= 42, np.clip(add, 3, 14), 0)
    growing = np.interp(age, (4, 18), (0.83, 1.0))
    distance = np.round(np.clip(traits.distance[person], 54, 74) * growing * 2)
    right = np.round(distance / 2 + traits.uneven[person])
    return Prescription(
        (spheres[0], spheres[1]),
        (cylinders[0], cylinders[1]),
        (axes[0], axes[1]),
        add.astype(np.int64),
        right.astype(np.int64),
        (distance - right).astype(np.int64),
    )


def has_add(prescription: Prescription) -> Bools:
    return prescription.add > 0


def _quarters(dioptres: Floats) -> Ints:
    return np.round(dioptres * 4).astype(np.int64)
