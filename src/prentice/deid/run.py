"""One run of anonymisation, from the practice's source to its copy. Read `anonymise` from top to bottom.

settle -> audit -> snapshot -> guard -> persons (and what changed) -> years, orders, findings -> build ->
verify -> switch -> promote -> report. Until the switch nobody sees anything of a run, and what is killed
before it is begun again; what is killed after `verified` is finished by the next run. All state is in the two
databases.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import structlog

from prentice.deid import copy as copies
from prentice.deid import vault as vaults
from prentice.deid.audit import Audit, audit, read_source
from prentice.deid.databases import copy_database, provide
from prentice.deid.policy import load_policy
from prentice.deid.practice import Practice, exported, snapshot_of
from prentice.deid.steps import OnStep, Outcome, Steps
from prentice.errors import PrenticeError, SourceUnavailable
from prentice.tenancy.address import connect

log = structlog.get_logger(__name__)


def anonymise(
    practice: Practice, *, full: bool = False, rotate: bool = False, on_step: OnStep = lambda name, rows: None
) -> Outcome:
    """Bring the practice's anonymised copy up to date. `full` reads everybody; `rotate` gives everybody a new
    token, and so does the first run of another day.

    Raises `PolicyGap`, `IdentifierFound`, `RunUnderWay`, `NotVerified`, `SourceUnavailable`,
    `SourceUnsuitable`, `BadConfiguration`. Whatever it raises, the standing copy is as it was.
    """
    policy = load_policy(practice.overlay)
    tenant = practice.scope.tenant_id
    places = provide(practice.platform_url, practice.keyring, tenant)
    outcome = Outcome(secrets.token_hex(8), "rotation" if rotate else "full" if full else "incremental")
    with _told(outcome), ExitStack() as stack:
        vault = stack.enter_context(vaults.opened(places.vault, tenant))
        copy = stack.enter_context(copies.opened(places.writer, copy_database(tenant)))
        run = Steps(practice, policy, vault, copy, outcome, on_step)
        with run.step("settle"):
            run.settle()
        source = stack.enter_context(snapshot_of(practice))
        with run.step("audit"):
            run.look(source)
        with run.step("guard"):
            run.guard(source)
        pool = stack.enter_context(ThreadPoolExecutor(2))
        with run.step("persons"):
            snapshot = exported(source)
            run.begin(pool.submit(run.witness_beside, snapshot) if snapshot else None)
            everybody = run.persons(source)
        with run.step("years"):
            held = pool.submit(vault.stage, run.book)
            run.years(source, everybody)
        with run.step("build"):
            run.build()
            held.result()
        with run.step("verify"):
            run.verify(source)
        with run.step("switch"):
            copy.switch()
            vault.promote(outcome.run_id)
            dropped = copy.drop_old()
            outcome.readers_ended, outcome.old_copies_held = dropped.readers_ended, dropped.still_there
        with run.step("report"):
            outcome.report = run.report(outcome.run_id, run.body)
    log.info(
        "anonymised", tenant=tenant, run=outcome.run_id, kind=outcome.kind, persons=outcome.persons,
        readers_ended=outcome.readers_ended, old_copies_held=outcome.old_copies_held,
    )  # fmt: skip
    return outcome


def audit_practice(practice: Practice) -> Audit:
    """The practice's live source against the policy. Reads the catalogue alone."""
    policy = load_policy(practice.overlay)
    with connect(practice.source_url, for_operator=True) as connection:
        return audit(read_source(connection, policy), policy)


@contextmanager
def _told(outcome: Outcome) -> Iterator[None]:
    """A failure that nobody expected, without its text: a database or a parser may quote a person's value in
    it."""
    try:
        yield
    except PrenticeError:
        raise
    except Exception as failure:
        frames = traceback.extract_tb(failure.__traceback__)
        ours = [frame for frame in frames if "prentice" in frame.filename] or frames
        place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
        state = getattr(failure, "sqlstate", None)
        log.error(
            "anonymise_failed", run=outcome.run_id, type=type(failure).__name__, sqlstate=state, at=place
        )
        if isinstance(failure, psycopg.OperationalError):
            raise SourceUnavailable(
                "A database stopped answering while the copy was made; the standing copy is as it was.",
                "See that the practice's and the platform's databases run, then run again.",
            ) from None
        raise PrenticeError(
            f"The copy could not be made ({type(failure).__name__} at {place}, {state or 'no SQLSTATE'}); "
            "the standing copy is as it was.",
            f"Report the run {outcome.run_id} and this line.",
        ) from None
