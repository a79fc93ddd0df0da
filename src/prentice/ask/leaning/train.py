"""Train the leaning: read the examples and the corpus's questions, fit, measure on what was held out, write.

    python -m prentice.ask.leaning.train

`data/figures.txt` and `data/expert.txt` were written for this, many in pairs that share their nouns, or are
look-alikes of the guard; its `asked.txt` are figures too, and each eighth wording of the corpus is knowledge.
What is told of the held out is of a fit without a fifth of what was written; what is kept is fitted to all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prentice.ask.injection.examples import DATA as GUARDED
from prentice.ask.injection.examples import Example
from prentice.ask.injection.scorer import read
from prentice.ask.injection.train import fit, packed
from prentice.ask.leaning.scorer import WEIGHTS
from prentice.knowledge.corpus import Corpus
from prentice.knowledge.passages import of_corpus

DATA = Path(__file__).with_name("data")
KNOWLEDGE, FIGURES = "knowledge", ""  # as `Example.family`: the second is the class 0
_EACH = 8  # of the corpus's wordings, so that they do not drown what was written for this


def main() -> None:
    kept = trained()
    WEIGHTS.write_text(json.dumps(kept) + "\n", "utf-8")
    print(json.dumps({name: told for name, told in kept.items() if name != "weights"}, indent=1))


def examples() -> list[Example]:
    """What was written for this."""
    return [
        *(Example(line, FIGURES) for line in _lines(DATA / "figures.txt")),
        *(Example(line, KNOWLEDGE) for line in _lines(DATA / "expert.txt")),
    ]


def trained() -> dict[str, Any]:
    """What the weights file holds."""
    written = examples()
    corpus = sorted({w for p in of_corpus(Corpus.load()) for w in (*p.wordings, *p.also)})[::_EACH]
    beside = [
        *(Example(line, FIGURES) for line in _lines(GUARDED / "asked.txt")),
        *(Example(wording, KNOWLEDGE) for wording in corpus),
    ]
    kept = {"examples": len(written), "corpus": len(corpus), **packed(*fit([*written, *beside]))}
    judge = read(packed(*fit([*(e for e in written if not e.held_out), *beside])))
    held_out = [e for e in written if e.held_out]
    right = sum((judge.score(e.text) > 0.5) == (e.family == KNOWLEDGE) for e in held_out)
    return kept | {"held_out": {"questions": len(held_out), "right": round(right / len(held_out), 4)}}


def _lines(path: Path) -> Iterator[str]:
    return (line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("# "))


if __name__ == "__main__":
    main()
