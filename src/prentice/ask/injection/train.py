"""Train the scorer: read the examples, fit, choose the threshold, measure on what was held out, write.

    python -m prentice.ask.injection.train

The same examples give the same file: nothing is drawn at random, and sums are taken in one order. A fifth of
the examples is held out of the fit *and* of the choice of the threshold; what stands in `held_out` is theirs.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prentice.ask.injection.examples import Example, data_hash, examples
from prentice.ask.injection.features import WIDTH, Places, places
from prentice.ask.injection.scorer import WEIGHTS, Scorer, read

ROUNDS = 400  # the loss moves by less than 1e-4 from here
STEP = 0.08
RIDGE = 2e-5  # for each weight squared: weak, because features are many and each is rare
FOLDS = 5
MOST_BLOCKED = 0.001  # of the innocent, by the score alone and where it had not seen them
# The surest of 723 innocent look-alikes of five sets, none of them trained on, has 0.974.
LEAST_THRESHOLD = 0.98

Floats = npt.NDArray[np.float64]


def main() -> None:
    kept = trained(examples())
    WEIGHTS.write_text(json.dumps(kept) + "\n", "utf-8")
    print(json.dumps({k: v for k, v in kept.items() if k not in ("weights", "words")}, indent=1))


def trained(told: Sequence[Example]) -> dict[str, Any]:
    """What the weights file holds."""
    training = [e for e in told if not e.held_out]
    held_out = [e for e in told if e.held_out]
    threshold = _threshold(training)
    weights, bias = fit(_with_mixed(training))
    kept: dict[str, Any] = {
        "data": data_hash(),
        "examples": {"attacks": sum(e.attack for e in told), "innocent": sum(not e.attack for e in told)},
        "words": _words(told),
        "threshold": round(threshold, 3),
        **packed(weights, bias),
    }
    return kept | {"held_out": measured(read(kept), held_out)}


def packed(weights: Floats, bias: float) -> dict[str, Any]:
    """Weights as `scorer.read` takes them: a byte each, times `scale`."""
    scale = float(np.abs(weights).max()) / 127
    return {
        "bias": round(bias, 6),
        "scale": scale,
        "weights": base64.b64encode(np.rint(weights / scale).astype(np.int8).tobytes()).decode(),
    }


def measured(scorer: Scorer, told: Sequence[Example]) -> dict[str, float]:
    """Precision and recall of the score alone."""
    caught = [e for e in told if scorer.score(e.text) >= scorer.threshold]
    right = sum(e.attack for e in caught)
    attacks = sum(e.attack for e in told)
    return {
        "attacks": attacks,
        "innocent": len(told) - attacks,
        "precision": round(right / max(1, len(caught)), 4),
        "recall": round(right / max(1, attacks), 4),
    }


def _words(told: Sequence[Example]) -> list[str]:
    """Those that questions are made of, for `ask.disguise`: of plain letters, and not out of a code.

    What stands in one attack alone may be a word misspelt on purpose.
    """
    counts: Counter[str] = Counter()
    for e in told:
        if e.family not in ("encoded", "formula", "markup"):
            found = set(re.findall(r"(?<![\w&\\])[a-z]{1,14}(?!\w)", e.text.casefold()))
            counts.update({word: 1 if e.attack else 2 for word in found})
    return sorted(word for word, count in counts.items() if count > 1)


def _with_mixed(told: Sequence[Example]) -> list[Example]:
    """And each attack once more at the end of an innocent question, as it is often hidden."""
    innocent = [e for e in told if not e.attack]
    attacks = [e for e in told if e.attack]
    mixed = [
        Example(f"{innocent[n * 7 % len(innocent)].text.rstrip('?.! ')}. {e.text}", e.family)
        for n, e in enumerate(attacks)
    ]
    return [*told, *mixed]


def _threshold(training: Sequence[Example]) -> float:
    """The lowest at which no more than `MOST_BLOCKED` of the innocent are blocked by a fit without them."""
    scores = []
    for fold in range(FOLDS):
        seen = [e for n, e in enumerate(training) if n % FOLDS != fold]
        weights, bias = fit(_with_mixed(seen))
        judge = Scorer(weights.astype(np.float32), bias, 1.0, "")
        scores += [judge.score(e.text) for n, e in enumerate(training) if n % FOLDS == fold and not e.attack]
    scores.sort(reverse=True)
    return min(0.99, max(LEAST_THRESHOLD, scores[int(MOST_BLOCKED * len(scores))] + 0.01))


def fit(told: Sequence[Example]) -> tuple[Floats, float]:
    """Weights and bias: Adam on the logistic loss, both classes of equal weight.

    Sparse, by hand: features are 0 or 1.
    """
    found: list[Places] = [places(e.text) for e in told]
    rows = np.repeat(np.arange(len(found)), [len(f) for f in found])  # (entries,)
    columns = np.concatenate(found)  # (entries,)
    norm = 1 / np.sqrt([len(f) for f in found])  # (examples,)
    wanted = np.array([e.attack for e in told], dtype=np.float64)
    weight = np.where(wanted == 1, 0.5 / wanted.sum(), 0.5 / (1 - wanted).sum())
    at = np.zeros(WIDTH + 1)  # the last is the bias
    mean, spread = np.zeros_like(at), np.zeros_like(at)
    for turn in range(1, ROUNDS + 1):
        total = np.bincount(rows, at[columns], len(found)) * norm + at[-1]
        miss = weight * (1 / (1 + np.exp(-total)) - wanted)
        slope = np.append(np.bincount(columns, (miss * norm)[rows], WIDTH), miss.sum())
        slope[:-1] += RIDGE * at[:-1]
        mean = 0.9 * mean + 0.1 * slope
        spread = 0.999 * spread + 0.001 * slope**2
        step = mean / (1 - 0.9**turn) / (np.sqrt(spread / (1 - 0.999**turn)) + 1e-8)
        at -= STEP * step
    return at[:-1], float(at[-1])


if __name__ == "__main__":
    main()
