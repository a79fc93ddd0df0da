"""pgvector on somebody else's PostgreSQL: a login that is no superuser, and a server that lacks it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql
from warehouse.hosts import database

from prentice.embedded import Servers
from prentice.errors import SourceUnsuitable
from prentice.knowledge.documents.library import cut
from prentice.knowledge.documents.store import DocumentStore
from prentice.knowledge.llama import embedded
from prentice.ops.secrets import Keyring
from prentice.tenancy.platform import open_platform
from prentice.tenancy.registry import Registry


@pytest.fixture
def plain(servers: Servers) -> Iterator[tuple[str, str]]:
    """A database that a login without any power owns: the superuser's address of it, and the login's."""
    login, password = f"plain_{secrets.token_hex(4)}", secrets.token_hex(8)
    with database(servers) as url, psycopg.connect(url, autocommit=True) as admin:
        parts = urlsplit(url)
        name = parts.path.removeprefix("/")
        admin.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(login), password))
        admin.execute(
            sql.SQL("alter database {} owner to {}").format(sql.Identifier(name), sql.Identifier(login))
        )
        host = f"{login}:{password}@{parts.hostname}:{parts.port}"
        yield url, urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
        admin.execute(sql.SQL("reassign owned by {} to current_user").format(sql.Identifier(login)))
        admin.execute(sql.SQL("drop owned by {}").format(sql.Identifier(login)))
        admin.execute(sql.SQL("drop role {}").format(sql.Identifier(login)))


def test_a_login_that_may_not_create_the_extension_is_told_who_may(plain: tuple[str, str]) -> None:
    _, url = plain
    with pytest.raises(SourceUnsuitable, match="may not create the extension") as told:
        open_platform(url).dispose()
    assert "create extension vector" in told.value.next_step


def test_a_server_without_pgvector_is_told_what_to_install(plain: tuple[str, str]) -> None:
    """As far as this login can see: a view of its own stands before the catalogue's."""
    admin_url, url = plain
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("create schema bare")
        admin.execute("create view bare.pg_available_extensions as "
            "select * from pg_catalog.pg_available_extensions "
                      "where name <> 'vector'")  # fmt: skip
        admin.execute(
            "grant usage on schema bare to public; grant select on bare.pg_available_extensions to public"
        )
    joined = "&" if "?" in url else "?"
    bare = f"{url}{joined}options=-csearch_path%3Dpublic,bare,pg_catalog"
    with pytest.raises(SourceUnsuitable, match="pgvector is not installed") as told:
        open_platform(bare).dispose()
    assert "0.8" in told.value.next_step


def test_a_plain_login_works_where_an_administrator_created_it_and_row_security_holds(
    plain: tuple[str, str], tmp_path: Path
) -> None:
    """Guards against: a statement that forgets the practice. The database itself shows nothing then."""
    admin_url, url = plain
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("create extension vector")
    registry = Registry(url, Keyring(tmp_path / "keys.json"))
    registry.add(id="north", slug="north", name="North", company_id="north")
    registry.close()
    engine = open_platform(url)
    store = DocumentStore(engine)
    one = embedded(cut("a.txt", "Remakes are free."))
    store.put("north", "a.txt", kind="text", sha256="0", size=1, left_out=0, by="u_1", embedded=one)
    assert len(store.all("north")) == 1
    with psycopg.connect(url) as login:
        assert login.execute("select count(*) from documents").fetchone() == (0,)
        login.execute("select set_config('prentice.tenant', 'south', false)")
        assert login.execute("select count(*) from documents").fetchone() == (0,)
        login.execute("select set_config('prentice.tenant', 'north', false)")
        assert login.execute("select count(*) from documents").fetchone() == (1,)
    with psycopg.connect(url, autocommit=True) as login:
        login.execute("delete from tenants where id = 'north'")  # as the removal of a practice does
    assert store.all("north") == [], "a cascade is held up by no row security"
    engine.dispose()
