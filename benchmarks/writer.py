"""What a language model adds to the expert: how much of what it writes is kept, and how long an answer takes.

Puts questions of the corpus to the model server that PRENTICE_LLM_URL and PRENTICE_LLM_MODEL name or, where
they are unset, to SmolLM2-135M-Instruct (tests/llm/smollm2.py says how to install it).

    .venv/bin/python benchmarks/writer.py [--asked 20] [--verbose]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import quantiles

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from evaluation.practices import connect_demo
from llm import smollm2

from prentice.ask.pipeline import open_prentice
from prentice.settings import Settings, load_settings


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--asked", type=int, default=20, help="questions")
    arguments.add_argument("--verbose", action="store_true", help="show what is kept")
    chosen = arguments.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    told = load_settings()
    url, name, server = told.llm_url, told.llm_model, None
    if url is None:
        if reason := smollm2.missing():
            raise SystemExit(f"No model server is set, and SmolLM2 is {reason}.")
        server, url = smollm2.served()
        name = smollm2.NAME
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {name}")
    with tempfile.TemporaryDirectory(prefix="prentice-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(
            home=Path(home),
            embedded_fsync=False,
            llm_url=url,
            llm_model=name,
            llm_key=told.llm_key,
            llm_timeout_s=told.llm_timeout_s if server is None else 60,
        )
        with open_prentice(settings) as prentice:
            connect_demo(prentice, date(2026, 10, 31))
            writer, expert = prentice.writer, prentice.expert
            assert writer is not None
            scope = prentice.registry.scope("harbour-optics", role="manager")
            items = list(expert.corpus.items.values())
            quoted, worded = [], []
            for i in range(chosen.asked):
                item = items[i * len(items) // chosen.asked]
                began = time.perf_counter()
                reply = expert.reply(item.wordings[0], item.region)
                quoted.append((time.perf_counter() - began) * 1e3)
                if not writer.may_word(reply):
                    continue
                new = writer.worded(reply, scope, "")
                worded.append((time.perf_counter() - began) * 1e3)
                if chosen.verbose and new.written:
                    print(f"\n{item.wordings[0]}\n  " + "\n  ".join(c.words for c in new.said))
            state = writer.state()
    print(f"{chosen.asked} questions, {len(worded)} put to the model: {dict(state.ended)}")
    print(f"{state.sentences} sentences written, {state.kept} kept and said; {state.tokens} tokens")
    for title, times in (("quoted", quoted), ("with the model", worded)):
        cut = quantiles(times, n=20) if len(times) > 1 else times * 20
        print(f"answer, {title}: p50 {cut[9]:.0f} ms, p95 {cut[18]:.0f} ms")
    del server
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
