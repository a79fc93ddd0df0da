"""Names of rows: a letter for the kind and 24 random characters."""

from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_lowercase + string.digits


def new_id(kind: str) -> str:
    """Such as 'u_4k2…': 124 random bits, so that nobody guesses one or meets another's.

    >>> len(new_id("u")), new_id("u")[:2]
    (26, 'u_')
    """
    return f"{kind}_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))
