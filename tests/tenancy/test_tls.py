"""Connections that are told to verify the server do, wherever an address is taken apart and rebuilt."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from tls_front import Papers, tls_front
from warehouse.hosts import Ask, House, fill

from prentice.embedded import Servers
from prentice.errors import BadConfiguration, PrenticeError, SourceUnavailable, SourceUnsuitable
from prentice.jobs.queue import queue
from prentice.ops.health import postgres_answers, valkey_answers
from prentice.settings import Settings
from prentice.tenancy.address import connect, for_login, trusting, with_password, without_password
from prentice.tenancy.onboarding import tenant_add, tenant_remove
from prentice.tenancy.platform import platform_engine
from prentice.tenancy.registry import Registry
from prentice.warehouse.execute import Warehouse


def at_port(url: str, port: int, *, host: str = "127.0.0.1") -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{login}@{host}:{port}").geturl()


def port_of(url: str) -> int:
    found = urlsplit(url).port
    assert found
    return found


# Addresses -------------------------------------------------------------------------------------------

TRUST = "sslmode=verify-full&sslrootcert=/etc/own%20ca%2Bmore.pem&ssl_min_protocol_version=TLSv1.3"


@pytest.mark.parametrize(
    "rebuilt",
    [
        lambda url: for_login(url, "t", "p w+"),
        lambda url: without_password(url)[0],
        lambda url: with_password(without_password(url)[0], "p w+"),
        lambda url: with_password(f"postgresql://h/d?user=u&{TRUST}", "p w+"),
    ],
)
def test_how_to_trust_the_server_survives_every_rebuilding(rebuilt: object) -> None:
    assert callable(rebuilt)
    found = psycopg.conninfo.conninfo_to_dict(rebuilt(f"postgresql://u:s@h:1/d?{TRUST}&sslcrl=/crl.pem"))
    assert found["sslmode"] == "verify-full"
    assert found["sslrootcert"] == "/etc/own ca+more.pem"
    assert found["ssl_min_protocol_version"] == "TLSv1.3"
    assert found.get("password", "p w+") == "p w+"


def test_an_address_made_to_trust_says_so_whatever_it_said_before() -> None:
    authorities = Path("/etc/own ca+more.pem")
    for said in ("", "?sslmode=disable", "?sslrootcert=/other&sslmode=require", "?application_name=a%20b"):
        found = psycopg.conninfo.conninfo_to_dict(trusting(f"postgresql://u:s%40@h:1/d{said}", authorities))
        assert (found["sslmode"], found["sslrootcert"]) == ("verify-full", str(authorities))
        assert (found["password"], found["host"], found["port"], found["dbname"]) == ("s@", "h", "1", "d")
    assert found["application_name"] == "a b"
    for said in ("redis://:s%40@h:1/2", "rediss://:s%40@h:1/2?ssl_cert_reqs=none&ssl_check_hostname=false"):
        made = redis.ConnectionPool.from_url(trusting(said, authorities))
        found = made.connection_kwargs
        assert made.connection_class is redis.SSLConnection
        assert (found["ssl_cert_reqs"], found["ssl_check_hostname"]) == ("required", True)
        assert (found["ssl_ca_certs"], found["password"], found["db"]) == (str(authorities), "s@", 2)
    for untouched in ("", "unix:///run/valkey.sock"):
        assert trusting(untouched, authorities) == untouched
    assert trusting("postgresql://u@h/d", None) == "postgresql://u@h/d"


# PostgreSQL ------------------------------------------------------------------------------------------


def test_a_server_is_believed_by_its_authority_and_name_alone(
    house: House, papers: Papers, strangers: Papers, tmp_path: Path
) -> None:
    other_name = Papers.issue(tmp_path / "other", "db.example")
    with (
        tls_front(port_of(house.source_url), papers, postgres=True) as front,
        tls_front(port_of(house.source_url), other_name, postgres=True) as misnamed,
    ):
        url = at_port(house.source_url, front.port)
        good = trusting(url, papers.authority)
        with connect(good, for_operator=True) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
            assert connection.pgconn.ssl_in_use
        assert front.versions == ["TLSv1.3"]
        engine = platform_engine(good)
        with engine.connect() as own:
            assert own.execute(text("select 1")).scalar() == 1
        engine.dispose()
        assert postgres_answers(good)
        cases = [
            (trusting(url, strangers.authority), "is not one to trust"),
            (trusting(url, tmp_path / "none.pem"), "authorities.*cannot be read"),
            (trusting(at_port(url, misnamed.port), other_name.authority), "is for another name"),
            (trusting(house.source_url, papers.authority), "encrypted connection"),  # it speaks no TLS
        ]
        for address, words in cases:
            with pytest.raises(SourceUnsuitable, match=words) as told:
                connect(address, for_operator=True)
            assert told.value.next_step
            assert str(urlsplit(url).password) not in str(told.value)
            with pytest.raises(SourceUnavailable):
                connect(address)
            assert not postgres_answers(address)
            engine = platform_engine(address)
            with pytest.raises(OperationalError):
                engine.connect()
            engine.dispose()


def test_a_practice_is_connected_asked_and_removed_over_verified_connections_alone(
    house: House, servers: Servers, papers: Papers, strangers: Papers, tmp_path: Path
) -> None:
    fill(house.source_url, "north")
    with (
        tls_front(port_of(house.source_url), papers, postgres=True) as front,
        tls_front(port_of(servers.redis_url), papers, postgres=False) as cache_front,
    ):
        settings = Settings(
            home=tmp_path,
            source_url=at_port(house.source_url, front.port),
            platform_url=at_port(house.platform_url, front.port),
            redis_url=at_port(servers.redis_url, cache_front.port),
            tls_ca=papers.authority,
        )
        with Servers.start(settings) as trusted, redis.Redis.from_url(trusted.redis_url) as cache:
            registry = Registry(
                trusted.platform_url,
                house.keyring,
                source_url=trusted.source_url,
                tls_ca=settings.tls_ca,
            )
            for slug, own in (("pool", None), ("silo", settings.source_url)):
                added = tenant_add(
                    registry,
                    house.keyring,
                    slug,
                    company_id="north",
                    shared_source_url=trusted.source_url,
                    source_url=own,
                )
                assert added.tenant is not None
                with Warehouse(registry, house.keyring, settings, cache) as warehouse:
                    scope = registry.scope(slug)
                    result = warehouse.run(scope, Ask("select count(*) from prentice.sales"))
                    assert result.rows[0][0] == 20
                assert registry.get(slug).source_url == (without_password(own)[0] if own else None)
            distrusting = Registry(
                trusted.platform_url,
                house.keyring,
                source_url=trusting(settings.source_url or "", strangers.authority),
                tls_ca=strangers.authority,
            )
            with Warehouse(distrusting, house.keyring, settings, cache) as warehouse:
                for slug in ("pool", "silo"):
                    with pytest.raises(PrenticeError):
                        warehouse.run(
                            distrusting.scope(slug), Ask("select count(*) from prentice.sales"), fresh=True
                        )
            distrusting.close()
            for slug in ("pool", "silo"):
                tenant_remove(registry, house.keyring, slug)
            registry.close()
        assert len(front.versions) > 5
        assert set(front.versions) == set(cache_front.versions) == {"TLSv1.3"}


# Redis -----------------------------------------------------------------------------------------------


def test_a_cache_is_believed_by_its_authority_and_name_alone(
    servers: Servers, papers: Papers, strangers: Papers, tmp_path: Path
) -> None:
    other_name = Papers.issue(tmp_path / "other", "cache.example")
    with (
        tls_front(port_of(servers.redis_url), papers, postgres=False) as front,
        tls_front(port_of(servers.redis_url), other_name, postgres=False) as misnamed,
    ):
        url = at_port(servers.redis_url, front.port)
        assert valkey_answers(f"{url.replace('redis', 'rediss', 1)}?ssl_ca_certs={papers.authority}")
        assert valkey_answers(trusting(url, papers.authority))
        assert not valkey_answers(url)
        assert not valkey_answers(trusting(url, strangers.authority))
        assert not valkey_answers(trusting(at_port(url, misnamed.port), other_name.authority))
        assert not valkey_answers(trusting(servers.redis_url, papers.authority))
        with queue(trusting(url, papers.authority)).connection_for_read() as broker:
            broker.ensure_connection(max_retries=1, timeout=5)
        for address in (
            trusting(url, strangers.authority),
            trusting(at_port(url, misnamed.port), other_name.authority),
        ):
            with (
                queue(address).connection_for_read() as broker,
                pytest.raises(Exception, match=r"(?i)certificate"),
            ):
                broker.ensure_connection(max_retries=1, timeout=5)


def test_authorities_that_cannot_be_read_are_told_at_the_start(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, source_url="postgresql://u:p@h/d", platform_url="postgresql://u:p@h/d",
        redis_url="redis://:p@h", tls_ca=tmp_path / "none.pem",
    )  # fmt: skip
    with pytest.raises(BadConfiguration, match="PRENTICE_TLS_CA"):
        Servers.start(settings)
