"""All that is held of a practice, in files that anybody can read, with a manifest that proves them whole.

No secret is in it: no password or hash, no token, no key. The practice's own rows are not in it either: they
never left its database.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from prentice import __version__
from prentice.deid.policy import overlay_path
from prentice.deid.practice import reports_folder
from prentice.errors import BadConfiguration, ExportNeeded
from prentice.identity import tables as identity
from prentice.tenancy.hooks import Hooks
from prentice.tenancy.registry import Registry, Tenant
from prentice.tenancy.settings import stored
from prentice.tenancy.tables import tenant_exports

MANIFEST = "manifest.json"
FRESH = timedelta(days=7)  # an export older than this no longer stands for what would be lost


@dataclass(frozen=True, slots=True)
class Exported:
    """An export as it was written and read again. `files`: name -> bytes."""

    place: Path
    manifest_sha256: str
    files: Mapping[str, int]


def export_tenant(
    registry: Registry, slug: str, out: Path, *, home: Path, hooks: Hooks | None = None
) -> Exported:
    """Write what is held of the practice to a folder, or to one file where the name ends in `.zip`, and read
    it again before it counts as made. Nothing stands at `out` that is not whole.

    Raises `UnknownTenant`, `BadConfiguration` (there is something at `out`, or it cannot be written).
    """
    tenant = registry.get(slug, for_operator=True)
    with _staged(out) as folder:
        for name, write in _files(registry, tenant, home, hooks or Hooks()):
            file = folder / name
            for above in reversed(file.relative_to(folder).parents[:-1]):
                (folder / above).mkdir(mode=0o700, exist_ok=True)
            write(file)
        _write_manifest(folder, tenant)
    exported = verify_export(out)
    with registry.engine.begin() as connection:
        row = {"tenant_id": tenant.id, "manifest_sha256": exported.manifest_sha256}
        newer = {"manifest_sha256": exported.manifest_sha256, "made_at": func.now()}
        statement = insert(tenant_exports).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=newer))
    return exported


def verify_export(place: Path) -> Exported:
    """Hold every file against the manifest. Raises `BadConfiguration` that names the first that is missing,
    altered or not in it."""
    with _opened(place) as (names, read):
        if MANIFEST not in names:
            raise _broken("It has no manifest.")
        packed = read(MANIFEST)
        try:
            listed = {entry["name"]: entry for entry in json.loads(packed)["files"]}
        except (ValueError, KeyError, TypeError):
            raise _broken("Its manifest cannot be read.") from None
        if strange := sorted(names - listed.keys() - {MANIFEST}):
            raise _broken(f"{strange[0]} is not in its manifest.")
        for name, entry in listed.items():
            if name not in names:
                raise _broken(f"{name} is missing.")
            if hashlib.sha256(read(name)).hexdigest() != entry.get("sha256"):
                raise _broken(f"{name} was altered.")
    sizes = {name: int(entry["bytes"]) for name, entry in listed.items()}
    return Exported(place, hashlib.sha256(packed).hexdigest(), sizes)


def check_exported(registry: Registry, tenant: Tenant) -> None:
    """Raises `ExportNeeded` where there is no export of the practice of the last seven days."""
    with registry.engine.connect() as connection:
        made: datetime | None = connection.execute(
            select(tenant_exports.c.made_at).where(tenant_exports.c.tenant_id == tenant.id)
        ).scalar()
    if made is None or datetime.now(UTC) - made > FRESH:
        told = "has not been exported" if made is None else f"was last exported on {made:%Y-%m-%d}"
        raise ExportNeeded(
            f"'{tenant.slug}' {told}, and what is removed cannot be brought back.",
            f"Run `prentice tenant export {tenant.slug} --out FILE.zip` first, or say --without-export.",
        )


# -- what is in it -------------------------------------------------------------------------------------

Write = Callable[[Path], None]


def _files(registry: Registry, tenant: Tenant, home: Path, hooks: Hooks) -> Iterator[tuple[str, Write]]:
    yield "practice.json", _json(_practice(tenant))
    with registry.engine.connect() as connection:
        # One moment for all of it: a user who is removed meanwhile is in every file or in none.
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        for name, rows in _people(connection, tenant).items():
            yield name, _lines(rows)
        yield (
            "limits.json",
            _json({"limits": tenant.settings.limits, "own_limits": tenant.settings.own_limits}),
        )
    for name, part in hooks.export_parts.items():
        yield name, _lines(part(tenant))
    reports = reports_folder(home, tenant.slug)
    for report in sorted(reports.glob("*")) if reports.is_dir() else ():
        if report.is_file():
            yield f"deid/reports/{report.name}", _copied(report)
    overlay = overlay_path(home, tenant.slug)
    if overlay.is_file():
        yield f"deid/policy/{overlay.name}", _copied(overlay)


def _practice(tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.id,
        "slug": tenant.slug,
        "name": tenant.name,
        "company_id": tenant.company_id,
        "source": tenant.source_url,  # holds no password
        "route": tenant.route,
        "currency": tenant.currency,
        "country": tenant.country,
        "timezone": tenant.timezone,
        "status": tenant.status,
        "created_at": tenant.created_at,
        "gaps": dict(tenant.gaps),
        "settings": stored(tenant.settings),
    }


def _people(connection: Connection, tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    """Each file's columns are named one by one: a column that comes later is not in it by itself."""
    users, members, keys = identity.users, identity.memberships, identity.api_keys
    invited, issuers, providers = identity.invitations, identity.host_issuers, identity.oidc_providers

    def rows(
        *columns: Column[Any], of: Column[Any], by_user: Column[Any] | None = None
    ) -> list[dict[str, Any]]:
        wanted = select(*columns).where(of == tenant.id)
        if by_user is not None:
            wanted = wanted.join(users, users.c.id == by_user)
        return [dict(row) for row in connection.execute(wanted.order_by(*columns[:2])).mappings()]

    return {
        "users.jsonl": rows(
            users.c.email, users.c.name, users.c.status, users.c.signed_in_at, members.c.role,
            members.c.grants, members.c.created_at, of=members.c.tenant_id, by_user=members.c.user_id,
        ),
        "invitations.jsonl": rows(
            invited.c.email, invited.c.role, invited.c.grants, invited.c.created_at, invited.c.expires_at,
            invited.c.used_at, of=invited.c.tenant_id,
        ),
        "api_keys.jsonl": rows(
            keys.c.name, users.c.email, keys.c.scopes, keys.c.addresses, keys.c.created_at,
            keys.c.expires_at, keys.c.used_at, keys.c.revoked_at, keys.c.suspended_at, of=keys.c.tenant_id,
            by_user=keys.c.user_id,
        ),
        "host_issuers.jsonl": rows(
            issuers.c.issuer, issuers.c.audience, issuers.c.jwks_url, issuers.c.roles, issuers.c.created_at,
            of=issuers.c.tenant_id,
        ),
        "sign_in_providers.jsonl": rows(
            providers.c.issuer, providers.c.name, providers.c.client_id, providers.c.created_at,
            of=providers.c.tenant_id,
        ),
    }  # fmt: skip


