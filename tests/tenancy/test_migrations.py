"""What the migrations make is what the tables in the code say."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.dialects.postgresql import dialect
from warehouse.hosts import House

import prentice.feedback.tables
import prentice.identity.tables
import prentice.limits.tables  # noqa: F401  (all add theirs to the metadata)
from prentice.tenancy.platform import HEAD, VERSION_TABLE, migrate, platform_engine
from prentice.tenancy.tables import metadata

TABLES = sorted(metadata.tables)


@pytest.fixture
def migrated(house: House) -> Engine:
    """The platform database as `open_platform` has made it."""
    return platform_engine(house.platform_url)


@pytest.fixture
def described(house: House) -> Engine:
    """The same tables in a schema of their own, made from the code at once."""
    with psycopg.connect(house.platform_url, autocommit=True) as connection:
        connection.execute("create schema described")

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(house.platform_url, options="-c search_path=described")

    engine = create_engine("postgresql+psycopg://", creator=connect)
    metadata.create_all(engine)
    return engine


def shape(engine: Engine, table: str) -> dict[str, Any]:
    """Columns, keys and indexes as the server has them."""
    found = inspect(engine)
    return {
        "columns": {
            column["name"]: (
                column["type"].compile(dialect()),
                column["nullable"],
                str(column["default"]),
            )
            for column in found.get_columns(table)
        },
        "primary key": found.get_pk_constraint(table),
        "foreign keys": sorted(found.get_foreign_keys(table), key=lambda key: str(key["name"])),
        "unique": sorted(found.get_unique_constraints(table), key=lambda key: str(key["name"])),
        "indexes": sorted(found.get_indexes(table), key=lambda index: str(index["name"])),
    }


def named(found: dict[str, Any]) -> dict[str, Any]:
    """The name of a foreign key may have been chosen by hand."""
    keys = [{k: v for k, v in key.items() if k != "name"} for key in found["foreign keys"]]
    return {**found, "foreign keys": sorted(keys, key=str)}


def test_a_migrated_database_has_the_tables_that_the_code_describes(
    migrated: Engine, described: Engine
) -> None:
    assert len(TABLES) > 20
    for table in TABLES:
        assert named(shape(migrated, table)) == named(shape(described, table)), table
    migrated.dispose()
    described.dispose()


def test_no_migration_makes_its_tables_from_the_code_of_today() -> None:
    """A later change of a table would silently alter what an earlier migration makes."""
    from pathlib import Path

    from prentice.tenancy import migrations

    for file in (Path(migrations.__file__).parent / "versions").glob("0*.py"):
        imported = [
            line.split()[1] for line in file.read_text().splitlines() if line.startswith(("import ", "from "))
        ]
        ours = {name for name in imported if name.split(".")[0] == "prentice"}
        assert ours <= {"prentice.errors"}, file.name  # what is said makes no table


def test_every_migration_can_be_taken_back_and_made_again(house: House, migrated: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    with migrated.connect() as connection:
        config = Config()
        config.set_main_option("script_location", "prentice.tenancy:migrations")
        config.attributes["connection"] = connection
        config.attributes["version_table"] = VERSION_TABLE
        command.downgrade(config, "base")
        connection.commit()
    assert set(inspect(migrated).get_table_names()) == {VERSION_TABLE}
    migrate(migrated)
    with psycopg.connect(house.platform_url) as again:
        assert again.execute(f"select version_num from {VERSION_TABLE}").fetchone() == (HEAD,)
    migrated.dispose()
