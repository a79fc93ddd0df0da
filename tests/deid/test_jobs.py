"""Scheduled work over a real Valkey: whose night it is, and a worker that does what is asked."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from types import SimpleNamespace

from prentice.jobs.nightly import due

from .room import Room

PRACTICES = [
    SimpleNamespace(slug="london", timezone="Europe/London"),
    SimpleNamespace(slug="chicago", timezone="America/Chicago"),
    SimpleNamespace(slug="kolkata", timezone="Asia/Kolkata"),
]


def test_each_practice_has_its_turn_once_in_a_day_by_its_own_clock() -> None:
    hours = [due(PRACTICES, datetime(2026, 7, 1, hour, tzinfo=UTC), 3) for hour in range(24)]
    assert [slug for listed in hours for slug in listed] == ["london", "chicago", "kolkata"]
    assert hours[2] == ["london"]  # in summer
    assert due(PRACTICES, datetime(2026, 12, 1, 3, tzinfo=UTC), 3) == ["london"]


def test_the_clock_asks_every_hour_and_jobs_are_named_by_the_practice_alone(room: Room) -> None:
    from prentice.jobs.queue import TONIGHT, queue, with_tasks

    sent: list[tuple[str, list[str]]] = []
    app = with_tasks(
        queue(room.redis_url), run=print, practices=lambda: PRACTICES, hour=datetime.now(UTC).hour
    )
    assert [entry["task"] for entry in app.conf.beat_schedule.values()] == [TONIGHT]
    app.send_task = lambda name, arguments: sent.append((name, arguments))  # type: ignore[method-assign]
    app.tasks[TONIGHT]()
    assert all(name == "prentice.anonymise" for name, _ in sent)
    assert [arguments for _, arguments in sent] == (
        [] if "london" not in due(PRACTICES, datetime.now(UTC), datetime.now(UTC).hour) else [["london"]]
    )


def test_a_worker_anonymises_the_practice_that_is_asked_for(room: Room) -> None:
    from prentice.jobs.queue import ANONYMISE, queue

    process = subprocess.Popen(
        [sys.executable, "-m", "prentice.cli", "jobs", "worker"], env=room.environment(), text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        with queue(room.redis_url) as app:
            app.send_task(ANONYMISE, ["harbour"])
        reports = room.home / "deid" / "reports" / "harbour"
        until = time.monotonic() + 45
        while not (reports.exists() and list(reports.glob("*.html"))):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert "Traceback" not in said
    with room.reader("harbour") as reader:
        assert reader.execute("select count(*) > 100 from person").fetchone() == (True,)