def _json(data: Mapping[str, Any]) -> Write:
    return lambda file: _put(file, json.dumps(data, indent=1, default=_plain, ensure_ascii=False) + "\n")


def _lines(rows: Iterable[Mapping[str, Any]]) -> Write:
    def write(file: Path) -> None:
        with _private(file) as opened:
            for row in rows:
                opened.write(json.dumps(dict(row), default=_plain, ensure_ascii=False) + "\n")

    return write


def _copied(source: Path) -> Write:
    def write(file: Path) -> None:
        shutil.copyfile(source, file)
        file.chmod(0o600)

    return write


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# -- where it is ---------------------------------------------------------------------------------------


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place, whole, when the block ends."""
    if out.exists():
        raise BadConfiguration(f"There is something at {out} already.", "Name a file or folder that is not.")
    folder = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        folder.mkdir(mode=0o700, parents=True)
        yield folder
        if out.suffix == ".zip":
            packed = folder / ".packed"
            with _private_bytes(packed) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in sorted(_names(folder)):
                    archive.write(folder / name, name)
            packed.replace(out)
        else:
            folder.rename(out)
    except OSError as refused:
        raise BadConfiguration(
            f"{out} cannot be written ({refused.strerror}).", "Name a place of your own."
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_manifest(folder: Path, tenant: Tenant) -> None:
    files = []
    for name in sorted(_names(folder)):
        data = (folder / name).read_bytes()
        files.append({"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    manifest = {
        "of": tenant.slug,
        "id": tenant.id,
        "made_at": datetime.now(UTC),
        "prentice": __version__,
        "files": files,
    }
    _json(manifest)(folder / MANIFEST)


def _names(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".packed"
    }


@contextmanager
def _opened(place: Path) -> Iterator[tuple[set[str], Callable[[str], bytes]]]:
    """The names of what is there, and how one of them is read."""
    try:
        if place.is_dir():
            yield _names(place), lambda name: (place / name).read_bytes()
            return
        with zipfile.ZipFile(place) as archive:
            yield set(archive.namelist()), archive.read
    except (OSError, zipfile.BadZipFile):
        raise _broken("It cannot be read.") from None


def _broken(why: str) -> BadConfiguration:
    return BadConfiguration(f"The export is not whole. {why}", "Make a new one.")


@contextmanager
def _private(file: Path) -> Iterator[Any]:
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as opened:
        yield opened


@contextmanager
def _private_bytes(file: Path) -> Iterator[Any]:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        yield opened


def _put(file: Path, said: str) -> None:
    with _private(file) as opened:
        opened.write(said)
