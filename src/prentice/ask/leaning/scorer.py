"""How much a question asks for knowledge and not for the practice's figures, between 0 and 1, by its words.

Logistic regression over hashed n-grams, as the guard's. The weights are trained by
`python -m prentice.ask.leaning.train` on our own examples and the corpus's questions.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from prentice.ask.injection.scorer import Scorer, read

WEIGHTS = Path(__file__).with_name("weights.json")


def leaning(question: str) -> float:
    """0 for the practice's figures, 1 for knowledge; a quarter of a millisecond.

    >>> leaning("photochromic lenses sold last month") < 0.2, leaning("what are photochromic lenses?") > 0.8
    (True, True)
    """
    return _scorer().score(question)


@cache
def _scorer() -> Scorer:
    return read(json.loads(WEIGHTS.read_text("utf-8")))
