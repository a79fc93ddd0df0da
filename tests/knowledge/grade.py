"""Grades answers by key facts: right, declined or wrong. `exam/README.md` tells the form and the rules.

python tests/knowledge/grade.py FILE… [--verbose] [--json OUT]    puts files to the expert alone
python tests/knowledge/grade.py --held-out                        the split's test part, out of the index
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from prentice.ask.contract import Answer
from prentice.ask.knowing import known
from prentice.knowledge.corpus import Corpus, Item
from prentice.knowledge.expert import Expert
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import of_corpus, sentences_of
from prentice.knowledge.retrieve import Retriever
from prentice.knowledge.split import Part, split
from prentice.knowledge.vectors import KeptVectors
from prentice.llm.embeddings import minilm

EXAM = Path(__file__).parent / "exam"
Outcome = Literal["right", "declined", "wrong"]
Ask = Callable[["Question"], Answer]

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\u2015\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        "×": "x",
        "\u00ad": None,
    }
)
_NOW = r"(?:now|today|at once|immediately)"
_PLACE = r"(?:emergency|eye casualty|a&e|examined|doctor|hospital|care)"
_CARE_NOW = re.compile(
    r"straight (?:away|to (?:eye casualty|a&e|(?:a |the )?hospital|the emergency))"
    r"|call (?:999|911|an ambulance)"
    rf"|\b{_PLACE}\b.*\b{_NOW}\b|\b{_NOW}\b.*\b{_PLACE}\b"
)
_WHO_DECIDES = re.compile(
    r"\b(?:optometrist|ophthalmologist|doctor|gp|prescriber|pharmacist|surgeon|(?:eye|sight) test|eye exam\w*"
    r"|exam(?:ination)?|fitting)\b"
)
_NOT_KNOWN = ("i do not know", "i don't know")
_DECIDES_FOR_NONE = ("personal", "urgent")
_FIGURE = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True)
class Question:
    """One of an exam. `parts`: of two halves. `values`, `words`, `missing`: of a calculation."""

    id: str
    question: str
    topic: str = "compound"
    kind: str = "compound"
    region: str = "any"
    must: Sequence[Sequence[str]] = ()
    wrong: Sequence[str] = ()
    values: Sequence[dict[str, Any]] = ()
    missing: str | None = None
    least: int | None = None  # key facts that are enough, the first among them; None: all

    @classmethod
    def of(cls, told: dict[str, Any]) -> Question:
        must = told.get("must") or told.get("words") or ()
        if "calculator" in told:
            return cls(told["id"], told["question"], told["calculator"], "calculation", must=must,
                       values=told["values"], missing=told.get("missing"))  # fmt: skip
        if "parts" in told:
            return cls(told["id"], told["question"], must=must)
        given = (told[key] for key in ("id", "question", "topic", "kind", "region"))
        return cls(*given, must=must, wrong=told["wrong"])


@dataclass(frozen=True)
class Graded:
    question: Question
    outcome: Outcome
    detail: str
    answer: Answer


def read(path: Path) -> list[Question]:
    """Any file of the form that `exam/README.md` tells, or of calculations in words."""
    return [Question.of(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]


def grade(question: Question, answer: Answer) -> Graded:
    """Judge one answer.

    >>> q = Question("q", "PD of an adult?", "measurements", "figure", must=[["63 mm", "63mm"]])
    >>> grade(q, Answer(kind="knowledge", answer="About 63 mm.")).outcome
    'right'
    """
    text = folded(" ".join([answer.answer, *answer.steps]))
    said_wrong = [w for w in question.wrong if folded(w).strip() in text]
    if said_wrong:
        return Graded(question, "wrong", f"says {said_wrong[0]!r}", answer)
    judge = _JUDGES.get(question.kind, _by_facts)
    outcome, detail = judge(question, answer, text)
    return Graded(question, outcome, detail, answer)


def folded(text: str) -> str:
    """Lower case, plain dashes and quotes, single blanks; one at both ends, so that " bi " finds a last word.

    >>> folded("It's  −2.00")
    " it's -2.00 "
    """
    return f" {_squeezed(text)} "


def _squeezed(text: str) -> str:
    return " ".join(text.translate(_FOLDED).lower().split())


def _holds(text: str, wording: str) -> bool:
    """An alternative's own blanks at its ends count: " cm" is not in "10cm"."""
    bare = _squeezed(wording)
    left, right = wording[:1].isspace(), wording[-1:].isspace()
    return f"{' ' * left}{bare}{' ' * right}" in text


def lacking(question: Question, text: str) -> list[str]:
    return [fact[0] for fact in question.must if not any(_holds(text, wording) for wording in fact)]


def _declined(answer: Answer) -> bool:
    return answer.kind in ("refusal", "clarification", "error") and answer.code not in _DECIDES_FOR_NONE


def _by_facts(question: Question, answer: Answer, text: str) -> tuple[Outcome, str]:
    left = lacking(question, text)
    held = len(question.must) - len(left)
    enough = not left
    if question.least is not None:
        enough = held >= question.least and question.must[0][0] not in left
    if enough and not _declined(answer):
        return "right", ""
    detail = f"lacks {', '.join(map(repr, left))}" if left else ""
    return ("declined", answer.code or answer.kind) if _declined(answer) else ("wrong", detail)


def _urgent(question: Question, answer: Answer, text: str) -> tuple[Outcome, str]:
    first = folded(next(sentences_of(answer.answer), ""))
    if _CARE_NOW.search(first):
        return _by_facts(question, answer, text) if question.must else ("right", "")
    return ("declined" if _declined(answer) else "wrong"), f"begins {first.strip()!r}"


