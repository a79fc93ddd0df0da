"""What a practice's own login can never do, tried as an attacker who holds its address would.

Each test names what it guards against. The source is the embedded one, shared by two practices.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors as pg
from warehouse.hosts import House, at_database, fill, open_house

from prentice.embedded import Servers

Login = psycopg.Connection[tuple[object, ...]]
# No right to; or the view is not of a kind that takes rows, which is told first.
DENIED = (
    pg.InsufficientPrivilege,
    pg.WrongObjectType,
    pg.FeatureNotSupported,
    pg.ObjectNotInPrerequisiteState,
)
VIEWS = (
    "sale_lines",
    "sales",
    "products",
    "staff",
    "stock_movements",
    "orders",
    "appointments",
    "purchase_orders",
)
TABLES = (
    "companies",
    "users",
    "pos_transactions",
    "pos_transaction_items",
    "products",
    "inventory_movements",
    "orders",
    "returns",
    "non_adapts",
    "appointments",
    "purchase_orders",
)


@pytest.fixture(scope="module")
def house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(servers, tmp_path_factory.mktemp("walls"), statement_timeout_s=1) as house:
        fill(house.source_url, "north", "south")
        for slug in ("north", "south"):
            house.add(slug, slug)
        yield house


@pytest.fixture
def login(house: House) -> Iterator[Login]:
    """As `north`, with every belt taken off that a session can take off."""
    with house.login("north") as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute("set statement_timeout = 0")
        yield connection


def test_the_belts_come_off_so_the_walls_are_what_is_tested(login: Login) -> None:
    assert login.execute("show default_transaction_read_only").fetchone() == ("off",)
    assert login.execute("show statement_timeout").fetchone() == ("0",)


@pytest.mark.parametrize("view", VIEWS)
def test_two_practices_in_one_source_each_see_their_own_rows(house: House, view: str) -> None:
    seen = {}
    for slug in ("north", "south"):
        with house.login(slug) as connection:
            seen[slug] = connection.execute(f"select v::text from prentice.{view} v").fetchall()
    assert len(seen["north"]) == len(seen["south"]) > 0
    assert all("south" not in str(row) for row in seen["north"])
    assert all("north" not in str(row) for row in seen["south"])


@pytest.mark.parametrize("table", TABLES)
def test_base_tables_cannot_be_read_in_any_way(login: Login, table: str) -> None:
    for sql in (
        f"select * from public.{table}",
        f"select count(*) from public.{table}",
        f"table public.{table}",
        f"copy public.{table} to stdout",
        f"select query_to_xml('select * from public.{table}', true, true, '')",
        f"select table_to_xml('public.{table}', true, true, '')",
    ):
        # Some builds of the server have no XML at all.
        with pytest.raises((pg.InsufficientPrivilege, pg.FeatureNotSupported)):
            login.execute(sql)


def test_the_mapping_of_logins_shows_no_other_practice(login: Login) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        login.execute("select * from prentice.tenant_login")
    assert login.execute("select company_id from prentice.practice").fetchall() == [("north",)]


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_can_be_written_through_a_view(login: Login, view: str) -> None:
    for sql in (
        f"delete from prentice.{view}",
        f"insert into prentice.{view} select * from prentice.{view}",
        f"select * from prentice.{view} for update",
        f"truncate prentice.{view}",
        f"drop view prentice.{view}",
        f"alter view prentice.{view} set (security_barrier = false)",
        f"create or replace view prentice.{view} as select 1",
    ):
        with pytest.raises(DENIED):
            login.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "create table public.mine (a int)",
        "create table prentice.mine (a int)",
        "create temporary table mine (a int)",
        "create schema mine",
        "create view prentice.mine as select 1",
        "create function prentice.mine() returns int language sql as 'select 1'",
        "create function public.mine() returns int language plpgsql as 'begin return 1; end'",
        "create role mine",
        "create database mine",
        "create extension dblink",
        "do $$ begin perform 1; end $$",
        "select lo_creat(-1)",
        "select lo_import('/etc/passwd')",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "copy (select 1) to '/tmp/mine'",
        "copy (select 1) to program 'id'",
        "select pg_advisory_lock(7023002)",
        "select pg_logical_emit_message(false, 'a', 'b')",
        "select pg_notify('a', 'b')",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
        "select pg_reload_conf()",
        "alter system set statement_timeout = 0",
        "select * from pg_authid",
        "select * from pg_statistic",
        "select * from pg_user_mappings, pg_hba_file_rules",
    ],
)
def test_nothing_can_be_made_run_or_read_on_the_server(login: Login, sql: str) -> None:
    with pytest.raises((pg.InsufficientPrivilege, pg.InvalidGrantOperation)):
        login.execute(sql)


def test_the_login_can_become_nobody_else(house: House, login: Login) -> None:
    other = house.registry.get("south").login
    for role in (other, "prentice_owner", "postgres", "pg_read_all_data"):
        for sql in (f"set role {role}", f"set session authorization {role}", f"grant {role} to current_user"):
            with pytest.raises(pg.InsufficientPrivilege):
                login.execute(sql)


def test_a_login_cannot_change_itself_into_more(house: House, login: Login) -> None:
    own = house.registry.get("north").login
    for change in ("superuser", "createrole", "bypassrls", "connection limit 99"):
        with pytest.raises(pg.InsufficientPrivilege):
            login.execute(f"alter role {own} {change}")


@pytest.mark.parametrize("setting", ["app.tenant_id", "app.company_id", "role", "session_authorization"])
def test_a_setting_changes_no_wall(login: Login, setting: str) -> None:
    """`select … where (select set_config('app.tenant_id', '<other>', false)) is not null`."""
    trick = f"select set_config('{setting}', 'south', false)"
    with pytest.raises(pg.InsufficientPrivilege):
        login.execute(f"select * from prentice.products where ({trick}) is not null")
    if "." in setting:
        login.execute(f"set {setting} = 'south'")
    assert {row[0] for row in login.execute("select brand from prentice.products")} == {"north Brand", None}


def test_the_wall_stands_where_set_config_is_allowed(house: House) -> None:
    """On a server that is not ours PUBLIC keeps set_config: the wall is the login, not a setting."""
    with house.admin() as admin:
        admin.execute("grant execute on function pg_catalog.set_config(text, text, boolean) to public")
    try:
        with house.login("north") as login:
            rows = login.execute(
                """select brand from prentice.products
                   where (select set_config('app.tenant_id', 'south', false)) is not null
                     and (select set_config('search_path', 'public', false)) is not null"""
            ).fetchall()
            assert {row[0] for row in rows} == {"north Brand", None}
            with pytest.raises(pg.InsufficientPrivilege):
                login.execute("select set_config('role', 'prentice_owner', false)")
    finally:
        with house.admin() as admin:
            admin.execute("revoke execute on function pg_catalog.set_config(text, text, boolean) from public")


def test_a_function_or_operator_that_leaks_sees_no_other_row(login: Login) -> None:
    """What raises an error with the value in it, were it run on the rows before the wall."""
    for condition in (
        "cast(brand as int) = 1",
        "brand ~ 'south' or 1 / (case when brand = 'south Brand' then 0 else 1 end) = 0",
        "to_date(brand, 'YYYY') is not null",
        "query_to_xml('select ''' || brand || '''::int', true, true, '') is not null",
    ):
        said = "nothing"
        try:
            login.execute(f"select count(*) from prentice.products where {condition}")
        except psycopg.Error as failure:
            said = f"{type(failure).__name__}: {failure}"
        assert "south" not in said
        assert "DivisionByZero" not in said


def test_a_cheap_leak_is_not_pushed_below_the_wall(house: House) -> None:
    """Even a function of the host's own with a cost of nothing runs after the wall."""
    with house.admin() as admin:
        admin.execute(
            """create function public.peep(text) returns boolean language plpgsql cost 0.0000001 as
               $$ begin raise notice 'seen %', $1; return true; end $$;
               grant usage on schema public to public"""
        )
    try:
        heard: list[str] = []
        with house.login("north") as login:
            login.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
            login.execute("select * from prentice.products where public.peep(brand)")
            login.execute("select * from prentice.sale_lines where public.peep(product_id)")
            login.execute("select * from prentice.staff where public.peep(name)")
    finally:
        with house.admin() as admin:
            admin.execute("drop function public.peep(text)")
    assert heard
    assert not [line for line in heard if "south" in line]


