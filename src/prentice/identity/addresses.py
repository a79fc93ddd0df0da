"""Addresses: which one a request came from, and whether it may.

`X-Forwarded-For` is written by whoever sends it: each proxy adds the address that it saw at the right, and
what stands further left may be made up. So it is read from the right, past our own proxies and no further.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from prentice.errors import BadSetting

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LONGEST = 2_048  # characters of a header that is read at all: some 40 hops, where three are many
_HOP = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?|(?P<bare>[0-9A-Fa-f:.]+)"
)
_MAPPED = IPv6Network("::ffff:0:0/96")


def client_address(peer: str, forwarded_for: str | Sequence[str] | None, trusted: tuple[Network, ...]) -> str:
    """The client's address: the first from the right that is not one of our proxies.

    `forwarded_for` is the header, or all of that name in their order. It counts only where the peer itself
    is trusted; where anything that is read cannot be understood, the peer is the client.

    >>> ours = networks(["10.0.0.0/8"])
    >>> client_address("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", ours)
    '203.0.113.9'
    >>> client_address("198.51.100.7", "203.0.113.9", ours)  # not our proxy: anybody can write a header
    '198.51.100.7'
    """
    seen = _read(peer)
    if seen is None:  # a Unix socket has no address
        return peer
    if forwarded_for is not None and not isinstance(forwarded_for, str):
        forwarded_for = ",".join(forwarded_for)
    if not forwarded_for or len(forwarded_for) > _LONGEST or not _within(seen, trusted):
        return str(seen)
    client = seen
    for written in reversed(forwarded_for.split(",")):
        found = _hop(written)
        if found is None:
            return str(seen)
        client = found
        if not _within(found, trusted):
            break
    return str(client)


def allowed(address: str, within: tuple[Network, ...]) -> bool:
    """Whether the address is in one of the networks. An empty list allows every address.

    >>> office = networks(["203.0.113.0/24", "2001:db8:1::/48"])
    >>> allowed("203.0.113.77", office), allowed("203.0.114.1", office), allowed("unknown", office)
    (True, False, False)
    """
    if not within:
        return True
    found = _read(address)
    return found is not None and _within(found, within)


def networks(texts: str | Iterable[str]) -> tuple[Network, ...]:
    """The networks of a list in CIDR, or of a text that is one with commas between.

    A single address stands for itself, blanks are left out.

    Raises `BadSetting` that names the one that cannot be read.

    >>> networks(["203.0.113.0/24", "2001:db8::1"])
    (IPv4Network('203.0.113.0/24'), IPv6Network('2001:db8::1/128'))
    >>> networks(["203.0.113.7/24"])
    Traceback (most recent call last):
    prentice.errors.BadSetting: '203.0.113.7/24' is not a network. Did you mean '203.0.113.0/24'?
    """
    if isinstance(texts, str):
        texts = texts.split(",")
    return _networks(tuple(text.strip() for text in texts if text.strip()))


def counted(address: str) -> str:
    """What is counted as one client: an IPv4 address, or the /64 of an IPv6 one, which one client owns whole.

    >>> counted("2001:db8:1:2:3:4:5:6"), counted("::ffff:203.0.113.9")
    ('2001:db8:1:2::/64', '203.0.113.9')
    """
    found = _read(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return address if found is None else str(found)


@lru_cache(maxsize=1_024)  # each request looks at its practice's list
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(_network(text) for text in texts)


def _network(text: str) -> Network:
    try:
        found = ip_network(text)
    except ValueError:
        shown = f"'{text}'" if len(text) <= 50 and text.isprintable() else "One entry"
        try:
            meant = f"Did you mean '{ip_network(text, strict=False)}'?"
        except ValueError:
            meant = "Write networks as 203.0.113.0/24 or 2001:db8:1::/48, and an address as it is."
        raise BadSetting(f"{shown} is not a network.", meant) from None
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):  # as addresses are compared
        low = found.network_address.ipv4_mapped
        assert low is not None
        return IPv4Network((low, found.prefixlen - 96))
    return found


def _within(address: Address, within: tuple[Network, ...]) -> bool:
    return any(address in network for network in within)


def _hop(text: str) -> Address | None:
    """One entry of the header: an address, perhaps with a port, IPv6 then in brackets (RFC 7239, 6)."""
    whole = _HOP.fullmatch(text.strip(" \t"))
    if whole is None or int(whole["port"] or 0) > 65_535:
        return None
    return _read(whole["six"] or whole["four"] or whole["bare"])


def _read(text: str) -> Address | None:
    """An address of its own, IPv4 where it is one in IPv6's clothes; none with a zone (`fe80::1%eth0`)."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return None
        return found.ipv4_mapped or found
    return found
