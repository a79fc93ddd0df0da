"""The platform database: opened, and brought up to date."""

from __future__ import annotations

import psycopg
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from prentice.errors import PrenticeError, SourceUnavailable

HEAD = "0009"  # the newest file of migrations/versions; a test holds them together
VERSION_TABLE = "tenancy_version"
_LOCK = 7_023_001  # any number of ours; two processes that start at once migrate one after the other


def open_platform(url: str) -> Engine:
    """An engine on the platform database, its tables of this capability up to date.

    Costs one query when there is nothing to do. Raises `SourceUnavailable` when nothing answers,
    `SourceUnsuitable` where the server lacks pgvector.
    """
    engine = platform_engine(url)
    try:
        migrate(engine)
    except OperationalError as lost:
        engine.dispose()
        raise platform_unavailable() from lost
    except PrenticeError:
        engine.dispose()
        raise
    return engine


def platform_engine(url: str) -> Engine:
    """An engine on the platform database as it stands. Connects when it is first used."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, connect_timeout=2, application_name="prentice"),
        pool_size=2,
        max_overflow=6,
        hide_parameters=True,  # an error that is logged must not hold a practice's data
        pool_pre_ping=True,  # a restarted server costs one reconnect, not one failed question
    )


def platform_unavailable() -> SourceUnavailable:
    return SourceUnavailable(
        "The platform's own database does not answer.",
        "Start it, or correct PRENTICE_PLATFORM_URL, and try again.",
    )


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing, under an advisory lock."""
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    from alembic import command  # 0.2 s to import, and seldom needed
    from alembic.config import Config

    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
        try:
            if _version(connection) != HEAD:
                config = Config()
                config.set_main_option("script_location", "prentice.tenancy:migrations")
                config.attributes["connection"] = connection
                config.attributes["version_table"] = VERSION_TABLE
                command.upgrade(config, "head")
                connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def _version(connection: Connection) -> str | None:
    try:
        found: str | None = connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar()
    except ProgrammingError:  # no such table: a new database
        found = None
    connection.rollback()
    return found
