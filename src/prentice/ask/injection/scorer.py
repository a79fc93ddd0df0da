"""How much a question looks like an attack, between 0 and 1: logistic regression over hashed n-grams.

The weights are trained by `python -m prentice.ask.injection.train` on our own examples and nothing else.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prentice.ask.injection.features import WIDTH, Places, places

WEIGHTS = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """`threshold`: from here on a question is an attack. `trained_on`: the hash of the examples."""

    weights: npt.NDArray[np.float32]
    bias: float
    threshold: float
    trained_on: str

    def score(self, text: str) -> float:
        """0 for a question of the trade, 1 for an attack."""
        return self.of(places(text))

    def of(self, found: Places) -> float:
        if not len(found):
            return 0.0
        total = float(self.weights[found].sum()) / math.sqrt(len(found)) + self.bias
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def scorer() -> Scorer:
    """The one whose weights stand beside this file."""
    return read(json.loads(WEIGHTS.read_text("utf-8")))


def read(kept: dict[str, Any]) -> Scorer:
    """From what `train.write` keeps: each weight is a byte, times `scale`."""
    stored = np.frombuffer(base64.b64decode(kept["weights"]), dtype=np.int8)
    if len(stored) != WIDTH:
        raise ValueError("The scorer's weights do not fit its features: train it again.")
    return Scorer(
        stored.astype(np.float32) * np.float32(kept["scale"]),
        kept["bias"],
        kept.get("threshold", 0.5),
        kept.get("data", ""),
    )
