"""Sets a source database up for a practice: looks what stands, and runs the rest in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from prentice.errors import PrenticeError, SourceUnsuitable
from prentice.tenancy.address import connect, for_login
from prentice.warehouse.columns import quoted
from prentice.warehouse.logins import dismantling_steps, login_settings, removal_steps, tenant_steps
from prentice.warehouse.schema import SourceSchema
from prentice.warehouse.version import bound
from prentice.warehouse.views import build_views
from prentice.warehouse.walls import (
    CLOSED,
    OWNER,
    Step,
    closing_steps,
    database_steps,
    fingerprint,
    sealing_step,
    tables_read,
)

_LOCK = 7_023_002  # one provisioning at a time in a database
_ATTEMPTS = 4  # runs in two databases of one server can meet in the shared catalogues


@dataclass(frozen=True, slots=True)
class Login:
    """The login of one practice, and whose rows it is to see."""

    name: str
    password: str
    company_id: str
    timezone: str


def provision(
    admin_url: str, schema: SourceSchema, login: Login, *, owned: bool, timeout_s: float
) -> list[Step]:
    """Bring the database to where this practice can be read. Returns the steps that were run.

    All of it happens or nothing does. A second run finds nothing to do. Raises `SourceUnsuitable`
    where the address's login may not do it, `SourceUnavailable` where the database does not answer.
    """
    with connect(admin_url, for_operator=True) as connection:

        def look() -> list[Step]:
            return pending(connection, admin_url, schema, login, owned=owned, timeout_s=timeout_s)

        return _run(connection, look, lambda: _check(connection, schema)) if look() else []


def pending(
    connection: psycopg.Connection[TupleRow],
    admin_url: str,
    schema: SourceSchema,
    login: Login,
    *,
    owned: bool,
    timeout_s: float,
) -> list[Step]:
    """What is still to be run; reads only.

    `owned`: the whole server is Prentice's (the embedded one), so what PUBLIC may do there is taken away.
    """
    steps = database_steps(schema)
    mark = fingerprint(steps)
    todo = [] if _stands(connection, schema, mark) else [*steps, _as_owner(mark)]
    if owned and connection.execute(CLOSED).fetchone() != (True,):
        todo += closing_steps()
    if not _admits(admin_url, login, timeout_s):
        verifier = connection.pgconn.encrypt_password(
            login.password.encode(), login.name.encode(), b"scram-sha-256"
        ).decode()
        todo += tenant_steps(
            schema,
            login=login.name,
            company_id=login.company_id,
            timezone=login.timezone,
            verifier=verifier,
            timeout_s=timeout_s,
        )
    return todo


def remove(admin_url: str, schema: SourceSchema, login: str) -> None:
    """Drop a practice's login and its line in the mapping; end its sessions. Nothing if it is not there."""
    with connect(admin_url, for_operator=True) as connection:
        if _there(connection, login):
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [login]
            )
            _run(connection, lambda: removal_steps(schema, login=login), lambda: None)


def withdraw(admin_url: str, schema: SourceSchema, login: str, *, patience_s: float = 0) -> None:
    """The same in this database alone: a login that another database of the server knows too stays there.

    Waits so long for the questions under way before it ends the login's sessions here.
    """
    busy = "from pg_stat_activity where usename = %s and datname = current_database()"
    with connect(admin_url, for_operator=True) as connection:
        if not _there(connection, login) or not _mapped(connection, login):
            return
        until = time.monotonic() + patience_s
        while connection.execute(f"select {busy} and state <> 'idle'".encode(), [login]).fetchone():
            if time.monotonic() >= until:
                break
            time.sleep(0.1)
        connection.execute(f"select pg_terminate_backend(pid) {busy}".encode(), [login])
        _run(connection, lambda: removal_steps(schema, login=login, elsewhere=True), lambda: None)


def remove_views(admin_url: str) -> bool:
    """Drop the schema of views where no practice's login is left, with the rights they had on the host's
    tables. True where nothing of it is there any more.

    Views that the host has built on them are the host's: where there are any, all stays as it is.
    """
    with connect(admin_url, for_operator=True) as connection:

        def look() -> list[Step]:
            return dismantling_steps() if _unused(connection) else []

        try:
            _run(connection, look, lambda: None)
        except psycopg.errors.DependentObjectsStillExist:
            return False
        return connection.execute("select to_regnamespace('prentice')").fetchone() == (None,)


def script(steps: Sequence[Step]) -> str:
    """The steps as SQL for an administrator to read, and to run as it stands."""
    lines = ["begin;", f"select pg_advisory_xact_lock({_LOCK});"]
    for step in steps:
        lines += ["", f"-- {step.why}", f"{step.shown or step.sql};"]
    return "\n".join([*lines, "", "commit;", ""])


def _there(connection: psycopg.Connection[TupleRow], login: str) -> bool:
    return connection.execute("select from pg_roles where rolname = %s", [login]).fetchone() is not None


def _mapped(connection: psycopg.Connection[TupleRow], login: str) -> bool:
    """Whether the login has anything here; the mapping itself may be the owner's alone to read."""
    found = connection.execute(
        "select to_regnamespace('prentice') is not null and "
        "coalesce(has_schema_privilege(%s::name, to_regnamespace('prentice')::oid, 'usage'), false)",
        [login],
    ).fetchone()
    return found == (True,)


