"""Databases with the host's tables, small enough to count by hand, on the servers of the test run."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from redis import Redis

from prentice.embedded import Servers
from prentice.ops.secrets import Keyring
from prentice.settings import Settings
from prentice.tenancy.onboarding import Connected, source_login_url, tenant_add
from prentice.tenancy.registry import Registry
from prentice.tenancy.removal import remove_tenant
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Result, Warehouse

TODAY = date(2026, 10, 31)

TABLES = """
create table companies (id varchar primary key, name text not null);
create table users (id varchar primary key, company_id varchar, first_name varchar, last_name varchar,
  organization_name text, role text);
create table pos_transactions (id varchar primary key, company_id varchar not null, staff_id varchar,
  subtotal numeric(10,2) not null, tax_amount numeric(10,2), discount_amount numeric(10,2),
  total_amount numeric(10,2) not null, payment_method varchar(50), payment_status varchar(50),
  refunded_at timestamp, transaction_date timestamp not null);
create table pos_transaction_items (id varchar primary key, transaction_id varchar not null,
  product_id varchar not null, quantity integer not null, unit_cost numeric(10,2),
  discount_amount numeric(10,2), line_total numeric(10,2) not null);
create table products (id varchar primary key, company_id varchar not null, product_type text, sku text,
  brand text, model text, name text, category text, cost numeric(10,2), stock_quantity integer,
  low_stock_threshold integer, unit_price numeric(10,2), is_active boolean);
create table inventory_movements (id varchar primary key, company_id varchar not null, product_id varchar,
  movement_type text, quantity integer, created_at timestamp);
create table orders (id varchar primary key, company_id varchar not null, ecp_id varchar, status text,
  lens_type text, lens_material text, coating text, frame_type text, order_date timestamp,
  due_date timestamp, completed_at timestamp, deleted_at timestamp);
create table returns (id varchar primary key, order_id varchar, return_type varchar);
create table non_adapts (id varchar primary key, order_id varchar, resolution_type varchar);
create table appointments (id varchar primary key, company_id varchar, practitioner_id varchar,
  patient_id varchar, appointment_type text, appointment_status text, start_time timestamptz,
  deleted_at timestamptz);
create table purchase_orders (id varchar primary key, company_id varchar not null, supplier_id varchar,
  status text, total_amount numeric(10,2), created_at timestamp, actual_delivery_date timestamp);
"""

# Two practices with the same shapes and other names, so that a row of the wrong one shows.
ROWS = """
insert into companies values ('{c}', 'Practice {c}');
insert into users values ('{c}-u1', '{c}', 'Ann', '{c}', null, 'dispenser'),
  ('{c}-u2', '{c}', 'Pat', 'Ient {c}', null, null),
  ('{c}-s', '{c}-supplier', 'Sam', 'Rep', '{c} Supplies', 'supplier');
insert into products values
  ('{c}-p1', '{c}', 'frame', 'F-1', '{c} Brand', 'One', 'Frame One', 'Frames', 40, 5, null, 100, null),
  ('{c}-p2', '{c}', 'solution', null, ' ', null, '', 'Care', null, 0, 3, 10, true),
  ('{c}-p3', '{c}', 'service', null, null, null, 'Eye test', 'Services', null, 0, 0, 25, true);
insert into pos_transactions
  select '{c}-t' || g, '{c}', '{c}-u1', 110, 0, 10, 100, 'card', 'completed', null,
         timestamp '2026-10-01 10:00' + g * interval '1 day' from generate_series(1, {n}) g;
insert into pos_transaction_items
  select '{c}-i' || g || p, '{c}-t' || g, '{c}-p' || p, 1, case when p = 1 then 40 end, 0,
         case p when 1 then 100 else 10 end
  from generate_series(1, {n}) g, generate_series(1, 2) p;
