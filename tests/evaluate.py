"""`make eval`: every question with gold, put to the product on fresh databases, scored by category.

.venv/bin/python tests/evaluate.py [--only PREFIX] [--verbose]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import structlog
from evaluation.cases import TESTS, read_cases
from evaluation.practices import anonymise_demo, connect_demo, connect_second
from evaluation.run import Result, run_cases, table

from prentice.ask.pipeline import open_prentice
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
    wanted = arguments.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory(prefix="prentice-eval-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), embedded_fsync=False, today=None)
        with open_prentice(settings) as prentice:
            connect_demo(prentice, date(2026, 10, 31))
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
    return 0


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