def _unused(connection: psycopg.Connection[TupleRow]) -> bool:
    """Whether the schema is ours and no login may come into it."""
    found = connection.execute(
        """select not exists (select from pg_roles r where r.rolname ~ '^prentice_t_'
             and has_schema_privilege(r.oid, n.oid, 'usage') and not r.rolsuper)
           from pg_namespace n join pg_roles o on o.oid = n.nspowner
           where n.nspname = 'prentice' and o.rolname = %s""",
        [OWNER],
    ).fetchone()
    return found == (True,)


def _as_owner(mark: str) -> Step:
    step = sealing_step(mark)
    return Step(step.why, f"set local role {OWNER};\n{step.sql};\nreset role")


def _stands(connection: psycopg.Connection[TupleRow], schema: SourceSchema, mark: str) -> bool:
    """Whether the schema carries this mark and its views are all there, ours, and barriers."""
    wanted = {"practice", *(view.name for view in build_views(schema))}
    comment = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = 'prentice'"
    ).fetchone()
    if comment is None or comment[0] is None or mark not in comment[0]:
        return False
    found = connection.execute(
        """select c.relname from pg_class c join pg_roles r on r.oid = c.relowner
           where c.relnamespace = 'prentice'::regnamespace and c.relkind = 'v' and r.rolname = %s
             and 'security_barrier=true' = any(c.reloptions)""",
        [OWNER],
    )
    return (
        wanted == {name for (name,) in found}
        and _reads_what_is_there(connection, schema)
        and _owner_reads(connection, schema)
    )


def _reads_what_is_there(connection: psycopg.Connection[TupleRow], schema: SourceSchema) -> bool:
    """Whether the views read the tables of today: a host may have put others under the old names."""
    row = connection.execute(f"select {bound(schema, tables_read(build_views(schema)))}".encode()).fetchone()
    return row == (True,)


def _owner_reads(connection: psycopg.Connection[TupleRow], schema: SourceSchema) -> bool:
    """Whether the owner still holds every column that the views read (a restored table loses grants)."""
    for view in build_views(schema):
        for table, columns in view.reads.items():
            name = f"{quoted(schema.schema)}.{quoted(table)}"
            row = connection.execute(
                "select bool_and(has_column_privilege(%s, %s, c, 'select')) from unnest(%s::text[]) c",
                [OWNER, name, sorted(columns)],
            ).fetchone()
            if row is None or not row[0]:
                return False
    return True


def _admits(admin_url: str, login: Login, timeout_s: float) -> bool:
    """Whether the login comes in, with its settings and no others, finds its practice, and may read every
    view."""
    try:
        with connect(for_login(admin_url, login.name, login.password)) as connection:
            row = connection.execute("select company_id, timezone from prentice.practice").fetchone()
            rights = connection.execute(
                """select bool_and(has_table_privilege(c.oid, 'select')) from pg_class c
                   where c.relnamespace = 'prentice'::regnamespace and c.relkind = 'v'"""
            ).fetchone()
            kept = connection.execute(
                """select s.setdatabase = 0, lower(split_part(c, '=', 1)), split_part(c, '=', 2)
                   from pg_db_role_setting s cross join unnest(s.setconfig) c
                   join pg_roles r on r.oid = s.setrole and r.rolname = current_user
                   left join pg_database d on d.oid = s.setdatabase
                   where s.setdatabase = 0 or d.datname = current_database()"""
            ).fetchall()
    except (PrenticeError, psycopg.Error):
        return False
    settings = {(True, name, value) for name, value in login_settings(timeout_s).items()}
    return row == (login.company_id, login.timezone) and rights == (True,) and set(kept) == settings


def _check(connection: psycopg.Connection[TupleRow], schema: SourceSchema) -> None:
    """A GRANT without the right to give is only a warning: see that the owner can read."""
    if not _owner_reads(connection, schema):
        raise _not_allowed()


def _not_allowed() -> SourceUnsuitable:
    return SourceUnsuitable(
        "The login in the source's address may not set the database up: it needs to create roles and "
        "a schema, and to pass on SELECT on the host's tables.",
        "Have an administrator run the output of `prentice tenant add … --dry-run`, then add again.",
    )


def _run(
    connection: psycopg.Connection[TupleRow], look: Callable[[], list[Step]], check: Callable[[], None]
) -> list[Step]:
    """Run what `look` finds once nobody else is at it, in one transaction; `check` may still undo it."""
    for attempt in range(_ATTEMPTS):
        try:
            with connection.transaction():
                # A migration of the host that waits for a lock must not queue behind us, nor we hold it up.
                connection.execute("set local lock_timeout = '10s'")
                connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
                steps = look()  # another run may have done it while this one waited
                for step in steps:
                    connection.execute(step.sql.encode())
                check()
            return steps
        except psycopg.errors.InsufficientPrivilege:
            raise _not_allowed() from None
        except psycopg.errors.LockNotAvailable:
            raise SourceUnsuitable(
                "The source database is being changed by someone else right now.", "Try again in a minute."
            ) from None
        except (psycopg.errors.InternalError, psycopg.errors.DeadlockDetected):
            # "tuple concurrently updated": a run in another database of the server; a deadlock: a question.
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.1 * 2**attempt)
        except psycopg.errors.ReadOnlySqlTransaction:
            raise SourceUnsuitable(
                "The source database takes no changes (a standby, or read only).",
                "Give the address of the primary; the views reach the standby by themselves.",
            ) from None
    raise AssertionError  # the last attempt returned or raised
