"""`prentice knowledge …`: what it prints, its exit codes, and what the audit says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from prentice.ask.pipeline import Prentice
from prentice.audit.read import page
from prentice.cli import app
from prentice.knowledge import corpus as corpus_module
from prentice.knowledge.documents.reading import LARGEST
from prentice.settings import Settings

Run = Callable[..., Result]
pytestmark = pytest.mark.timeout(300)  # whoever adds first waits for the redactor
OURS = ("--tenant", "bluebird-eyecare")


@pytest.fixture
def run(demo: Prentice, session_settings: Settings) -> Iterator[Run]:
    environment = {
        "PRENTICE_HOME": str(session_settings.home),
        "PRENTICE_TODAY": "2026-10-31",
        "COLUMNS": "120",
    }

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, ["knowledge", *words], env=environment, prog_name="prentice")
        assert done.exit_code == code, done.output
        return done

    yield run
    scope = demo.registry.scope("bluebird-eyecare")
    for id in {one.id for one in demo.library.all(scope)}:
        demo.library.remove(scope, id)


def newest(demo: Prentice) -> dict[str, Any]:
    chain = demo.registry.get("bluebird-eyecare").id
    return dict(page(demo.servers.platform_url, chain, limit=1).lines[-1].entry)


def test_a_document_is_added_listed_restored_and_removed_and_each_is_written_down(
    demo: Prentice, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "House rules.txt"
    file.write_text("Remakes are free within sixty days.")
    assert "version 1: 1 passages are searched" in run("add", str(file), *OURS).stderr
    entry = newest(demo)
    assert (entry["action"], entry["decision"], entry["who"]) == ("document_added", "allowed", "operator")
    assert entry["facts"].keys() == {"document", "version", "passages"}, (
        "never the name: somebody may stand in it"
    )

    file.write_text("Remakes are free within ninety days.")
    (added,) = json.loads(run("add", str(file), *OURS, "--json").stdout)["documents"]
    assert (added["version"], added["searched"], added["added_by"]) == (2, True, "operator")

    listed = json.loads(run("list", *OURS, "--json").stdout)["documents"]
    assert [(one["version"], one["searched"]) for one in listed] == [(2, True), (1, False)]
    assert newest(demo)["action"] == "shown"
    assert "House rules.txt" in run("list", *OURS).stdout

    restored = json.loads(run("restore", "House rules.txt", "--version", "1", *OURS, "--json").stdout)
    assert restored["document"]["version"] == 1
    assert (newest(demo)["action"], newest(demo)["facts"]["version"]) == ("document_restored", 1)

    run("remove", added["id"], *OURS)
    assert (newest(demo)["action"], newest(demo)["facts"]) == ("document_removed", {"document": added["id"]})
    assert "None yet" in run("list", *OURS).stderr


def test_what_cannot_be_taken_in_ends_with_1_and_is_written_down_by_its_code(
    demo: Prentice, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "patients.txt"
    file.write_text("Patient Joan Smith, born 12/03/1961.")
    failed = run("add", str(file), *OURS, "--json", code=1)
    assert json.loads(failed.stdout)["error"]["code"] == "document_held_back"
    assert "Joan" not in failed.output
    assert (newest(demo)["decision"], newest(demo)["code"]) == ("refused", "document_held_back")
    run("remove", "nothing.txt", *OURS, code=1)
    assert newest(demo)["code"] == "unknown_document"
    assert "no document" in run("restore", "nothing.txt", "--version", "1", *OURS, code=1).stderr


def test_a_file_of_200_megabytes_is_refused_before_it_is_read(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "manual.pdf"
    with file.open("wb") as sparse:
        sparse.truncate(10 * LARGEST)  # of which the disk holds nothing
    assert "200 MB" in run("add", str(file), *OURS, code=1).stderr
    assert "no file" in run("add", str(tmp_path / "none.pdf"), *OURS, code=1).stderr


def test_validate_prints_findings_and_ends_with_1_where_one_is_an_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a small corpus: too few articles is an error."""
    monkeypatch.setattr(corpus_module.Corpus, "load", classmethod(lambda cls: small()))
    told = json.loads(run("validate", "--json", code=1).stdout)
    assert told["articles"] == 1
    assert {"error"} <= {one["level"] for one in told["findings"]}
    assert told["errors"] == sum(one["level"] == "error" for one in told["findings"])
    shown = run("validate", code=1)
    assert "count" in shown.stdout
    assert "errors" in shown.stderr


def test_build_keeps_the_vectors_of_every_text(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prentice.knowledge import vectors

    file = tmp_path / "vectors.npz"
    monkeypatch.setattr(corpus_module.Corpus, "load", classmethod(lambda cls: small()))
    monkeypatch.setattr(vectors, "FILE", file)
    monkeypatch.setattr(vectors.write, "__defaults__", (file,))
    first = json.loads(run("build", "--json").stdout)
    assert first["texts"] == first["embedded"] > 4
    assert json.loads(run("build", "--json").stdout)["embedded"] == 0
    kept = vectors.KeptVectors(file)
    kept.of(["How deep is a sag?"])
    assert not kept.missing


def small() -> corpus_module.Corpus:
    piece = {"topic": "optics", "audience": "professional", "region": "any", "sources": ["one"],
             "date": "2026-01-01", "reviewed": "unreviewed"}  # fmt: skip
    text = "# Sag\n\n" + "The sag of a surface is its depth over a chord. It is measured in millimetres. " * 4
    article = corpus_module.Article.model_validate(
        {**piece, "id": "sag", "title": "Sag of a surface", "text": text}
    )
    item = corpus_module.Item.model_validate(
        {**piece, "id": "sag-depth", "article": "sag", "question": "How deep is a sag?",
         "paraphrases": ["What is the depth of a sag?", "How deep does a sag go?", "Which depth has a sag?"],
         "answer": "The sag of a surface is its depth over a chord, in millimetres.",
         "key_facts": [["depth"]], "numbers": [], "counterpart": None}
    )  # fmt: skip
    source = corpus_module.Source(title="Optics", author="A. Hirst", publisher="ABDO", kind="book", year=1996)
    return corpus_module.Corpus({"sag": article}, {"sag-depth": item}, {"one": source})
