"""Compiled patterns are read where they were kept, and made anew where what was kept does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from prentice.deid.redact import Redactor, kept
from prentice.deid.redact.kept import Kept, Patterns

PATTERNS = Patterns((rb"\d{3}", b"abc"), (0, 0), (4, 7))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    before = kept.folder()
    kept.keep_in(tmp_path / "cache")
    yield tmp_path / "cache"
    kept.keep_in(before)


def _numbers(part: str, rules: list[tuple[bytes, int]]) -> list[int]:
    found: list[int] = []
    database = Kept(rules).database(part, PATTERNS)
    database.scan(b"x123abc", match_event_handler=lambda number, *_: found.append(number))
    return found


def test_a_kept_database_is_read_and_not_compiled(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _numbers("often", [(b"a", 0)]) == [4, 7]
    monkeypatch.setattr(kept, "_compiled", None)
    assert _numbers("often", [(b"a", 0)]) == [4, 7]


def test_a_damaged_file_is_compiled_anew(place: Path) -> None:
    _numbers("often", [(b"a", 0)])
    [file] = place.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert _numbers("often", [(b"a", 0)]) == [4, 7]
    assert file.read_bytes() == whole


def test_other_rules_drop_what_was_kept_of_these_and_no_part_of_their_own(place: Path) -> None:
    _numbers("often", [(b"a", 0)])
    _numbers("often", [(b"b", 0)])
    _numbers("12", [(b"b", 0)])
    assert sorted(file.name.rpartition("-")[2] for file in place.iterdir()) == ["12", "often"]


def test_notes_in_batches_are_redacted_as_each_alone() -> None:
    notes = [f"Seen by Dr Whitlock {day}/3/24, tel 07700 900{day:03}\nchk'd AF" for day in range(1, 29)] * 5
    redactor = Redactor()
    alone = [redactor.redact(text) for text in notes]
    assert list(redactor.redact_many((text, None) for text in notes)) == alone
    assert list(redactor.redact_many([])) == []
