"""The Celery application: what there is to do, and when. Made only where a worker, the clock or a sender
needs it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from celery import Celery
from celery.schedules import crontab

from prentice.jobs.nightly import HasClock, due

ANONYMISE, TONIGHT = "prentice.anonymise", "prentice.anonymise_tonight"
QUEUE = "prentice"
# A run that a lost worker had taken is given to another after this; a run of a million people takes a minute.
_VISIBLE_S = 3 * 3600


def queue(redis_url: str) -> Celery:
    """The application on that broker. Jobs are named by a practice's short name and hold nothing else."""
    app = Celery("prentice", broker=redis_url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": _VISIBLE_S},
        timezone="UTC",
        beat_schedule={"anonymise tonight": {"task": TONIGHT, "schedule": crontab(minute=0)}},
    )
    if urlsplit(redis_url).scheme == "rediss":
        authorities = dict(parse_qsl(urlsplit(redis_url).query)).get("ssl_ca_certs")
        app.conf.broker_use_ssl = {
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
            "ssl_check_hostname": True,
            **({"ssl_ca_certs": authorities} if authorities else {}),
        }
    return app


def with_tasks(
    app: Celery, *, run: Callable[[str], Any], practices: Callable[[], list[Any]], hour: int
) -> Celery:
    """The same application, able to do its jobs: `run` anonymises one practice, `practices` lists all."""

    @app.task(name=ANONYMISE)  # type: ignore[untyped-decorator]
    def anonymise(slug: str) -> None:
        run(slug)

    @app.task(name=TONIGHT)  # type: ignore[untyped-decorator]
    def anonymise_tonight() -> None:
        listed: list[HasClock] = practices()
        for slug in due(listed, datetime.now(UTC), hour):
            app.send_task(ANONYMISE, [slug])

    return app
