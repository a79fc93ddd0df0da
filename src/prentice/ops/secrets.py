"""The keyring: passwords that Prentice made or was given, sealed, in one file of their owner alone.

Each secret is sealed with the data key of the practice that its name names (`login/<tenant id>`), else the
platform's; each data key is wrapped by the master key (`ops.master`). The file also holds the data keys of
what is sealed elsewhere: `Sealer(keyring)`.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from prentice.errors import BadConfiguration, CannotOpen
from prentice.ops.files import read_private, replace_private
from prentice.ops.master import MasterKey, MasterKeys
from prentice.ops.ring import Ring, WrappedKey, owner_of, read_ring
from prentice.ops.sealing import DataKey, cannot_open, key_id_of, open_with, seal_with

if TYPE_CHECKING:
    from prentice.settings import Settings

FILE = "secrets.json"
# A file that was written less than this before it was read may be written again with the same time, size
# and number; the clock of file systems ticks each 4 to 10 ms.
_SETTLED_NS = 50_000_000

_Print = tuple[int, int, int, int]  # of a file: number, size, time, rights


@dataclass(frozen=True, slots=True)
class Status:
    """What may be told of a keyring: no key and no secret."""

    master: str  # its id
    where: str  # it comes from
    owners: int
    data_keys: int
    retired: int  # of them, that only open
    secrets: int
    oldest: str | None  # when the oldest data key that seals was made


class Keyring:
    """Named secrets in a file with mode 0600.

    Safe between threads and processes: a write takes a lock beside the file, then replaces the file
    whole, so a reader sees the old content or the new. A file from before secrets were sealed is sealed
    in place when it is first read. Every method raises `BadConfiguration` if the file cannot be used:
    other accounts may read it, it is not what was written here, or its master key is not at hand.

    Without `master_key` it uses `master.key` beside the file, made at random with a new file;
    `production` forbids that. A keyring that has had the right master key goes on with the data keys it
    has used when the master key changes under it.
    """

    def __init__(
        self,
        path: Path,
        *,
        master_key: str | None = None,
        master_key_new: str | None = None,
        production: bool = False,
    ) -> None:
        self.path = path
        self._masters = MasterKeys(path.parent, master_key, master_key_new, from_file=not production)
        self._read_before: tuple[_Print, Ring] | None = None
        self._keys: dict[tuple[str, str], DataKey] = {}  # by owner and id; an id never means another key
        self._opened: dict[tuple[str, str], str] = {}  # by name and sealed text

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The one of a home."""
        return cls(
            settings.home / FILE,
            master_key=settings.master_key,
            master_key_new=settings.master_key_new,
            production=settings.production,
        )

    def get(self, name: str) -> str | None:
        """The secret of that name, or None."""
        ring = self._ring()
        return None if ring is None or name not in ring.secrets else self._open(ring, name)

    def names(self) -> list[str]:
        """The names of all secrets."""
        ring = self._ring()
        return sorted(ring.secrets) if ring else []

    def names(self) -> list[str]:
        """The names of all secrets."""
        return sorted(self._read())

    def set(self, name: str, value: str) -> None:
        """Keep `value` under `name`, in place of what was there."""
        self._change(lambda ring: self._seal(ring, name, value))

    def get_or_create(self, name: str, nbytes: int = 32) -> str:
        """The secret of that name, else a new random one of `nbytes` bytes, safe in addresses."""
        if (held := self.get(name)) is not None:
            return held

        def made(ring: Ring) -> Ring:
            # Another process may have been quicker.
            return ring if name in ring.secrets else self._seal(ring, name, secrets.token_urlsafe(nbytes))

        return self._open(self._change(made), name)

    def forget(self, name: str) -> None:
        """Keep nothing under `name`."""
        self._change(lambda ring: ring.without_secret(name), make=False)

    def data_key(self, owner: str) -> DataKey:
        """The key that seals the owner's new values; made at the first."""
        ring = self._ring()
        if ring is None or ring.current(owner) is None:
            ring = self._change(lambda found: self._with_key(found, owner))
        kept = ring.current(owner)
        assert kept is not None
        return self._unwrapped(ring, owner, kept)

    def data_key_named(self, owner: str, key_id: str) -> DataKey:
        """One of the owner's keys, past or present. Raises `CannotOpen` if it is not kept."""
        ring = self._ring()
        kept = ring.named(owner, key_id) if ring else None
        if ring is None or kept is None:
            raise cannot_open()
        return self._unwrapped(ring, owner, kept)

    def forget_keys(self, owner: str) -> None:
        """Forget an owner's data keys: what is sealed with them, in backups too, opens nowhere any more.

        Does nothing while a secret of the owner's is still in the keyring.
        """

        def without(ring: Ring) -> Ring:
            if any(owner_of(name) == owner for name in ring.secrets):
                return ring
            return ring.without_owner(owner)

        self._change(without, make=False)
        for known in [known for known in self._keys if known[0] == owner]:
            self._keys.pop(known, None)

    def rotate_master(self) -> str:
        """Wrap every data key with a new master key, and forget the old one. Returns the new one's id.

        The new key is the environment's `PRENTICE_MASTER_KEY_NEW`, else a random one in the home. Broken
        off at any point, what is kept opens with a key that is still at hand; begin again then.
        """
        with self._locked():
            ring = self._held()
            old = self._master(ring)
            self._masters.settle(ring.master)  # what an attempt before may have left
            new = self._masters.prepare()
            if new.id != ring.master:
                keys = {
                    owner: tuple(
                        replace(key, wrapped=new.wrap(old.unwrap(key.wrapped, owner, key.id), owner))
                        for key in kept
                    )
                    for owner, kept in ring.keys.items()
                }
                self._write(replace(ring, master=new.id, keys=keys))
            self._masters.settle(new.id)
            return new.id

    def rotate_data(self, owners: Collection[str] | None = None) -> list[str]:
        """New data keys for these owners, or for all, and the keyring's own secrets sealed with them.

        The old ones are kept to open what is sealed elsewhere: `forget_retired`. Returns the owners.
        """
        changed: list[str] = []

        def rotated(ring: Ring) -> Ring:
            changed[:] = sorted(ring.keys if owners is None else set(owners) & ring.keys.keys())
            plain = {n: self._open(ring, n) for n in ring.secrets if owner_of(n) in changed}
            now = _now()
            kept = {
                owner: tuple(replace(key, retired=key.retired or now) for key in keys)
                for owner, keys in ring.keys.items()
                if owner in changed
            }
            ring = replace(ring, keys={**ring.keys, **kept})
            for name, value in plain.items():
                ring = self._seal(ring, name, value)
            for owner in changed:
                ring = self._with_key(ring, owner)
            return ring

        self._change(rotated)
        return changed

    def forget_retired(self, in_use: Collection[str], *, before: datetime) -> int:
        """Forget the keys that were retired `before` and that nothing is sealed with: not one of the ids
        `in_use`, and nothing in the keyring. Returns how many."""
        gone = 0

        def without(ring: Ring) -> Ring:
            nonlocal gone
            used = {*in_use, *(key_id_of(base64.b64decode(sealed)) for sealed in ring.secrets.values())}
            limit = before.astimezone(UTC).isoformat()
            kept = {
                owner: tuple(
                    key for key in keys if key.retired is None or key.id in used or key.retired >= limit
                )
                for owner, keys in ring.keys.items()
            }
            gone = sum(map(len, ring.keys.values())) - sum(map(len, kept.values()))
            return replace(ring, keys=kept) if gone else ring

        self._change(without)
        return gone

    def status(self) -> Status:
        """Raises `BadConfiguration` where the master key is not at hand."""
        ring = self._ring()
        if ring is None:
            ring = self._change(lambda found: found)
        every = [key for keys in ring.keys.values() for key in keys]
        sealing = [key for key in every if key.retired is None]
        return Status(
            master=ring.master,
            where=self._masters.where,
            owners=len(ring.keys),
            data_keys=len(every),
            retired=len(every) - len(sealing),
            secrets=len(ring.secrets),
            oldest=min((key.made for key in sealing), default=None),
        )

    def next_master(self) -> MasterKey | None:
        """The master key that the environment names to change to."""
        return self._masters.coming

    @property
    def master_in_file(self) -> bool:
        """Whether the master key stands in the home and not in the environment."""
        return self._masters.in_file

    # What is sealed and opened -------------------------------------------------------------------

    def _open(self, ring: Ring, name: str) -> str:
        sealed = ring.secrets[name]
        if (known := self._opened.get((name, sealed))) is not None:
            return known
        owner = owner_of(name)
        try:
            value = base64.b64decode(sealed, validate=True)
            kept = ring.named(owner, key_id_of(value))
            if kept is None:
                raise cannot_open()
            plain = open_with(self._unwrapped(ring, owner, kept), value, owner=owner, purpose=_purpose(name))
        except (CannotOpen, ValueError):
            raise self._damaged() from None
        self._opened[name, sealed] = text = plain.decode()
        return text

    def _seal(self, ring: Ring, name: str, value: str) -> Ring:
        owner = owner_of(name)
        ring = self._with_key(ring, owner)
        kept = ring.current(owner)
        assert kept is not None
        key = self._unwrapped(ring, owner, kept)
        sealed = seal_with(key, value.encode(), owner=owner, purpose=_purpose(name))
        return ring.with_secret(name, base64.b64encode(sealed).decode())

    def _with_key(self, ring: Ring, owner: str) -> Ring:
        if ring.current(owner) is not None:
            return ring
        made = DataKey.new()
        return ring.with_key(owner, WrappedKey(made.id, self._master(ring).wrap(made, owner), _now()))

    def _unwrapped(self, ring: Ring, owner: str, kept: WrappedKey) -> DataKey:
        if (known := self._keys.get((owner, kept.id))) is not None:
            return known
        try:
            found = self._master(ring).unwrap(kept.wrapped, owner, kept.id)
        except CannotOpen:
            raise self._damaged() from None
        self._keys[owner, kept.id] = found
        return found

    def _master(self, ring: Ring) -> MasterKey:
        found = self._masters.find(ring.master)
        if found is None:
            raise self._masters.missing(self.path)
        return found

    # The file ------------------------------------------------------------------------------------

    def _ring(self) -> Ring | None:
        """What the file holds now, read again only where it changed; None where there is none."""
        for _ in range(2):
            seen = self._print()
            if self._read_before is not None and self._read_before[0] == seen:
                return self._read_before[1]
            held = self._read()
            if held is None:
                return None
            ring = held if isinstance(held, Ring) else self._change(lambda found: found)  # seals it
            if self._masters.find(ring.master):
                return self._remembered(seen, ring)
        # Rotations may have come between the two files each time: look while there can be none.
        with self._locked():
            seen, held = self._print(), self._read()
            if isinstance(held, Ring) and (self._masters.find(held.master) or self._keys):
                return self._remembered(seen, held)
        raise self._masters.missing(self.path)

    def _remembered(self, seen: _Print | None, ring: Ring) -> Ring:
        if seen and time.time_ns() - seen[2] > _SETTLED_NS:
            self._opened = {}
            self._read_before = (seen, ring)
        return ring

    def _print(self) -> _Print | None:
        try:
            found = self.path.stat()
        except OSError:  # reading it will say why
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode

    def _read(self) -> Ring | dict[str, str] | None:
        try:
            text = read_private(self.path, "the secrets file")
            return None if text is None else read_ring(text)
        except ValueError:
            raise self._damaged() from None

    def _change(self, change: Callable[[Ring], Ring], *, make: bool = True) -> Ring:
        """Read, change, write, while nobody else does. `make`: a file, where there is none."""
        with self._locked():
            held = self._read()
            if held is None and not make:
                return Ring("")
            before = self._sealed(held)
            ring = change(before)
            if ring != held:
                self._write(ring)
            return ring

    def _held(self) -> Ring:
        return self._sealed(self._read())

    def _sealed(self, held: Ring | dict[str, str] | None) -> Ring:
        """The content to change: a new one where there is none, the old plain texts sealed."""
        if isinstance(held, Ring):
            return held
        ring = Ring(self._masters.first().id)
        for name, value in (held or {}).items():
            ring = self._seal(ring, name, value)
        return ring

    def _write(self, ring: Ring) -> None:
        replace_private(self.path, ring.as_text())

    def _damaged(self) -> BadConfiguration:
        return BadConfiguration(
            f"The secrets file {self.path} is damaged.", "Put back a copy of it that is whole."
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as refused:
            raise BadConfiguration(
                f"The folder {self.path.parent} cannot be written to ({refused.strerror}).",
                "Set PRENTICE_HOME to a folder of your own.",
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _purpose(name: str) -> str:
    return f"keyring/{name}"


def _now() -> str:
    return datetime.now(UTC).isoformat()
