"""`AuditLog`: what is appended is committed when `append` returns, or `AuditUnavailable` is raised.

One thread writes for all: it takes what has gathered while the last group was being committed and writes
that in one statement, so many requests share one wait for the disk. A second thread anchors the heads.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Container, Mapping
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import psycopg
import structlog
from psycopg.rows import TupleRow

from prentice.audit.anchor import Anchors
from prentice.audit.chain import Head, heads, reading
from prentice.audit.entry import Entry
from prentice.audit.login import provide
from prentice.errors import AuditUnavailable, PrenticeError
from prentice.ops.secrets import Keyring
from prentice.tenancy.platform import open_platform

WAIT_S = 1.9  # an entry that is not written by then is refused: in under 2 s, with what goes before it
ANCHOR_EVERY = 1_000  # entries
_GROUP = 200  # each entry moves its head's row once more; of 1,000 versions the last is slow to find
_PAUSE_S = 0.05  # between attempts to reach the database
_AGAIN_S = 1.0  # after an anchor that could not be written
_INSERT = "insert into audit_log (tenant_id, entry) select * from unnest(%b::text[], %b::text[])"
# The database says at once that nothing was written, and that it may be tried again.
_UNDONE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
# It says so, and its session goes on; whoever waited has waited long enough.
_TOO_LATE = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)
log = structlog.get_logger(__name__)


class _Waiting:
    """One entry on its way, or (`trial`) one that is taken back. `done` is let go when `written` is known."""

    __slots__ = ("deadline", "done", "tenant_id", "text", "trial", "written")

    def __init__(self, entry: Entry, *, trial: bool = False) -> None:
        self.trial = trial
        self.tenant_id = entry.tenant_id
        self.text = entry.canonical()
        self.deadline = time.monotonic() + WAIT_S
        self.written = False
        self.done = threading.Lock()  # 0.1 µs to make, an Event 2 µs
        self.done.acquire()

    def settle(self, written: bool) -> None:
        self.written = written
        self.done.release()


class AuditLog:
    """The writer of one process: safe between its threads, and beside those of other processes.

    Opening it makes the login that may only insert, where it is missing. Raises `SourceUnavailable`,
    `SourceUnsuitable`. A context manager; `close` may be called twice.
    """

    def __init__(
        self,
        platform_url: str,
        keyring: Keyring,
        home: Path,
        *,
        anchor_s: float = 60,
        anchor_to: Path | None = None,
    ) -> None:
        open_platform(platform_url).dispose()  # its tables are there
        self._platform_url = platform_url
        self._url = provide(platform_url, keyring)
        self._anchors = Anchors(home, keyring, anchor_to)
        self._anchor_s = anchor_s
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._turn = threading.Lock()  # held while an entry is queued, and while the log is closed
        self._closed = False
        self._connection: psycopg.Connection[TupleRow] | None = None
        self._line: socket.socket | None = None  # the connection's socket, to cut it from another thread
        self._sent_at: float | None = None  # when the statement under way was sent
        self._since_anchor: Counter[str] = Counter()  # entries of each tenant since the last anchor
        self._counting = threading.Lock()
        self._anchor_due = threading.Event()
        self._written = threading.Event()  # the writer has ended: one anchor more, and the other thread too
        self._writer = threading.Thread(target=self._write, name="prentice-audit", daemon=True)
        self._anchorer = threading.Thread(target=self._anchor, name="prentice-anchor", daemon=True)
        self._writer.start()
        self._anchorer.start()

    def append(self, entry: Entry) -> None:
        """Write `entry` down; it is on the disk when this returns. What it stands for may then be shown.

        Raises `AuditUnavailable` within 2 s where it cannot be written. (An entry can then still get into
        the log: where the database was lost before it said whether it had committed, or said so late.)
        """
        self._await(_Waiting(entry))

    def ready(self, entry: Entry) -> None:
        """Try whether `entry` could be written down now: it is inserted and taken back, and leaves nothing.

        For what must not be done unless it can be written down. Raises `AuditUnavailable` within 2 s.
        """
        self._await(_Waiting(entry, trial=True))

    def _await(self, waiting: _Waiting) -> None:
        with self._turn:
            if self._closed:
                raise _unavailable()
            self._queue.put(waiting)
        # Until its deadline the writer may have it in hand; the moment more is for its last word.
        if not waiting.done.acquire(timeout=max(0.0, waiting.deadline - time.monotonic()) + 0.05):
            self._cut_if_stuck()
            raise _unavailable()
        if not waiting.written:
            raise _unavailable()

    def close(self) -> None:
        """Write what waits, anchor what was written, and end. Nothing can be appended any more."""
        with self._turn:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._writer.join()
        self._written.set()
        self._anchor_due.set()
        self._anchorer.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- the writer's thread ---------------------------------------------------------------------------

    def _write(self) -> None:
        going = True
        while going:
            group, going = self._gathered()
            try:
                self._commit([one for one in group if not one.trial])
                self._commit([one for one in group if one.trial], keep=False)
            except Exception as failure:  # the thread must outlive whatever it is; nobody is left waiting
                log.error("audit_writer_failed", type=type(failure).__name__)
                self._drop()
                for one in group:
                    with suppress(RuntimeError):  # settled already
                        one.settle(False)
        self._drop()

    def _gathered(self) -> tuple[list[_Waiting], bool]:
        """What has gathered, waiting for the first; and whether to go on after it."""
        first = self._queue.get()
        if first is None:
            return [], False
        group = [first]
        while len(group) < _GROUP:
            try:
                one = self._queue.get_nowait()
            except Empty:
                break
            if one is None:
                return group, False
            group.append(one)
        return group, True

    def _commit(self, group: list[_Waiting], *, keep: bool = True) -> None:
        """Write a group in one transaction: all of it or nothing. Settles every one of it. Without `keep`
        it is taken back."""
        group.sort(key=lambda one: one.tenant_id)  # heads are locked in one order: no deadlock between groups
        while group:
            now = time.monotonic()
            for late in [one for one in group if one.deadline <= now]:
                group.remove(late)
                late.settle(False)
            connection = self._connected() if group else None
            if connection is None:
                if group:
                    time.sleep(_PAUSE_S)
                continue
            try:
                self._sent_at = time.monotonic()
                lines = [one.tenant_id for one in group], [one.text for one in group]
                with nullcontext() if keep else connection.transaction(force_rollback=True):
                    done = connection.execute(_INSERT, lines, prepare=True)
                # A trigger or a rule that somebody added can make lines vanish without an error.
                written = done.rowcount == len(group)
                if not written:
                    log.error("audit_lines_vanished", entries=len(group), inserted=done.rowcount)
            except _UNDONE:
                continue
            except psycopg.Error as failure:
                # Whether it was committed is not known where the connection was lost: to write it again
                # could write it twice. Nobody is shown anything.
                log.warning("audit_write_failed", type=type(failure).__name__, entries=len(group))
                if not isinstance(failure, _TOO_LATE):
                    self._drop()
                written = False
            finally:
                self._sent_at = None
            for one in group:
                one.settle(written)
            if written and keep:
                self._count(group)
            return

    def _count(self, group: list[_Waiting]) -> None:
        with self._counting:
            self._since_anchor.update(one.tenant_id for one in group)
            if self._since_anchor.total() >= ANCHOR_EVERY:
                self._anchor_due.set()

    def _connected(self) -> psycopg.Connection[TupleRow] | None:
        """The connection, opened anew where the server has closed it; None where nothing answers."""
        connection = self._connection
        if connection is not None:
            # A server that has a word for an idle session is ending it: found out before anything is sent.
            if not connection.broken and not _has_word(connection):
                return connection
            self._drop()
        try:
            connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=2,
                application_name="prentice audit",
                # Whatever the server's own setting: a commit waits for the disk.
                options="-c synchronous_commit=on",
                tcp_user_timeout=2_000,
            )
        except psycopg.Error:
            return None
        self._connection = connection
        self._line = socket.socket(fileno=os.dup(connection.fileno()))
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        line, self._line = self._line, None
        if line is not None:
            line.close()
        if connection is not None:
            connection.close()

    def _cut_if_stuck(self) -> None:
        """A server that takes statements and answers none (stopped, unplugged) must not hold the writer."""
        sent_at, line = self._sent_at, self._line
        if line is not None and sent_at is not None and time.monotonic() - sent_at >= WAIT_S:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    # -- the anchoring thread --------------------------------------------------------------------------

    def _anchor(self) -> None:
        seen: dict[str, Head] = {}
        failing = False
        while True:
            due = self._anchor_due.wait(self._anchor_s)
            last = self._written.is_set()
            with self._counting:
                self._anchor_due.clear()
                ours, self._since_anchor = self._since_anchor, Counter()
            try:
                if ours or not due:
                    # A short command anchors what it wrote itself; a server, at its interval, whatever moved.
                    seen |= self._anchors.pin(partial(self._moved, seen, ours if due else None))
                failing = False
            except (PrenticeError, OSError, psycopg.Error) as failure:
                with self._counting:
                    self._since_anchor.update(ours)
                if not failing:  # told once, and tried again
                    log.error("audit_anchor_failed", type=type(failure).__name__)
                failing = True
                self._written.wait(_AGAIN_S)
            if last:
                return

    def _moved(self, seen: Mapping[str, Head], only: Container[str] | None) -> dict[str, Head]:
        with reading(self._platform_url) as connection:
            now = heads(connection)
        for tenant_id, head in now.items():
            if (before := seen.get(tenant_id)) and head.seq < before.seq:
                log.error("audit_head_went_back", tenant=tenant_id, was=before.seq, now=head.seq)
        return {
            tenant_id: head
            for tenant_id, head in now.items()
            if seen.get(tenant_id) != head and (only is None or tenant_id in only)
        }


def _has_word(connection: psycopg.Connection[TupleRow]) -> bool:
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))


def _unavailable() -> AuditUnavailable:
    return AuditUnavailable(
        "This is not shown now: that it was seen cannot be written down.",
        "Try again in a minute. If it goes on, the operator sees to the platform's own database.",
    )
