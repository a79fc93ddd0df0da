"""Who may knock: names this server answers to, and pages that may post to it.

Until people sign in, whoever reaches the port is trusted; so a stranger's web page in the same browser
must not reach it. Two ways it could: a name of the stranger's that resolves to 127.0.0.1 (DNS
rebinding), stopped by the Host header; and a request sent from the stranger's page, stopped by what the
browser says of its origin (Fetch Metadata, and `Origin` where a browser has none).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from prentice.web.problems import Refused, problem_response

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def hostname(host: str) -> str:
    """The name in a Host header, lower case, without port, brackets or the root's dot.

    >>> hostname("Localhost:8000"), hostname("[::1]:8000"), hostname("a.example."), hostname("a b")
    ('localhost', '::1', 'a.example', '')
    """
    if not host or any(c in host for c in " /\\@?#,\t"):
        return ""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


class KnownHosts:
    """400 `unknown_host` unless the Host header names this server."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self.hosts = frozenset(h.lower().strip("[]") for h in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = Headers(scope=scope).getlist("host")
            if len(given) != 1 or hostname(given[0]) not in self.hosts:
                error = Refused(
                    400,
                    "unknown_host",
                    "This server does not answer to that name.",
                    "Open it under the address that it printed when it started.",
                )
                await problem_response(error, scope["prentice.trace_id"], scope["path"])(scope, receive, send)
                return
        await self.app(scope, receive, send)


def from_elsewhere(method: str, headers: Headers) -> bool:
    """True if a browser sent this on behalf of another site.

    A person following a link to a page is let through (`navigate`, GET); programs send neither header.

    >>> from_elsewhere("POST", Headers({"sec-fetch-site": "cross-site"}))
    True
    >>> from_elsewhere("POST", Headers({"origin": "http://evil.example", "host": "127.0.0.1:8000"}))
    True
    >>> from_elsewhere("GET", Headers({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
    ...                                "sec-fetch-dest": "document"}))
    False
    >>> from_elsewhere("POST", Headers({"host": "127.0.0.1:8000"}))
    False
    """
    reading = method in ("GET", "HEAD")
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        following = (
            headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        )
        return not (reading and following)
    origin = headers.get("origin")
    if origin is not None and not reading:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    return False


class OwnPagesOnly:
    """403 `cross_origin` for what another site's page sends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and from_elsewhere(scope["method"], Headers(scope=scope)):
            error = Refused(
                403,
                "cross_origin",
                "This request came from another site's page.",
                "Open Prentice itself and ask there.",
            )
            await problem_response(error, scope["prentice.trace_id"], scope["path"])(scope, receive, send)
            return
        await self.app(scope, receive, send)
