"""The table of what was told about patients: a wall between practices that holds for its own owner too."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import ProgrammingError
from warehouse.hosts import House, at_database

from prentice.tenancy.address import for_login
from prentice.tenancy.platform import open_platform
from prentice.tenancy.tables import tenants

ROW = (
    "insert into patients_told (tenant_id, principal, run_id, digest, groups, prints, codes) "
    "values (:id, 'w', 'r', 'd', '', '', '')"
)
FOR = text("select set_config('prentice.tenant', :id, true)")


@pytest.fixture
def engine(house: House) -> Iterator[Engine]:
    """The platform database of a login that is no superuser, with two practices."""
    name, password = f"own_{secrets.token_hex(4)}", secrets.token_hex(8)
    with psycopg.connect(house.platform_url, autocommit=True) as admin:
        admin.execute(f"create role {name} login password '{password}'")
        admin.execute(f"create database {name} owner {name}")
    with psycopg.connect(at_database(house.platform_url, name), autocommit=True) as admin:
        admin.execute("create extension vector")  # which no other than a superuser may
    engine = open_platform(for_login(at_database(house.platform_url, name), name, password))
    try:
        with engine.begin() as connection:
            for tenant in ("north", "south"):
                connection.execute(
                    insert(tenants).values(
                        id=tenant, slug=tenant, name=tenant, company_id=tenant, currency="GBP", country="GB",
                        timezone="UTC", route="pool",
                    )
                )  # fmt: skip
                connection.execute(FOR, {"id": tenant})
                connection.execute(text(ROW), {"id": tenant})
        yield engine
    finally:
        engine.dispose()
        with psycopg.connect(house.platform_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")
            admin.execute(f"drop role {name}")


def seen(engine: Engine, tenant: str | None) -> list[str]:
    with engine.connect() as connection:
        if tenant:
            connection.execute(FOR, {"id": tenant})
        return list(connection.execute(text("select tenant_id from patients_told")).scalars())


def test_row_security_is_on_and_forced(engine: Engine) -> None:
    with engine.connect() as connection:
        flags = connection.execute(
            text("select relrowsecurity, relforcerowsecurity from pg_class where relname = 'patients_told'")
        ).one()
    assert tuple(flags) == (True, True)


def test_the_owner_sees_the_rows_of_the_practice_it_names_and_no_other(engine: Engine) -> None:
    assert seen(engine, None) == []
    assert seen(engine, "north") == ["north"]
    assert seen(engine, "south") == ["south"]


def test_no_row_is_written_for_another_practice(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(FOR, {"id": "north"})
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text(ROW.replace("'d'", "'e'")), {"id": "south"})


def test_a_practice_that_is_removed_takes_its_rows_with_it(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from tenants where id = 'north'"))
    assert seen(engine, "north") == []
    assert seen(engine, "south") == ["south"]