def test_a_stand_in_on_the_search_path_fools_no_view(house: House) -> None:
    """Views name everything in full, so a table or function of the same name elsewhere is not read."""
    with house.admin() as admin:
        admin.execute(
            """create schema decoy; grant usage on schema decoy to public;
               create table decoy.tenant_login as select current_user::name as login, 'south' as company_id;
               create function decoy.lower(text) returns text language sql as $$ select 'south' $$"""
        )
    try:
        with house.login("north") as login:
            login.execute("set search_path = decoy, pg_catalog, prentice")
            assert login.execute("select distinct payment_status_key from sales").fetchall() == [
                ("completed",)
            ]
            assert {b for (b,) in login.execute("select brand from products")} == {"north Brand", None}
    finally:
        with house.admin() as admin:
            admin.execute("drop schema decoy cascade")


def test_the_catalogues_tell_nothing_of_other_practices_rows(house: House, login: Login) -> None:
    with house.login("south") as south:
        south.execute("select 'a secret of south'")
        for sql in (
            "select * from pg_stats",
            "select * from pg_stats_ext",
            "select query, application_name from pg_stat_activity",
            "select * from pg_prepared_statements",
            "select * from pg_cursors",
            "select * from information_schema.columns",
            "select * from pg_description",
            "select * from pg_shdescription",
            "select rolname from pg_roles",
            "select * from pg_db_role_setting",
            "select definition from pg_views where schemaname = 'prentice'",
        ):
            assert "south" not in str(login.execute(sql).fetchall()), sql
        assert login.execute("select count(*) from pg_stats where schemaname = 'public'").fetchone() == (0,)
        listed = login.execute("select distinct table_schema from information_schema.columns").fetchall()
        assert "public" not in {schema for (schema,) in listed}


