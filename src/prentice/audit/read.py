"""Reading the audit: pages for a view, newest first, and the export as JSON lines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from prentice.audit.chain import lines, reading
from prentice.audit.entry import stamp

PAGE = 50
_BLOCK = 5_000  # entries looked through at a time where there is a filter: 40 ms
_PAGE_S = 2.0  # then the page is what was found, and says from where to go on
_OVERLAP = timedelta(
    days=1
)  # an entry's time is that of its beginning: their order is only nearly the chain's
_ROWS = """select seq, hash, entry from audit_log
where tenant_id = %(tenant)s and seq < %(before)s and seq >= %(from)s order by seq desc limit %(limit)s"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: all that is given must hold. `since` is included, `until` is not."""

    who: str | None = None
    action: str | None = None
    decision: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, entry: Mapping[str, Any]) -> bool:
        at = str(entry.get("at", ""))
        return (
            (self.who is None or entry.get("who") == self.who)
            and (self.action is None or entry.get("action") == self.action)
            and (self.decision is None or entry.get("decision") == self.decision)
            and (self.since is None or at >= stamp(self.since))
            and (self.until is None or at < stamp(self.until))
        )

    @property
    def everything(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it stands in the chain. `entry` is `{"unreadable": true}` where it was spoilt."""

    seq: int
    hash: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    lines: tuple[Line, ...]
    older: int | None  # `before` of the next page; None where this one reached the beginning


def page(
    platform_url: str,
    tenant_id: str,
    *,
    before: int | None = None,
    limit: int = PAGE,
    wanted: Wanted | None = None,
) -> Page:
    """Entries of a chain, newest first, from below the number `before`.

    A filter that seldom fits may give a page that is short or empty and still has an `older`: it ends after
    2 s. Raises `SourceUnavailable`.
    """
    wanted = wanted or Wanted()
    upto = 2**62 if before is None else before
    found: list[Line] = []
    deadline = time.monotonic() + _PAGE_S
    with reading(platform_url, tenant_id) as connection:
        top = connection.execute(
            "select max(seq) from audit_log where tenant_id = %s", [tenant_id]
        ).fetchone()
        upto = min(upto, int(top[0] or 0) + 1 if top else 1)
        while upto > 1 and len(found) < limit and time.monotonic() < deadline:
            block = limit - len(found) if wanted.everything else _BLOCK
            parameters = {"tenant": tenant_id, "before": upto, "from": max(1, upto - block), "limit": block}
            upto = max(1, upto - block)
            for seq, digest, text in connection.execute(_ROWS, parameters):
                entry = _read(text)
                if wanted.since and "at" in entry and str(entry["at"]) < stamp(wanted.since - _OVERLAP):
                    return Page(tuple(found), None)
                if wanted.takes(entry):
                    found.append(Line(seq, bytes(digest).hex(), entry))
                    if len(found) == limit:
                        upto = seq
                        break
    return Page(tuple(found), upto if upto > 1 else None)


def export(
    platform_url: str, tenant_id: str, *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[bytes]:
    """The chain as JSON lines, oldest first: `{"seq", "prev", "hash", "entry"}`, the entry byte for byte as
    it was hashed. Streamed: memory stays flat. Raises `SourceUnavailable`.
    """
    wanted = Wanted(since=since, until=until)
    with reading(platform_url, tenant_id) as connection:
        for seq, prev, digest, entry in lines(connection, tenant_id):
            if wanted.everything or wanted.takes(_read(entry)):
                text = entry if _is_json(entry) else orjson.dumps(entry.decode(errors="replace"))
                yield b'{"seq":%d,"prev":"%s","hash":"%s","entry":%s}\n' % (
                    seq, prev.hex().encode(), digest.hex().encode(), text,
                )  # fmt: skip


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        entry = orjson.loads(text)
    except ValueError:
        entry = None
    return entry if isinstance(entry, dict) else {"unreadable": True}


def _is_json(entry: bytes) -> bool:
    """Whether it can stand in a line as it is; what was tampered with may be anything."""
    return b"\n" not in entry and "unreadable" not in _read(entry)
