"""Where a browser is sent afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 2_000  # characters


def own_path(next_: str) -> str:
    r"""Where to go afterwards: a path of ours, or the front page. Never another site (open redirect).

    >>> own_path("/account?x=1"), own_path("//evil.example"), own_path("/\\evil")
    ('/account?x=1', '/', '/')
    """
    try:
        parts = urlsplit(next_)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or not next_.startswith("/") or next_.startswith(("//", "/\\")):
        return "/"
    return next_ if next_.isprintable() and "\\" not in next_ else "/"
