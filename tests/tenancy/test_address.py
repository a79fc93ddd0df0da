"""Addresses: a password shows nowhere, and each way of being wrong has its own message."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
import pytest
from warehouse.hosts import House, at_database

from prentice.errors import BadConfiguration, PrenticeError, SourceUnavailable, SourceUnsuitable
from prentice.tenancy.address import checked_address, connect, for_login, with_password, without_password


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://u:p%2Fw@h/d", "postgresql://u@h/d", "p/w"),
        ("postgresql://u@h/d", "postgresql://u@h/d", None),
        (
            "postgresql://h/d?user=u&password=p&sslmode=require",
            "postgresql://h/d?user=u&sslmode=require",
            "p",
        ),
        ("postgresql://u:p@h/d?sslpassword=q", "postgresql://u@h/d", "p"),
        ("postgresql://u:p@/d?host=/run/pg", "postgresql://u@/d?host=/run/pg", "p"),
        ("postgresql://u:p@a:1,b:2/d", "postgresql://u@a:1,b:2/d", "p"),
        ("postgresql://u:p@[::1]:5432/d", "postgresql://u@[::1]:5432/d", "p"),
    ],
)
def test_a_password_is_taken_out_and_put_back(url: str, bare: str, password: str | None) -> None:
    assert without_password(url) == (bare, password)
    again = psycopg.conninfo.conninfo_to_dict(with_password(bare, password))
    whole = psycopg.conninfo.conninfo_to_dict(url)
    whole.pop("sslpassword", None)  # kept nowhere
    assert again == whole


def test_another_login_keeps_the_way_and_nothing_of_the_first_login() -> None:
    url = "postgresql://admin:p@h:1/d?sslmode=verify-full&sslkey=/k&options=-c%20role%3Dx&passfile=/f"
    assert for_login(url, "t", "a/b") == "postgresql://t:a%2Fb@h:1/d?sslmode=verify-full"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hush@h/d",
        "postgresql://u:hush@h",
        "postgresql://u:hu/sh@h/d",
        "postgresql://u:hu#sh@h/d",
        "postgresql://u:hu?sh@h/d",
        "postgresql://u:hush@h:port/d",
        "hush",
        "",
        "postgresql:///d",
        "postgresql://u:hush@/d?host=/run/pg",
        "postgresql://u:hush@%2Frun%2Fpg/d",
        "postgresql://u:hush@h,%2Frun%2Fpg/d",
        "postgresql://u:hush@h/d?passfile=/keys/pgpass",
        "postgresql://u:hush@h/d?service=till",
        "postgresql://u:hush@h/d?servicefile=/etc/services.conf",
        "postgresql://u:hush@h/d?sslmode=require&sslkey=/keys/key.pem",
        "postgresql://u:hush@h/d?sslpassword=hush",
        "postgresql://u:hush@h/d?options=-c%20role%3Dpostgres",
    ],
)
def test_an_address_that_cannot_be_read_for_sure_is_refused_without_a_part_of_it(url: str) -> None:
    with pytest.raises(BadConfiguration) as told:
        checked_address(url)
    assert "hu" not in str(told.value)


def test_what_says_how_to_reach_and_trust_the_server_may_be_named() -> None:
    url = "postgresql://u:p@a:1,b:2/d?sslmode=verify-full&sslrootcert=/etc/ca.pem&connect_timeout=3"
    assert checked_address(url) == url
    assert checked_address("postgresql://h/d?user=u&password=p") == "postgresql://h/d?user=u&password=p"


def test_each_way_of_being_wrong_is_told_apart(house: House) -> None:
    url = house.source_url
    netloc = urlsplit(url).netloc
    cases: list[tuple[str, type[PrenticeError], str]] = [
        (url.replace(netloc.partition("@")[0], "postgres:hush"), SourceUnsuitable, "refused the login"),
        (url.replace(netloc.partition("@")[0], "nobody:hush"), SourceUnsuitable, "refused the login"),
        (at_database(url, "no_such_database"), SourceUnsuitable, "no database of that name"),
        ("postgresql://u:hush@127.0.0.1:1/d", SourceUnavailable, "Nothing answers at 127.0.0.1:1/d"),
        ("postgresql://u:hush@no-such-host.invalid/d", SourceUnavailable, "There is no host of that name"),
        (f"{url}?sslmode=require", SourceUnsuitable, "encrypted connection"),
    ]
    for address, kind, words in cases:
        with pytest.raises(kind, match=words) as told:
            connect(address, for_operator=True)
        assert told.value.next_step
        assert "hush" not in str(told.value)
        with pytest.raises(SourceUnavailable) as plain:
            connect(address)
        assert "127.0.0.1" not in str(plain.value)
