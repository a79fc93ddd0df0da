"""Settings: documented, checked, and silent about what they hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from prentice.errors import BadConfiguration
from prentice.settings import Settings, load_settings, reference, variable

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def test_nothing_needs_to_be_set() -> None:
    found = load_settings()
    assert found.home == Path.home() / ".prentice"
    assert (found.source_url, found.platform_url, found.redis_url) == (None, None, None)
    assert (found.host, found.port) == ("127.0.0.1", 8000)


def test_every_setting_is_described_and_stands_in_the_document() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"| `{variable(name)}` |" in document
    assert document == reference(), "run `make docs`"


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRENTICE_TODAY", "2026-10-31")
    monkeypatch.setenv("PRENTICE_PORT", "9001")
    monkeypatch.setenv("PRENTICE_EMBEDDED_FSYNC", "false")
    monkeypatch.setenv("PRENTICE_REDIS_URL", "")
    found = load_settings()
    assert (found.today, found.port, found.embedded_fsync) == (date(2026, 10, 31), 9001, False)
    assert found.redis_url is None


def test_a_home_beneath_the_current_folder_is_made_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRENTICE_HOME", "here")
    assert load_settings().home == tmp_path / "here"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRENTICE_TODAY", "31/10/2026"),
        ("PRENTICE_TODAY", "2026-02-30"),
        ("PRENTICE_HOME", "~no-such-account/files"),
        ("PRENTICE_PORT", "80a"),
        ("PRENTICE_PORT", "70000"),
        ("PRENTICE_MAX_ROWS", "0"),
        ("PRENTICE_STATEMENT_TIMEOUT_S", "nan"),
        ("PRENTICE_MAX_COST", "inf"),
        ("PRENTICE_EMBEDDED_USER", "root; rm"),
        ("PRENTICE_SOURCE_URL", "mysql://till:hush@db/shop"),
        ("PRENTICE_SOURCE_URL", "postgresql://till:hush@db"),
        ("PRENTICE_SOURCE_URL", "postgresql://till:pa:hush/word@db/shop"),
        ("PRENTICE_PLATFORM_URL", "postgresql://till:hush@[db/shop"),
        ("PRENTICE_REDIS_URL", "localhost:6379"),
        ("PRENTICE_LLM_URL", "ftp://hush@models"),
        ("PRENTICE_VECTOR_STORE", "hush"),
        ("PRENTICE_VECTOR_STORE_URL", "qdrant:6333/hush"),
        ("PRENTICE_VECTOR_STORE_COLLECTION", "Hush Documents"),
    ],
)
def test_a_wrong_value_names_its_variable_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadConfiguration, match=name) as refused:
        load_settings()
    assert refused.value.next_step
    assert "hush" not in str(refused.value)
    assert value == "0" or value not in str(refused.value)
    assert refused.value.__cause__ is None


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRENTICE_PORT", "x")
    monkeypatch.setenv("PRENTICE_MAX_ROWS", "x")
    with pytest.raises(BadConfiguration, match=r"PRENTICE_PORT.*PRENTICE_MAX_ROWS"):
        load_settings()


def test_addresses_are_not_shown_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRENTICE_SOURCE_URL", "postgresql://till:hush@db/shop")
    assert "hush" not in repr(load_settings())
