"""Production mode starts with nothing that is only good for trying it out, and says all that it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from apart import run_apart

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.errors import BadConfiguration
from prentice.ops.master import MasterKey
from prentice.ops.production import KNOWN_PASSWORDS, refuse_unsafe, unsafe
from prentice.settings import Settings, load_settings
from prentice.web.commands import demo_left

SRC = Path(__file__).parents[2] / "src"
LONG = "uN7-kk2_Qw9xLh0z"
SOUND: dict[str, Any] = {
    "production": True,
    "master_key": MasterKey.new().text(),
    "source_url": f"postgresql://till:{LONG}@db.example/till",
    "platform_url": f"postgresql://prentice@db.example/prentice?password={LONG}",
    "redis_url": f"rediss://:{LONG}@cache.example/0",
    "host_names": ("prentice.example",),
    "behind_tls_proxy": True,
    "public_url": "https://prentice.example",
}


def found(**changes: Any) -> list[str]:
    return unsafe(Settings(**SOUND | changes))


def test_a_sound_installation_is_refused_nothing() -> None:
    assert found() == []
    assert found(behind_tls_proxy=False, tls_cert=Path("c.pem"), tls_key=Path("k.pem")) == []
    refuse_unsafe(Settings(**SOUND))


@pytest.mark.parametrize(
    ("store", "wrong"),
    [
        ({"vector_store": "pgvector", "vector_store_url": "http://idle:6333"}, ""),
        ({"vector_store": "pinecone", "vector_store_key": LONG}, ""),
        ({"vector_store_url": "https://vectors.example:6333", "vector_store_key": LONG}, ""),
        ({"vector_store_url": "https://vectors.example:6333"}, "PRENTICE_VECTOR_STORE_KEY is not set"),
        ({"vector_store_url": "http://vectors.example:6333", "vector_store_key": LONG}, "is not https"),
        ({"vector_store_url": "file:///var/lib/vectors"}, "local mode"),
    ],
)
def test_another_vector_store_is_encrypted_and_asks_who_one_is(store: dict[str, Any], wrong: str) -> None:
    told = found(**{"vector_store": "qdrant"} | store)
    assert len(told) == bool(wrong)
    assert wrong in " ".join(told)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://models.example/v1", ""),
        ("http://127.0.0.1:8080/v1", ""),
        ("http://[::1]:8080/v1", ""),
        ("http://models.example/v1", "PRENTICE_LLM_URL is not https"),
        ("http://127.0.0.1.example/v1", "PRENTICE_LLM_URL is not https"),
    ],
)
def test_a_language_model_elsewhere_is_reached_encrypted(url: str, wrong: str) -> None:
    told = found(llm_url=url, llm_model="any")
    assert len(told) == bool(wrong)
    assert wrong in " ".join(told)


def test_a_new_installation_is_told_everything_at_once() -> None:
    with pytest.raises(BadConfiguration) as told:
        refuse_unsafe(Settings(production=True))
    for name in ("MASTER_KEY", "SOURCE_URL", "PLATFORM_URL", "REDIS_URL", "TLS_CERT", "BEHIND_TLS_PROXY",
                 "HOST_NAMES"):  # fmt: skip
        assert f"PRENTICE_{name}" in told.value.message
    assert "docs/security.md" in told.value.next_step
    refuse_unsafe(Settings())  # to try it out, nothing is needed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"master_key": None}, "PRENTICE_MASTER_KEY is not set"),
        ({"master_key": MasterKey(bytes(32)).text()}, "PRENTICE_MASTER_KEY was not made at random"),
        ({"master_key": MasterKey(b"prentice" * 4).text()}, "PRENTICE_MASTER_KEY was not made at random"),
        ({"source_url": None}, "PRENTICE_SOURCE_URL is not set"),
        ({"platform_url": None}, "PRENTICE_PLATFORM_URL is not set"),
        ({"redis_url": None}, "PRENTICE_REDIS_URL is not set"),
        ({"source_url": "postgresql://till@db/till"}, "PRENTICE_SOURCE_URL has no password"),
        ({"redis_url": "redis://cache/0"}, "PRENTICE_REDIS_URL has no password"),
        ({"source_url": "postgresql://postgres:postgres@db/till"}, "PRENTICE_SOURCE_URL has a password that"),
        ({"platform_url": "postgresql://till:T%69ll@db/till"}, "PRENTICE_PLATFORM_URL has a password that"),
        ({"platform_url": "postgresql://db/till?user=a&password=changeme"}, "PRENTICE_PLATFORM_URL has a"),
        ({"redis_url": "redis://:Foobared@cache"}, "PRENTICE_REDIS_URL has a password that"),
        ({"behind_tls_proxy": False}, "There is no TLS"),
        ({"behind_tls_proxy": False, "tls_cert": Path("c.pem")}, "There is no TLS"),
        ({"host_names": ()}, "PRENTICE_HOST_NAMES"),
        ({"public_url": None}, "PRENTICE_PUBLIC_URL"),
        ({"public_url": "http://prentice.example"}, "PRENTICE_PUBLIC_URL"),
    ],
)
def test_each_thing_that_is_unsafe_is_named_and_its_value_is_not(changes: dict[str, Any], words: str) -> None:
    (line,) = found(**changes)
    assert words in line
    assert "changeme" not in line.lower()
    assert "foobared" not in line.lower()


def test_every_password_that_everybody_knows_is_refused() -> None:
    for password in KNOWN_PASSWORDS:
        assert len(found(redis_url=f"redis://:{password.upper()}@cache")) == 1, password


def test_what_the_demo_left_behind_is_refused(demo: Prentice) -> None:
    left = demo_left(demo)
    assert len(left) >= 2
    assert any("'harbour-optics'" in line for line in left)
    with pytest.raises(BadConfiguration, match="harbour-optics"):
        refuse_unsafe(Settings(**SOUND), refuse_demo=lambda: demo_left(demo))
    refuse_unsafe(Settings(**SOUND | {"production": False}), refuse_demo=lambda: demo_left(demo))


def test_the_application_under_any_runner_does_not_start_either(demo: Prentice) -> None:
    def begun(settings: Settings, engine: Prentice | None = None) -> None:
        app = create_app(settings, engine=engine)

        async def start() -> None:
            async with app.router.lifespan_context(app):
                pytest.fail("it started")

        run_apart(start())

    with pytest.raises(BadConfiguration, match="PRENTICE_MASTER_KEY"):
        begun(Settings(production=True))
    with pytest.raises(BadConfiguration, match="harbour-optics"):
        begun(Settings(**SOUND), demo)


def test_the_server_starts_nothing_and_writes_nothing_where_it_refuses(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "prentice.cli", "serve", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(SRC), "PRENTICE_HOME": str(home), "PRENTICE_PRODUCTION": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "PRENTICE_MASTER_KEY is not set" in done.stderr
    assert "PRENTICE_HOST_NAMES" in done.stderr
    assert not home.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRENTICE_MASTER_KEY", "hush"),
        ("PRENTICE_MASTER_KEY", "aHVzaGh1c2g="),
        ("PRENTICE_MASTER_KEY_NEW", "not base64 of 32 bytes, hush!!!!!!!!!!!!!!!!"),
        ("PRENTICE_HOST_NAMES", "https://prentice.example"),
        ("PRENTICE_HOST_NAMES", "prentice.example:8443"),
        ("PRENTICE_HOST_NAMES", "*.example"),
    ],
)
def test_a_setting_of_the_wrong_form_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadConfiguration, match=f"{name}:") as told:
        load_settings()
    assert value not in str(told.value)
