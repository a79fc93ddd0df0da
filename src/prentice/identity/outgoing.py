"""Requests to an address that somebody typed in: a host's keys, a provider's endpoints.

Only https, except to this machine; no redirect is followed; an answer that is slow or large is given up. The
name is looked up once, its addresses must all be on the public internet (or in a network that the operator
named), and the connection goes to one that was looked at: a name that means another machine a moment later
(DNS rebinding) leads nowhere. In production this machine is as any other: it is listed, or not asked.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from prentice.errors import BadConfiguration
from prentice.identity.addresses import Address, Network

TIMEOUT_S = 2.0  # for the whole of it, not for each packet
LARGEST = 256 * 1024  # bytes; a set of keys has some 5 kB


_FEW = 4  # addresses of one name that are tried
# What the resolver would take for an IPv4 address, written so that `ip_address` does not: 127.1, 0x7f000001.
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*")
_UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that IANA has given out for the public internet
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # RFC 6890: some of it is "global" to the library
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


class Unreached(Exception):
    """No usable answer. Says nothing of it: the address and what it told are not the asker's business."""


def checked_address(url: str, *, loopback: bool) -> str:
    """The address, or `BadConfiguration`: https, without login or fragment.

    This machine's own addresses (http or https) are good with `loopback` alone: an operator may name
    them, a practice's owner may not.

    >>> checked_address("https://login.example/keys", loopback=False)
    'https://login.example/keys'
    """
    wrong = BadConfiguration(
        "That is not an address that Prentice fetches from.",
        "Give one that starts with https:// and has neither a login nor a '#'.",
    )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise wrong from None
    if not parts.hostname or parts.username is not None or "#" in url or len(url) > 1_000:
        raise wrong
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise wrong
    host = parts.hostname.rstrip(".").lower()
    literal = _literal(host)
    if literal is None and _NUMERIC.fullmatch(host):
        raise wrong
    if literal is not None and (literal.is_unspecified or literal.is_link_local or literal.is_multicast):
        raise wrong
    here = is_loopback(url)
    if here and not loopback:
        raise BadConfiguration(
            "This machine's own addresses are not fetched from.",
            "Give one on the public internet. The operator may list this one: PRENTICE_OUTGOING_NETWORKS.",
        )
    if parts.scheme not in (("https", "http") if here else ("https",)):
        raise wrong
    return url


def is_loopback(url: str) -> bool:
    """
    >>> is_loopback("http://127.0.0.1:80/"), is_loopback("http://[::1]/"), is_loopback("https://a.example/")
    (True, True, False)
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _literal(host)
    return address is not None and address.is_loopback


def is_public(address: Address) -> bool:
    """Whether it is on the public internet, also by what an IPv6 address has of an IPv4 one in it.

    >>> [is_public(ipaddress.ip_address(a)) for a in ("9.9.9.9", "2620:fe::9")]
    [True, True]
    >>> [is_public(ipaddress.ip_address(a)) for a in ("169.254.169.254", "10.0.0.1", "0.0.0.0", "::", "::1")]
    [False, False, False, False, False]
    >>> is_public(ipaddress.ip_address("64:ff9b::a00:1")), is_public(ipaddress.ip_address("2002:a00:1::1"))
    (False, False)
    >>> [is_public(ipaddress.ip_address(a)) for a in ("::7f00:1", "fec0::1", "64:ff9b:1::a00:1")]
    [False, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if within is not None:
            return is_public(within)
        return address.is_global and address in _UNICAST
    return address.is_global and not address.is_multicast and address not in _PROTOCOLS


def _literal(host: str) -> Address | None:
    """The address that a host is written as, IPv4 where it is one in IPv6's clothes."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def asks_itself(production: bool, listed: Iterable[Network]) -> bool:
    """Whether addresses of this machine may be written down as a host's or a provider's.

    >>> here = ipaddress.ip_network("127.0.0.1/32")
    >>> asks_itself(False, []), asks_itself(True, []), asks_itself(True, [here])
    (True, False, True)
    """
    return not production or any(network.is_loopback for network in listed)


class Outgoing:
    """One client for all such requests. Safe between threads.

    `networks` are the operator's own, in which a host or a provider may be beside the public internet. In
    `production` this machine's own addresses (127.0.0.0/8, ::1) are asked only where they are in one of them.
    `verify` as httpx has it, for another authority than the usual ones.
    """

    def __init__(
        self,
        networks: Iterable[Network] = (),
        *,
        production: bool = False,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._networks = tuple(networks)
        self._production = production
        self._client = httpx.Client(
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
            verify=verify,
            headers={"Accept": "application/json"},
            # None is kept: a connection belongs to a name, and the client would know it by its address.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def close(self) -> None:
        self._client.close()

    def get(self, url: str) -> Mapping[str, Any]:
        """The JSON object there. Raises `Unreached`."""
        return self._object("GET", url)

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
        """The JSON object that answers a form. Raises `Unreached`."""
        form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self._object("POST", url, content=body, headers=form)

    def _object(self, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
        try:
            checked_address(url, loopback=True)
            found = json.loads(self._bytes(method, url, **sent))
        except (httpx.HTTPError, httpx.InvalidURL, BadConfiguration, ValueError, RecursionError, OSError):
            raise Unreached from None
        if not isinstance(found, dict):
            raise Unreached
        return found

    def _bytes(self, method: str, url: str, **sent: Any) -> bytes:
        whole = _Whole(TIMEOUT_S)
        with whole:
            addresses = self._looked_up(url)
            for address in addresses:
                try:
                    return self._from(address, whole, method, url, **sent)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if whole.over or address == addresses[-1]:
                        raise
        raise Unreached

    def _looked_up(self, url: str) -> list[Address]:
        """The host's addresses, if every one of them may be connected to. Raises `Unreached`, `OSError`."""
        asked, here = httpx.URL(url), is_loopback(url)
        listed = socket.getaddrinfo(asked.host.rstrip("."), asked.port or 443, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in listed))
        for one in found:
            plain = _literal(str(one)) or one
            if here:
                good = plain.is_loopback and (not self._production or self._is_ours(plain))
            else:
                good = is_public(one) or self._is_ours(plain)
            if not good:
                raise Unreached
        return found[:_FEW]

    def _is_ours(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _from(self, address: Address, whole: _Whole, method: str, url: str, **sent: Any) -> bytes:
        asked = httpx.URL(url)
        headers = {**sent.pop("headers", {}), "Host": asked.netloc.decode()}
        # The certificate is the name's, though the connection goes to the address that was looked at.
        extensions = {"trace": whole.trace, "sni_hostname": asked.host.rstrip(".")}
        to = asked.copy_with(host=str(address))
        with self._client.stream(method, to, headers=headers, extensions=extensions, **sent) as response:
            if response.status_code != 200:
                raise Unreached
            got = b""
            for part in response.iter_bytes():
                got += part
                if len(got) > LARGEST or whole.over:
                    raise Unreached
            return got


class _Whole:
    """Ends a request that takes too long as a whole: httpx counts its seconds anew with each packet."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    @property
    def over(self) -> bool:
        return time.monotonic() > self._until

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