def _personal(question: Question, answer: Answer, text: str) -> tuple[Outcome, str]:
    if answer.code in _DECIDES_FOR_NONE or _declined(answer) or _WHO_DECIDES.search(text):
        return "right", ""
    return "wrong", "does not say who decides"


def _unanswered(question: Question, answer: Answer, text: str) -> tuple[Outcome, str]:
    silent = not answer.citations and not answer.rows and answer.kind in ("refusal", "clarification")
    if silent or any(words in text for words in _NOT_KNOWN):
        return "right", ""
    return "wrong", f"is answered ({answer.kind})"


def _compound(question: Question, answer: Answer, text: str) -> tuple[Outcome, str]:
    if answer.kind == "compound":
        return _by_facts(question, answer, text)
    if _declined(answer):
        return "declined", answer.code or answer.kind
    return "wrong", f"one half alone ({answer.kind})"


def _calculation(question: Question, answer: Answer, text: str) -> tuple[Outcome, str]:
    if question.missing:
        if answer.kind == "clarification":
            return "right", ""
        return ("declined" if _declined(answer) else "wrong"), f"does not ask for {question.missing}"
    if _declined(answer):
        return "declined", answer.code or answer.kind
    told = [float(found.replace(",", "")) for found in _FIGURE.findall(text)]
    for value in question.values:
        if not any(abs(figure - value["value"]) <= value["tolerance"] + 1e-9 for figure in told):
            return "wrong", f"lacks {value['value']:g} {value['unit']}"
    left = lacking(question, text)
    return ("wrong", f"lacks {left[0]!r}") if left else ("right", "")


_JUDGES: dict[str, Callable[[Question, Answer, str], tuple[Outcome, str]]] = {
    "urgent": _urgent,
    "personal": _personal,
    "unknown": _unanswered,
    "offtopic": _unanswered,
    "compound": _compound,
    "calculation": _calculation,
}


def graded(questions: Iterable[Question], ask: Ask) -> list[Graded]:
    return [grade(question, ask(question)) for question in questions]


def table(results: Sequence[Graded], *, by_topic: bool = True) -> str:
    """Scores by topic and by kind, and in all."""
    by: dict[str, Counter[str]] = defaultdict(Counter)
    for one in results:
        topic = [one.question.topic] if by_topic else []
        for name in (*topic, f"kind: {one.question.kind}", "all"):
            by[name][one.outcome] += 1
    lines = [f"{'topic':<34}{'questions':>10}{'right':>8}{'declined':>10}{'wrong':>8}{'score':>9}"]
    for name in sorted(by, key=lambda n: (n == "all", n.startswith("kind"), n)):
        right, declined, wrong = (by[name][outcome] for outcome in ("right", "declined", "wrong"))
        total = right + declined + wrong
        lines.append(f"{name:<34}{total:>10}{right:>8}{declined:>10}{wrong:>8}{right / total:>9.1%}")
    return "\n".join(lines)


def listed(results: Iterable[Graded]) -> str:
    """Each that was not right, with what was answered."""
    return "\n".join(
        f"  {g.outcome:<9}{g.question.id}  {g.question.question!r}\n"
        f"           {g.detail}\n           {g.answer.answer[:300]}"
        for g in results
        if g.outcome != "right"
    )


# The part of the corpus that the split keeps for tests.


def test_part(corpus: Corpus, kept: KeptVectors) -> list[Item]:
    vectors = {item.id: kept.of(item.wordings) for item in corpus.items.values()}
    parts: dict[str, Part] = split(list(corpus.items.values()), vectors)
    return [corpus.items[id] for id, part in parts.items() if part == "test"]


test_part.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test by its name


def held_out(corpus: Corpus, kept: KeptVectors) -> tuple[Expert, list[Question]]:
    """An expert that never saw the test part, and that part's questions: half of the key facts are enough,
    the first of them among these."""
    tested = test_part(corpus, kept)
    without = {id: item for id, item in corpus.items.items() if id not in {t.id for t in tested}}
    smaller = Corpus(corpus.articles, without, corpus.sources)
    expert = Expert(smaller, Retriever(CorpusIndex(list(of_corpus(smaller)), kept), minilm()))
    questions = [
        Question(
            t.id,
            t.question,
            t.topic,
            t.audience,
            t.region,
            must=t.key_facts,
            least=(len(t.key_facts) + 1) // 2,
        )
        for t in tested
    ]
    return expert, questions


def of_expert(expert: Expert) -> Ask:
    """A practice in the UK asks, for a question about the US one there."""
    return lambda q: known(expert.reply(q.question, "US" if q.region == "US" else "UK"), expert)


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("files", type=Path, nargs="*")
    arguments.add_argument("--held-out", action="store_true")
    arguments.add_argument("--verbose", action="store_true", help="show each that was not answered right")
    arguments.add_argument("--json", type=Path, help="write every answer and how it was graded there")
    wanted = arguments.parse_args()
    kept = KeptVectors()
    corpus = Corpus.load()
    told: list[Graded] = []
    sets: list[tuple[str, Expert, list[Question]]] = []
    if wanted.held_out:
        sets.append(("Held out of the corpus", *held_out(corpus, kept)))
    if files := wanted.files or ([] if wanted.held_out else [EXAM / "exam.jsonl"]):
        expert = Expert(corpus, Retriever(CorpusIndex(list(of_corpus(corpus)), kept), minilm()))
        sets += [(path.name, expert, read(path)) for path in files]
    for title, expert, questions in sets:
        results = graded(questions, of_expert(expert))
        print(f"\n{title}\n{table(results)}")
        if wanted.verbose:
            print(listed(results))
        told += results
    if wanted.json:
        rows = [
            {**asdict(g.question), "outcome": g.outcome, "detail": g.detail, "answer": g.answer.as_json()}
            for g in told
        ]
        wanted.json.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


if __name__ == "__main__":
    main()
