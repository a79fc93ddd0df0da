"""Where a request came from: nobody chooses that by writing a header."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from prentice.errors import BadConfiguration, BadSetting
from prentice.identity.addresses import allowed, client_address, counted, networks
from prentice.settings import Settings, load_settings

PROXIES = networks(["10.0.0.0/8", "fd00::/8"])
CLIENT = "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", CLIENT, CLIENT),
        ("10.0.0.1", f"6.6.6.6, {CLIENT}", CLIENT),  # the left is whatever the client sent
        ("10.0.0.1", f"6.6.6.6,{CLIENT},10.0.0.3,\t10.0.0.2", CLIENT),
        ("10.0.0.1", f"nonsense, {CLIENT}, 10.0.0.3", CLIENT),  # not read that far
        ("10.0.0.1", "10.0.0.9, 10.0.0.3", "10.0.0.9"),  # within our own network
        ("fd00::1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("fd00::1", "[2001:DB8:0::7]", "2001:db8::7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("fd00::1", f"{CLIENT}:65535", CLIENT),
        ("::ffff:10.0.0.1", f"::ffff:{CLIENT}, ::ffff:10.0.0.2", CLIENT),
        ("10.0.0.1", f"[::ffff:{CLIENT}]:80", CLIENT),
        ("::ffff:198.51.100.7", CLIENT, "198.51.100.7"),
        ("198.51.100.7", CLIENT, "198.51.100.7"),  # not our proxy
        ("testclient", CLIENT, "testclient"),
        ("", CLIENT, ""),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_not_our_proxy(
    peer: str, header: str | None, client: str
) -> None:
    assert client_address(peer, header, PROXIES) == client


@pytest.mark.parametrize(
    "header",
    [
        "unknown",
        "_hidden",
        ",",
        f"{CLIENT},",
        f"{CLIENT} 6.6.6.6",
        f"{CLIENT}:",
        f"{CLIENT}:65536",
        f"{CLIENT}:8a",
        f"[{CLIENT}",
        f"{CLIENT}]",
        "[2001:db8::7]80",
        "[2001:db8::7]:",
        "[]",
        "fe80::1%eth0",
        "203.0.113.009",
        "203.0.113",
        "3405803785",
        "0x7f.1",
        "\u0662\u0660\u0663.\u0660.\u0661\u0661\u0663.\u0669",
        f"for={CLIENT}",
        f'"{CLIENT}"',
        f"{CLIENT}\n6.6.6.6",
        ", ".join(["10.0.0.2"] * 500),  # longer than any true way through proxies
    ],
)
def test_a_header_that_cannot_be_understood_leaves_the_peer(header: str) -> None:
    assert client_address("10.0.0.1", header, PROXIES) == "10.0.0.1"


def test_several_headers_are_read_as_one_in_their_order() -> None:
    assert client_address("10.0.0.1", ["6.6.6.6", CLIENT, "10.0.0.2"], PROXIES) == CLIENT
    assert client_address("10.0.0.1", [], PROXIES) == "10.0.0.1"


def test_nobody_is_trusted_unless_named() -> None:
    assert Settings().trusted_proxies == ""
    assert client_address("10.0.0.1", CLIENT, networks(Settings().trusted_proxies)) == "10.0.0.1"


@given(st.ip_addresses(), st.text(max_size=80))
@example(IPv4Address("198.51.100.7"), CLIENT)
def test_an_untrusted_peer_is_the_client_whatever_it_sends(
    peer: IPv4Address | IPv6Address, header: str
) -> None:
    own = counted(str(peer))
    if not any(peer in n for n in PROXIES if n.version == peer.version):
        found = client_address(str(peer), header, (IPv4Network("192.0.2.0/31"),))
        assert counted(found) == own


@given(
    st.lists(st.text("0123456789abcdef.:,[]% \t-", max_size=30), max_size=4),
    st.ip_addresses(v=4).filter(lambda a: a not in IPv4Network("10.0.0.0/8")),
    st.integers(0, 3),
)
def test_nothing_written_left_of_the_client_changes_who_it_is(
    made_up: list[str], client: IPv4Address, proxies: int
) -> None:
    header = ",".join([*made_up, str(client), *["10.1.2.3"] * proxies])
    assert client_address("10.0.0.1", header, PROXIES) == str(client)


@given(st.text(max_size=40), st.text("0123456789abcdef.:,[]% \t-", max_size=60))
def test_the_answer_is_an_address_or_the_peer(peer: str, header: str) -> None:
    for sender in (peer, "10.0.0.1"):
        found = client_address(sender, header, PROXIES)
        assert found == sender or ip_address(found)


# -- lists of networks ---------------------------------------------------------------------------------


def test_an_empty_list_allows_everybody_and_a_list_nobody_else() -> None:
    assert allowed("anything", ())
    assert networks("10.0.0.0/8, fd00::/8,") == PROXIES
    office = networks([" 203.0.113.0/24 ", "", "2001:db8:1::/48", "198.51.100.7"])
    assert allowed(CLIENT, office)
    assert allowed(f"::ffff:{CLIENT}", office)
    assert allowed("2001:db8:1:9::1", office)
    assert allowed("198.51.100.7", office)
    for stranger in ("198.51.100.8", "2001:db8:2::1", "", "testclient", "fe80::1%eth0", f"{CLIENT}/24"):
        assert not allowed(stranger, office)


def test_a_network_of_mapped_addresses_is_the_ipv4_one() -> None:
    assert networks(["::ffff:10.0.0.0/104"]) == (IPv4Network("10.0.0.0/8"),)


@given(st.ip_addresses(), st.integers(0, 128))
def test_an_address_is_in_the_network_that_was_made_of_it(
    address: IPv4Address | IPv6Address, bits: int
) -> None:
    assume(address.version == 4 or address.ipv4_mapped is None)  # that one is an IPv4 address
    prefix = min(bits, address.max_prefixlen)
    assert allowed(str(address), networks([str(ip_network((address, prefix), strict=False))]))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("203.0.113.7/24", "Did you mean '203.0.113.0/24'?"),
        ("203.0.113.0/33", "Write networks as"),
        ("office", "'office' is not a network"),
        ("203.0.113.0-255", "Write networks as"),
        ("x" * 4_000, "One entry is not a network"),
        ("10.0.0.0/8\x1b[2J", "One entry is not a network"),
    ],
)
def test_what_is_no_network_is_named_with_what_to_write(written: str, told: str) -> None:
    with pytest.raises(BadSetting) as refused:
        networks(["10.0.0.0/8", written])
    assert told in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("listed", ["office", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.0/8,::/0"])
def test_proxies_that_are_no_networks_or_everybody_stop_the_start(
    listed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRENTICE_TRUSTED_PROXIES", listed)
    with pytest.raises(BadConfiguration, match="PRENTICE_TRUSTED_PROXIES") as refused:
        load_settings()
    assert listed not in str(refused.value)


def test_an_ipv6_client_is_counted_by_the_network_that_it_owns() -> None:
    assert counted("2001:db8::1") == counted("2001:db8::ffff:1") != counted("2001:db8:0:1::1")
    assert counted("testclient") == "testclient"
