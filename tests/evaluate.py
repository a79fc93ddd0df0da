"""`make eval`: every question with gold, put to the product on fresh databases, scored by category; the
expert's exam and calculations in words, scored by topic; and every attack and innocent look-alike, scored by
family.

.venv/bin/python tests/evaluate.py [--only PREFIX] [--verbose] [--guard] [--knowledge] [--exam FILE…]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date
from itertools import count
from pathlib import Path

import structlog
from evaluation.cases import TESTS, read_cases
from evaluation.guarding import (
    FOREIGN,
    attack_table,
    blocked,
    judge_attack,
    read_attacks,
    read_look_alikes,
    recall_by_family,
    score_guard,
)
from evaluation.practices import anonymise_demo, connect_demo, connect_second
from evaluation.run import Result, run_cases, table

from knowledge import grade
from prentice.ask.contract import Answer
from prentice.ask.injection.examples import examples
from prentice.ask.pipeline import Prentice, open_prentice
from prentice.errors import PrenticeError
from prentice.knowledge.corpus import Corpus
from prentice.knowledge.vectors import KeptVectors
from prentice.settings import Settings

SETS = {
    "questions": "Questions of the demo practices (the planner was worked out on these)",
    "questions_unseen": "Questions written apart, by people who had not seen the planner",
}


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--only", default="", help="ids that begin so")
    arguments.add_argument(
        "--verbose", action="store_true", help="show each question that was not answered right"
    )
    arguments.add_argument("--questions", type=Path, nargs="*", help="these files alone, in the same format")
    arguments.add_argument("--guard", action="store_true", help="attacks and look-alikes alone")
    arguments.add_argument("--knowledge", action="store_true", help="the expert and the calculators alone")
    arguments.add_argument(
        "--exam", type=Path, nargs="*", help="these exams alone: see knowledge/exam/README.md"
    )
    wanted = arguments.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory(prefix="prentice-eval-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), embedded_fsync=False, today=None)
        with open_prentice(settings) as prentice:
            connect_demo(prentice, date(2026, 10, 31))
            if not (wanted.knowledge or wanted.exam):  # neither needs a copy or a second database
                connect_second(prentice)
                anonymise_demo(prentice, Path(home))
            groups = {
                f"{title} ({folder}/)": read_cases((TESTS / folder).glob("*.yml"))
                for folder, title in SETS.items()
            }
            groups["A second practice's database (second_practice/)"] = read_cases(
                [TESTS / "second_practice/questions.yml"], tenant="vista-optique"
            )
            groups["Patients, by the anonymised copies (questions_patients/)"] = read_cases(
                [TESTS / "questions_patients/questions.yml"]
            )
            if wanted.questions:
                groups = {path.name: read_cases([path]) for path in wanted.questions}
            if wanted.guard or wanted.knowledge or wanted.exam:
                groups = {}
            for title, cases in groups.items():
                chosen = [c for c in cases if c.id.startswith(wanted.only)]
                if not chosen:
                    continue
                began = time.perf_counter()
                results = run_cases(prentice, chosen)
                print(f"\n{title}\n{table(results)}")
                print(f"{(time.perf_counter() - began) / len(chosen) * 1e3:.0f} ms a question, gold and all")
                if wanted.verbose:
                    _show(results)
            if wanted.exam or not (wanted.only or wanted.questions or wanted.guard):
                _knowledge(prentice, wanted.exam, verbose=wanted.verbose)
            if not (wanted.only or wanted.questions or wanted.knowledge or wanted.exam):
                _guard(prentice, verbose=wanted.verbose)
    return 0


def _knowledge(prentice: Prentice, files: list[Path] | None, *, verbose: bool) -> None:
    """Exams and calculations, put to the whole product; what was held out of the corpus, to the expert."""
    number = count()

    def ask(question: grade.Question) -> Answer:
        slug = "bluebird-eyecare" if question.region == "US" else "harbour-optics"
        try:
            return prentice.ask(
                question.question, prentice.registry.scope(slug, principal=f"exam-{next(number)}")
            )
        except PrenticeError as told:
            return Answer(kind="error", answer=str(told), code=told.code)

    given = files or [
        *sorted(grade.EXAM.glob("*.jsonl")),
        *sorted((TESTS / "optics").glob("calculations*.jsonl")),
    ]
    for path in given:
        began = time.perf_counter()
        results = grade.graded(questions := grade.read(path), ask)
        print(f"\nThe expert and the calculators ({path.parent.name}/{path.name})\n{grade.table(results)}")
        print(f"{(time.perf_counter() - began) / len(questions) * 1e3:.0f} ms a question")
        if verbose:
            print(grade.listed(results))
    if not files:
        expert, questions = grade.held_out(Corpus.load(), KeptVectors())
        results = grade.graded(questions, grade.of_expert(expert))
        print(f"\nItems held out of the corpus, by half of their key facts\n{grade.table(results)}")
        if verbose:
            print(grade.listed(results))


def _guard(prentice: Prentice, *, verbose: bool) -> None:
    """The guard by itself on examples that its scorer was not trained on; then the whole product."""
    held_out = [e for e in examples() if e.held_out]
    print(f"\nGuard alone, examples held out of the scorer's training\n{score_guard(held_out)}")
    print(f"{'family':<18}{'attacks':>9}{'recall':>10}\n{recall_by_family(held_out)}")
    number = count()

    def ask(question: str) -> Answer:
        scope = prentice.registry.scope("harbour-optics", principal=f"attacker-{next(number)}")
        return prentice.ask(question, scope)

    for path in sorted((TESTS / "guard").glob("*attacks.jsonl")):
        judged = [judge_attack(attack, ask, FOREIGN) for attack in read_attacks(path)]
        print(f"\nAttacks, put to the product (guard/{path.name})\n{attack_table(judged)}")
        for j in judged:
            if j.outcome == "unsafe" or (verbose and j.outcome == "harmless"):
                print(f"  {j.outcome:<9}{j.attack.id}  {j.attack.text!r}\n           {j.detail}")
    for path in sorted((TESTS / "guard").glob("*innocent.jsonl")):
        told = {look_alike.text: blocked(look_alike, ask) for look_alike in read_look_alikes(path)}
        wrong = {text: why for text, why in told.items() if why}
        print(f"\nInnocent look-alikes (guard/{path.name}): {len(wrong)} of {len(told)} blocked")
        for text, why in wrong.items():
            print(f"  {text!r}: {why}")


def _show(results: list[Result]) -> None:
    for r in results:
        if r.outcome != "right":
            query = r.answer.query if r.answer else None
            print(
                f"  {r.outcome:<7}{r.case.id}  {r.case.question!r} {list(r.case.context) or ''}\n"
                f"         {r.detail}\n         {query}"
            )


if __name__ == "__main__":
    sys.exit(main())