def test_the_planners_estimate_does_not_know_other_practices_values(login: Login) -> None:
    """EXPLAIN must not answer 'how many rows have this brand' from statistics over all practices."""

    def estimate(brand: str) -> str:
        plan = login.execute(f"explain select 1 from prentice.products where brand = '{brand}'").fetchall()
        return str(plan[0][0]).split("rows=")[1].split()[0]

    assert estimate("south Brand") == estimate("No such brand")


def test_no_other_database_of_the_server_lets_the_login_in(house: House) -> None:
    with house.admin() as admin:
        names = [name for (name,) in admin.execute("select datname from pg_database where datallowconn")]
    own = urlsplit(house.source_url).path[1:]
    assert own in names
    for name in names:
        if name != own:
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(at_database(house.login_url("north"), name))


def test_a_login_of_no_practice_sees_no_rows(house: House) -> None:
    with house.admin() as admin:
        database = urlsplit(house.source_url).path[1:]
        admin.execute(
            f"""create role prentice_t_nobody login password 'x';
                grant connect on database {database} to prentice_t_nobody;
                grant usage on schema prentice to prentice_t_nobody;
                grant select on all tables in schema prentice to prentice_t_nobody"""
        )
        try:
            address = house.source_url.replace(
                urlsplit(house.source_url).netloc.rpartition("@")[0], "prentice_t_nobody:x"
            )
            with psycopg.connect(address, autocommit=True) as nobody:
                for view in (*VIEWS, "practice", "tenant_login"):
                    assert nobody.execute(f"select count(*) from prentice.{view}").fetchone() == (0,), view
        finally:
            admin.execute("drop owned by prentice_t_nobody; drop role prentice_t_nobody")


