"""The way to a practice's anonymised copy: a database of its own on the platform's server, and its reader."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from prentice.errors import NoCopy
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import for_login
from prentice.warehouse.pools import Door

RUN = "select run_id::text from anonymised.copy_info"


def copy_name(tenant_id: str) -> str:
    """The copy's database, and its reader's login."""
    return f"prentice_a_{tenant_id}"


def reader_secret(tenant_id: str) -> str:
    """The keyring's name for the reader's password."""
    return f"deid/reader/{tenant_id}"


def copy_url(platform_url: str, tenant_id: str, password: str) -> str:
    """The reader's address of the copy."""
    parts = urlsplit(for_login(platform_url, copy_name(tenant_id), password))
    return urlunsplit((parts.scheme, parts.netloc, f"/{copy_name(tenant_id)}", parts.query, ""))


def no_copy(slug: str) -> NoCopy:
    return NoCopy(
        "There is no anonymised copy of this practice yet.",
        f"The operator makes one with `prentice deid run --tenant {slug}`.",
    )


def copy_door(keyring: Keyring, platform_url: str, tenant_id: str, slug: str) -> Door:
    """How the reader comes in. Raises `NoCopy` where no copy was made yet."""
    if keyring.get(reader_secret(tenant_id)) is None:
        raise no_copy(slug)

    def address() -> str:
        return copy_url(platform_url, tenant_id, keyring.get(reader_secret(tenant_id)) or "")

    return Door(
        tenant_id=f"{tenant_id}:anonymised",
        login=copy_name(tenant_id),
        company_id="",
        source=None,
        address=address,
        looks_for=RUN,
        refusal=lambda: no_copy(slug),
        by_hash=False,
    )
