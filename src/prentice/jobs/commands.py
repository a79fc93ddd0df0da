"""`prentice jobs …`: the worker that does scheduled work, and the clock that asks for it."""

from __future__ import annotations

from typing import Annotated

import typer

from prentice.failures import told

jobs = typer.Typer(help="Scheduled work: every practice is anonymised each night.", no_args_is_help=True)


@jobs.command()
def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="How many jobs at a time.")] = 1,
) -> None:
    """Do jobs until stopped. Any number of workers may run."""
    with told(as_json=False):
        import structlog

        from prentice.audit.commanded import JOB, commanded
        from prentice.audit.entry import Action
        from prentice.deid.practice import practice_of
        from prentice.deid.run import anonymise
        from prentice.errors import PrenticeError
        from prentice.jobs.queue import QUEUE, queue, with_tasks
        from prentice.session import opened
        from prentice.settings import load_settings
        from prentice.terminal import remark

        config = load_settings()
        with opened(config) as prentice:
            log = structlog.get_logger("prentice.jobs")

            def run(slug: str) -> None:
                try:
                    practice = practice_of(prentice, slug, config.home)
                    with commanded(prentice.audit, practice.scope.tenant_id, Action.deid_run, JOB) as said:
                        said |= anonymise(practice).in_audit()
                except PrenticeError as failure:  # told in the log; the next night tries again
                    log.error("anonymise_failed", slug=slug, code=failure.code)

            app = with_tasks(
                queue(prentice.servers.redis_url),
                run=run,
                practices=lambda: [t for t in prentice.registry.all() if t.status == "active"],
                hour=config.deid_hour,
            )
            remark("Working. Ctrl-C stops after the job under way.")
            app.worker_main(
                ["worker", "--pool=threads", f"--concurrency={concurrency}", f"--queues={QUEUE}",
                 "--loglevel=ERROR", "--without-gossip", "--without-mingle"]
            )  # fmt: skip


@jobs.command()
def beat() -> None:
    """Ask for each night's jobs when it is time. Run one of these."""
    with told(as_json=False):
        from prentice.jobs.queue import queue
        from prentice.session import opened
        from prentice.settings import load_settings
        from prentice.terminal import remark

        config = load_settings()
        folder = config.home / "jobs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with opened(config) as prentice:
            app = queue(prentice.servers.redis_url)
            remark(f"Practices are anonymised when their clocks show {config.deid_hour}:00.")
            app.Beat(schedule=str(folder / "schedule"), loglevel="ERROR", quiet=True).run()