insert into orders values
  ('{c}-o1', '{c}', '{c}-u1', 'completed', 'Single Vision', 'CR-39', 'None', 'full rim',
    '2026-10-01', '2026-10-08', '2026-10-07', null),
  ('{c}-o2', '{c}', '{c}-u1', 'pending', 'progressive', null, 'anti_reflective', null,
    '2026-10-02', null, null, null),
  ('{c}-o3', '{c}', '{c}-u1', 'cancelled', null, null, null, null, '2026-10-03', null, null, '2026-10-04');
insert into returns values ('{c}-r1', '{c}-o1', 'Remake'), ('{c}-r2', '{c}-o1', 'remake');
insert into non_adapts values ('{c}-n1', '{c}-o2', 'refund');
insert into appointments values
  ('{c}-a1', '{c}', '{c}-u1', '{c}-u2', 'eye_examination', 'completed', '2026-06-30 23:30+00', null);
insert into purchase_orders values ('{c}-po', '{c}', '{c}-s', 'delivered', 500, '2026-10-01', '2026-10-05');
insert into inventory_movements values ('{c}-m', '{c}', '{c}-p1', 'received', 5, '2026-10-01');
"""


@dataclass(frozen=True)
class Ask:
    """A statement as the compiler gives one."""

    sql: str
    parameters: dict[str, object] = field(default_factory=dict)


@dataclass
class House:
    """A source, a platform and a warehouse of its own."""

    source_url: str
    platform_url: str
    keyring: Keyring
    registry: Registry
    warehouse: Warehouse
    redis: Redis

    def add(self, slug: str, company_id: str, **options: Any) -> Connected:
        settled = {"today": TODAY, "shared_source_url": self.source_url, "owned": True} | options
        return tenant_add(self.registry, self.keyring, slug, company_id=company_id, **settled)

    def remove(self, slug: str) -> None:
        remove_tenant(
            self.registry,
            self.keyring,
            slug,
            confirm=slug,
            redis=self.redis,
            home=self.keyring.path.parent,
            without_export=True,
        )

    def scope(self, slug: str, **options: Any) -> TenantScope:
        return self.registry.scope(slug, **options)

    def run(self, slug: str, sql: str, *, fresh: bool = False, **parameters: object) -> Result:
        return self.warehouse.run(self.scope(slug), Ask(sql, parameters), fresh=fresh)

    def admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.source_url, autocommit=True)

    def login(self, slug: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.login_url(slug), autocommit=True)

    def login_url(self, slug: str) -> str:
        return source_login_url(self.registry, self.keyring, self.registry.get(slug))


def at_database(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


@contextmanager
def database(servers: Servers) -> Iterator[str]:
    """A new database, dropped in the end with its practices' logins."""
    name = f"test_{secrets.token_hex(4)}"
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(f"create database {name}")
    try:
        yield at_database(servers.source_url, name)
    finally:
        with psycopg.connect(servers.source_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")


def fill(url: str, *companies: str, tables: str = TABLES, sales: int = 20) -> None:
    """The host's tables, with rows of these practices."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(tables)
        for company in companies:
            admin.execute(ROWS.format(c=company, n=sales))
        admin.execute("analyze")


@contextmanager
def open_house(servers: Servers, home: Path, **settings: Any) -> Iterator[House]:
    """An empty source and an empty platform, and what Prentice needs to work on them."""
    keyring = Keyring(home / f"{secrets.token_hex(4)}.json")
    limits = Settings(home=home, **settings)
    with database(servers) as source_url, database(servers) as platform_url, ExitStack() as stack:
        registry = Registry(platform_url, keyring, source_url=source_url)
        stack.callback(registry.close)
        stack.callback(_drop_logins, registry, source_url)
        redis = stack.enter_context(Redis.from_url(servers.redis_url))
        warehouse = stack.enter_context(Warehouse(registry, keyring, limits, redis))
        yield House(source_url, platform_url, keyring, registry, warehouse, redis)


def _drop_logins(registry: Registry, source_url: str) -> None:
    with psycopg.connect(source_url, autocommit=True) as admin:
        for tenant in registry.all():
            if admin.execute("select 1 from pg_roles where rolname = %s", [tenant.login]).fetchone():
                admin.execute(f"drop owned by {tenant.login}; drop role {tenant.login}")