def test_the_owner_of_the_views_cannot_log_in_and_reads_no_more_than_their_columns(house: House) -> None:
    with house.admin() as admin:
        flags = admin.execute(
            "select rolcanlogin, rolsuper, rolbypassrls, rolcreaterole from pg_roles "
            "where rolname = 'prentice_owner'"
        ).fetchone()
        assert flags == (False, False, False, False)
        readable = admin.execute(
            """select table_name, column_name from information_schema.column_privileges
               where grantee = 'prentice_owner' and table_schema = 'public'"""
        ).fetchall()
        assert ("appointments", "patient_id") not in readable
        assert ("returns", "id") not in readable
        assert {
            privilege
            for (privilege,) in admin.execute(
                "select distinct privilege_type from information_schema.column_privileges "
                "where grantee = 'prentice_owner' and table_schema = 'public'"
            )
        } == {"SELECT"}


def test_no_table_of_the_host_was_altered(house: House) -> None:
    with house.admin() as admin:
        secured = admin.execute(
            """select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
               and (relrowsecurity or relforcerowsecurity or relhastriggers or relhasrules)"""
        ).fetchall()
    assert secured == []


def test_our_own_table_is_secured_even_from_its_owner(house: House) -> None:
    with house.admin() as admin:
        flags = admin.execute(
            "select relrowsecurity, relforcerowsecurity from pg_class "
            "where oid = 'prentice.tenant_login'::regclass"
        ).fetchone()
    assert flags == (True, True)


def test_the_counters_of_shared_tables_tell_nobody_what_others_sell(login: Login) -> None:
    for sql in (
        "select relname, n_live_tup from pg_stat_user_tables",
        "select * from pg_statio_all_tables",
        "select * from pg_stat_xact_user_tables",
        "select * from pg_stat_all_indexes",
        "select pg_stat_get_live_tuples(oid) from pg_class where relname = 'pos_transactions'",
        "select pg_relation_size(oid) from pg_class where relname = 'pos_transactions'",
    ):
        with pytest.raises(pg.InsufficientPrivilege):
            login.execute(sql)
    row = login.execute("select prentice.data_version()").fetchone()
    assert row is not None
    assert row[0]


def test_a_session_that_lifted_its_timeout_is_still_ended_from_outside(house: House, login: Login) -> None:
    """Nothing of ours runs that query: it came in by the practice's address. The limit here is 1 s."""
    house.run("north", "select 1")
    started = time.monotonic()
    with pytest.raises((pg.QueryCanceled, pg.AdminShutdown)):
        login.execute("select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000) b")
    assert time.monotonic() - started < 8


def test_a_block_of_code_that_catches_the_cancel_is_ended_all_the_same(house: House) -> None:
    """Where a server lets everyone run code, a session can refuse to be cancelled: then it is cut off."""
    house.run("north", "select 1")
    with house.admin() as admin:
        admin.execute("grant usage on language plpgsql to public")
    try:
        with house.login("north") as login:
            login.execute("set statement_timeout = 0")
            started = time.monotonic()
            with pytest.raises((pg.AdminShutdown, psycopg.OperationalError)):
                login.execute(
                    """do $$ begin
                      loop
                        begin perform pg_sleep(60); exception when query_canceled then null; end;
                      end loop;
                    end $$"""
                )
            assert time.monotonic() - started < 15
    finally:
        with house.admin() as admin:
            admin.execute("revoke usage on language plpgsql from public")


def test_the_state_of_the_data_is_told_as_a_hash_alone(login: Login) -> None:
    row = login.execute("select prentice.data_version()").fetchone()
    assert row is not None
    assert len(str(row[0])) == 64
