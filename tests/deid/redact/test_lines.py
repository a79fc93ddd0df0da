"""`prentice deid notes`: lines in, lines out, nothing lost, nothing told."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from prentice.deid.redact.commands import notes

app = typer.Typer()
app.command()(notes)


def _run(tmp_path: Path, content: str) -> tuple[int, list[dict[str, object]], str]:
    source, target = tmp_path / "n.jsonl", tmp_path / "o.jsonl"
    source.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(app, ["--in", str(source), "--out", str(target)])
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    return result.exit_code, lines, result.output


def test_each_line_is_redacted_under_its_id(tmp_path: Path) -> None:
    text = "Liz rang, R -1.00"
    line = json.dumps({"id": "n1", "text": text, "patient": {"name": "Elizabeth Whitlock"}})
    code, lines, _ = _run(tmp_path, line + "\n")
    assert code == 0
    assert lines == [
        {"id": "n1", "redacted": "[NAME] rang, R -1.00", "spans": [{"start": 0, "end": 3, "type": "NAME"}]}
    ]


def test_a_bad_line_keeps_its_place_and_loses_no_other(tmp_path: Path) -> None:
    content = (
        '{"id":1,"text":"Seen by Dr Patel"}\nWhitlock{\n{"id":3}\n[1]\n{"id":5,"text":"NAD",'
        '"patient":7}\n{"id":6,"text":"NAD"}\n'
    )
    code, lines, output = _run(tmp_path, content)
    assert code == 1
    assert [line["id"] for line in lines] == [1, None, 3, None, 5, 6]
    assert ["error" in line for line in lines] == [False, True, True, True, True, False]
    assert "Whitlock" not in output
    assert "Whitlock" not in json.dumps(lines)


def test_a_file_that_is_not_there_is_told_without_a_trace(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--in", str(tmp_path / "none"), "--out", str(tmp_path / "o")])
    assert result.exit_code != 0
    assert "Traceback" not in result.output
