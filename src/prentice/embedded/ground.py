"""Where the embedded servers live, and as whom they run.

PostgreSQL refuses to run as root. When Prentice runs as root its servers therefore run as an account
of their own (`PRENTICE_EMBEDDED_USER`), which must be able to enter every folder above its files.
Nobody's folder is opened up for that: where a folder in between (say, root's home) keeps the account
out, the servers' files go elsewhere and `PRENTICE_HOME/servers` becomes a link to them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from prentice.errors import EmbeddedServerFailed
from prentice.settings import Settings, variable

STATE = Path("/var/lib/prentice")  # for a home that the account cannot reach


@dataclass(frozen=True, slots=True)
class Account:
    """A system account to run as."""

    name: str
    uid: int
    gid: int

    def may(self, test: str, path: Path) -> bool:
        """Ask the kernel, as that account: `test` is -x, -r or -w. Mode bits would miss access lists."""
        try:
            asked = subprocess.run(
                ["test", test, str(path)], user=self.uid, group=self.gid, extra_groups=[], check=False
            )
        except PermissionError:
            raise EmbeddedServerFailed(
                f"This root may not run a program as '{self.name}', and PostgreSQL refuses to run as root.",
                f"Run Prentice as an ordinary user, or set {variable('source_url')} and "
                f"{variable('platform_url')} to a server of your own.",
            ) from None
        return asked.returncode == 0


@dataclass(frozen=True, slots=True)
class Ground:
    """The folder of the embedded servers: written by us alone, with subfolders that the servers own."""

    path: Path
    account: Account | None  # None: the servers run as we do

    def folder(self, name: str) -> Path:
        """A subfolder that belongs to the servers and to nobody else; made when missing."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)
        return path

    def hand_over(self, name: str, text: str) -> Path:
        """Write a file (it may hold a secret) that the servers can read and only we can change."""
        path = self.path / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if self.account:
                os.fchown(descriptor, -1, self.account.gid)
                os.fchmod(descriptor, 0o640)
            file.write(text)
        return path

    def program(self, package: str, inside: str) -> Path:
        """A program that an installed package ships: in place, or a copy where the account may not run it.

        Raises `EmbeddedServerFailed` if the package does not hold it.
        """
        spec = find_spec(package)
        root = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
        found = next(iter(root.glob(inside)), None) if root else None
        if root is None or found is None:
            raise EmbeddedServerFailed(
                f"The package '{package}' is not installed, or holds no server for this machine.",
                "Run `make install`, or set the address of a server of your own (docs/settings.md).",
            )
        if self.account is None or self.account.may("-x", found):
            return found
        return self._copied(root) / found.relative_to(root)

    def _copied(self, root: Path) -> Path:
        """A copy of a package that the account can read; made anew when the package changed."""
        stamp = str((root / "__init__.py").stat().st_mtime_ns)
        place = self.path / "programs" / root.name / stamp
        if not place.exists():
            shutil.rmtree(place.parent, ignore_errors=True)
            part = place.with_name("part")
            # Libraries that a wheel brings along lie beside the package and are found from it by ../
            for source in (root, root.with_name(f"{root.name}.libs")):
                if source.is_dir():
                    shutil.copytree(
                        source, part / source.name, ignore=shutil.ignore_patterns("include", "*.pyc")
                    )
            for path in (part.parent.parent, part.parent, part, *part.rglob("*")):
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444 | _executable(path)))
            part.rename(place)
        return place / root.name


def lay(settings: Settings) -> Ground:
    """Make the servers' folder, or find it.

    Raises `EmbeddedServerFailed` if the servers here are another account's, or none can be had to run
    them as, and `OSError` if the home cannot be written to.
    """
    home = settings.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    not_anothers(home)
    ground = home / "servers"
    if os.geteuid() == 0:
        return _lay_as_root(home, ground, _account(settings.embedded_user))
    ground.mkdir(mode=0o700, exist_ok=True)
    return Ground(ground, None)


def not_anothers(home: Path) -> None:
    """Raises `EmbeddedServerFailed` if the servers of `home` are another account's."""
    ground = home / "servers"
    if ground.exists() and ground.stat().st_uid != os.geteuid():
        raise EmbeddedServerFailed(
            f"The servers in {home} belong to another account.",
            f"Run as that account, or set {variable('home')} to a folder of your own.",
        )


def _lay_as_root(home: Path, ground: Path, account: Account) -> Ground:
    if not ground.is_symlink():
        ground.mkdir(mode=0o710, exist_ok=True)
        os.chown(ground, -1, account.gid)
        if not account.may("-x", ground):  # the home itself is ours: let the account pass through, not look
            os.chown(home, -1, account.gid)
            home.chmod(stat.S_IMODE(home.stat().st_mode) | 0o010)
        if account.may("-x", ground):
            return Ground(ground, account)
        if any(ground.iterdir()):
            raise EmbeddedServerFailed(
                f"The account '{account.name}' can no longer reach the database in {ground}.",
                f"Let it pass through the folders above (chmod o+x), or set {variable('home')} to another.",
            )
        ground.rmdir()
        ground.symlink_to(_elsewhere(home))
    place = ground.resolve()
    place.mkdir(exist_ok=True)
    os.chown(place, -1, account.gid)
    place.chmod(0o710)
    return Ground(place, account)


def _elsewhere(home: Path) -> Path:
    """A folder that others can pass through; a temporary one for a temporary home."""
    temporary = Path(tempfile.gettempdir()).resolve()
    if home.resolve().is_relative_to(temporary):
        return Path(tempfile.mkdtemp(prefix="prentice-", dir=temporary))
    STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="", dir=STATE))


def _account(name: str) -> Account:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        found = _new_account(name)
    if found.pw_uid == 0:
        raise EmbeddedServerFailed(
            f"The account '{name}' is root, and PostgreSQL refuses to run as root.",
            f"Set {variable('embedded_user')} to another account.",
        )
    return Account(name, found.pw_uid, found.pw_gid)


def _new_account(name: str) -> pwd.struct_passwd:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        name,
    ]
    try:
        subprocess.run(command, check=False, capture_output=True, timeout=20)
        return pwd.getpwnam(name)  # also when another process was quicker
    except (OSError, subprocess.TimeoutExpired, KeyError):
        raise EmbeddedServerFailed(
            f"PostgreSQL refuses to run as root, and the account '{name}' could not be made for it.",
            f"Run as an ordinary user, or set {variable('embedded_user')} to a system account that exists.",
        ) from None


def _executable(path: Path) -> int:
    return 0o111 if path.stat().st_mode & 0o100 else 0
