"""What an examiner measures and sees: condition, pressures, acuities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from prentice.demo.batch import pick
from prentice.demo.chance import Floats, Ints, choose, choose_by_row, happens
from prentice.demo.people import People
from prentice.demo.practice import Practice
from prentice.demo.visits import Visits

CONDITIONS = ("healthy", "dry_eye", "lids", "cataract", "macula", "glaucoma", "vitreous", "diabetic",
              "cornea", "amblyopia", "contact_lens", "allergy")  # fmt: skip
LABELS = ("NAD", "Dry eye", "Blepharitis / MGD", "Cataract", "Macular change", "Glaucoma / OHT",
          "PVD / floaters", "Diabetic eye", "Corneal change", "Binocular vision", "Contact lens related",
          "Allergic conjunctivitis")  # fmt: skip
# Weights of the conditions at these ages; between them they are interpolated. Contact lens wearers apart.
_AT_AGES = (8, 25, 45, 60, 75, 90)
_WEIGHTS = np.array(
    [
        [82, 80, 66, 47, 22, 8],  # healthy
        [0, 7, 12, 14, 12, 8],
        [1, 3, 8, 11, 10, 8],
        [0, 0.1, 1, 9, 30, 42],
        [0, 0.2, 1, 4, 11, 22],
        [0, 0.2, 2, 5, 8, 9],
        [0, 0.6, 2.5, 6, 5, 3],
        [0, 0.4, 2.5, 4, 5, 3],
        [0.5, 2, 1.5, 1.5, 2, 2],
        [12, 2, 1, 0.5, 0.3, 0.2],
        [0, 0, 0, 0, 0, 0],
        [6, 5, 3, 1.5, 1, 0.5],
    ]
)
_METRIC = ("6/5", "6/6", "6/6-2", "6/7.5", "6/9", "6/9-2", "6/12", "6/18", "6/24", "6/36", "6/60", "CF")
_FEET = ("20/15", "20/20", "20/20-2", "20/25", "20/30", "20/30-2", "20/40", "20/60", "20/80", "20/125",
         "20/200", "CF")  # fmt: skip
_BLURS = np.array([0, 0.2, 0.3, 2.4, 2.6, 0.8, 0.5, 0.8, 1.4, 2.0, 0.2, 0.2])  # lines lost, by condition


@dataclass(frozen=True, slots=True)
class Findings:
    """By visit; pairs are (right, left)."""

    condition: Ints
    pressure: tuple[Ints, Ints]  # mmHg
    aided: tuple[pl.Series, pl.Series]
    unaided: tuple[pl.Series, pl.Series]


def findings(rng: np.random.Generator, practice: Practice, folk: People, seen: Visits) -> Findings:
    condition = _conditions(rng, folk)[seen.person]
    condition = np.where(happens(rng, 0.14, len(seen)), 0, condition)
    size = len(seen)
    mean = rng.normal(15, 2.6, size)
    high = (condition == CONDITIONS.index("glaucoma")) & happens(rng, 0.5, size)
    mean = np.where(high, rng.normal(25, 2.5, size), mean)
    pressure = [np.clip(np.round(mean + rng.normal(0, 0.8, size)), 7, 38).astype(np.int64) for _ in range(2)]
    chart = _METRIC if practice.british else _FEET
    aided, unaided = [], []
    for side in range(2):
        lost = rng.exponential(0.85, size) + _BLURS[condition] * rng.uniform(0.3, 1.3, size)
        lost += np.clip(seen.age - 70, 0, 30) * 0.05
        # Uncorrected: a line for each third of a dioptre of myopia, less of hyperopia while young.
        sphere = seen.rx.sphere[side] / 4 + seen.rx.cylinder[side] / 8
        blur = np.where(
            sphere < 0, -sphere * 3, np.maximum(sphere * np.clip((seen.age - 20) / 40, 0.1, 1.2) * 2, 0)
        )
        aided.append(pick(chart, _lines(lost)))
        unaided.append(pick(chart, _lines(lost + blur + 0.4)))
    return Findings(condition, (pressure[0], pressure[1]), (aided[0], aided[1]), (unaided[0], unaided[1]))


def _lines(lost: Floats) -> Ints:
    return np.clip(np.floor(lost), 0, len(_METRIC) - 1).astype(np.int64)


def _conditions(rng: np.random.Generator, folk: People) -> Ints:
    weights = np.stack([np.interp(folk.age, _AT_AGES, row) for row in _WEIGHTS], axis=1)
    drawn = choose_by_row(rng, weights)
    of_lenses = folk.wearer & happens(rng, 0.4, len(folk))
    kinds = np.array([CONDITIONS.index(name) for name in ("contact_lens", "dry_eye", "lids", "allergy")])
    return np.where(of_lenses, kinds[choose(rng, (6, 2, 1, 1), len(folk))], drawn)
