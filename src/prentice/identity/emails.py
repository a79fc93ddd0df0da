"""Addresses of people: one form for each, by which a user is found."""

from __future__ import annotations

import re
import unicodedata

from prentice.errors import BadConfiguration

_LONGEST = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets
_FORM = re.compile(
    r"[^\s@<>()\[\]\\,;:\"'`|\x00-\x1f\x7f]{1,64}"
    r"@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_](?:[\w-]{0,61}[\w])"
)


def normalised_email(text: str) -> str | None:
    """NFKC, lower case, without spaces around it; None where it has not the form of an address.

    >>> normalised_email(" Ann.Lee@Harbour.Example "), normalised_email("ann"), normalised_email("a@b")
    ('ann.lee@harbour.example', None, None)
    """
    if len(text) > _LONGEST + 20:  # before the work of NFKC
        return None
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if len(email) > _LONGEST or ".." in email or email.startswith(".") or ".@" in email:
        return None
    if any(unicodedata.category(c) in ("Cf", "Cc", "Cs", "Co", "Cn") for c in email):
        return None  # characters that nobody sees make a second person of the same address
    return email if _FORM.fullmatch(email) else None


def checked_email(text: str) -> str:
    """The address in its one form, or `BadConfiguration`."""
    email = normalised_email(text)
    if email is None:
        raise BadConfiguration("That is not an e-mail address.", "Give one such as 'ann@harbour.example'.")
    return email
