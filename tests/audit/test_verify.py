"""Guards against: an entry that was altered, removed, reordered, added or cut off, and nobody notices.

Every attack is made as the database's superuser with the guards put out.
"""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from prentice.audit.anchor import Anchors
from prentice.audit.chain import Head, link
from prentice.audit.verify import Verifier
from prentice.ops.secrets import Keyring

from .conftest import TENANT, Room, an_entry

# The attacker's own: makes every hash from `first` on anew, and the head: the chain is whole in itself.
RECHAIN = """do $$ declare r record; before bytea; n bigint := {first}; begin
  select hash into before from audit_log where tenant_id = '{t}' and seq = {first} - 1;
  before := coalesce(before, decode(repeat('00', 32), 'hex'));
  for r in select ctid, entry from audit_log where tenant_id = '{t}' and seq >= {first} order by seq loop
    update audit_log set seq = n, prev = before,
      hash = sha256(before || int8send(n) || convert_to(tenant_id, 'UTF8') || convert_to(entry, 'UTF8'))
      where ctid = r.ctid;
    before := sha256(before || int8send(n) || convert_to('{t}', 'UTF8') || convert_to(r.entry, 'UTF8'));
    n := n + 1;
  end loop;
  update audit_heads set seq = n - 1, hash = before where tenant_id = '{t}';
end $$"""
NO_KEY = "alter table audit_log drop constraint audit_log_pkey"
GUARDED = "alter table audit_log enable always trigger audit_chain"
FORGED = "replace(entry, 'u_ann', 'u_bob')"


def rechain(first: int) -> str:
    return RECHAIN.format(first=first, t=TENANT)


def test_a_chain_that_nobody_touched_is_whole(room: Room) -> None:
    room.filled(TENANT, "platform", entries=25)
    report = room.verify()
    assert (report.whole, report.entries, report.anchored, report.flaws) == (True, 25, 25, ())
    assert report.head == room.rows()[-1][2].hex()
    assert room.verify("platform").whole
    assert room.verify("nobody").whole


ATTACKS = {
    "an entry altered": (
        [f"update audit_log set entry = {FORGED} where seq = 5"],
        [("altered", 5, 5)],
    ),
    "one letter altered": (
        ["update audit_log set entry = replace(entry, '\"rows\":5', '\"rows\":6') where seq = 5"],
        [("altered", 5, 5)],
    ),
    "an entry altered with its hash": (
        [
            f"update audit_log set entry = {FORGED} where seq = 5",
            "update audit_log set hash = sha256(prev || int8send(seq) || convert_to(tenant_id, 'UTF8') "
            "|| convert_to(entry, 'UTF8')) where seq = 5",
        ],
        [("replaced", 5, 5)],
    ),
    "a hash altered": (
        ["update audit_log set hash = sha256(hash) where seq = 5"],
        [("altered", 5, 5)],
    ),
    "a hash made shorter and one longer": (
        ["update audit_log set hash = substr(hash, 1, 20) where seq = 5",
         "update audit_log set hash = hash || hash where seq = 7"],
        [("altered", 5, 5), ("altered", 7, 7)],
    ),
    "an entry emptied": (["update audit_log set entry = '' where seq = 5"], [("altered", 5, 5)]),
    "a prev altered": (
        ["update audit_log set prev = sha256(prev) where seq = 5"],
        [("altered", 5, 5)],
    ),
    "an entry removed": (["delete from audit_log where seq = 5"], [("missing", 5, 5)]),
    "several removed": (["delete from audit_log where seq between 3 and 6"], [("missing", 3, 6)]),
    "the first removed": (["delete from audit_log where seq = 1"], [("missing", 1, 1)]),
    "one removed and the rest numbered anew": (
        ["delete from audit_log where seq = 8", NO_KEY, "update audit_log set seq = seq - 1 where seq > 8"],
        [("moved", 8, 9), ("moved", 9, 10), ("truncated", 10, 10)],
    ),
    "two exchanged": (
        [NO_KEY, "update audit_log set seq = case seq when 4 then 7 else 4 end where seq in (4, 7)"],
        [("moved", 4, 7), ("moved", 7, 4)],
    ),
    "the texts of two exchanged": (
        [
            "update audit_log a set entry = b.entry from audit_log b "
            "where a.seq in (4, 7) and b.seq = 11 - a.seq and a.tenant_id = b.tenant_id"
        ],
        [("altered", 4, 4), ("altered", 7, 7)],
    ),
    "one twice under its number": (
        [NO_KEY, "insert into audit_log select * from audit_log where seq = 5"],
        [("repeated", 5, 5)],
    ),
    "one again at the end": (
        ["insert into audit_log select tenant_id, 11, entry, prev, hash from audit_log where seq = 5"],
        [("moved", 11, 5), ("head_altered", 10, 11)],
    ),
    "one before the first": (
        ["insert into audit_log select tenant_id, 0, entry, prev, hash from audit_log where seq = 5"],
        [("extra", 0, 0)],
    ),
    "one added at the end that follows": (
        [
            "insert into audit_log select tenant_id, 11, entry, hash, sha256(hash || int8send(11) "
            "|| convert_to(tenant_id, 'UTF8') || convert_to(entry, 'UTF8')) from audit_log where seq = 10"
        ],
        [("head_altered", 10, 11)],
    ),
    "the last cut off": (["delete from audit_log where seq > 8"], [("truncated", 9, 10)]),
    "all cut off": (["delete from audit_log"], [("truncated", 1, 10)]),
    "the last cut off and the head put back": (
        [
            "delete from audit_log where seq > 8",
            "update audit_heads h set seq = 8, hash = l.hash from audit_log l where l.seq = 8",
        ],
        [("truncated", 9, 10)],  # the anchor remembers
    ),
    "everything removed with the head": (
        ["delete from audit_log", "delete from audit_heads"],
        [("truncated", 1, 10)],
    ),
    "the head removed": (["delete from audit_heads"], [("head_missing", 10, 10)]),
    "the head's number lowered": (["update audit_heads set seq = 9"], [("head_altered", 9, 10)]),
    "the head's number raised": (["update audit_heads set seq = 12"], [("truncated", 11, 12)]),
    "the head's hash altered": (
        ["update audit_heads set hash = sha256(hash)"],
        [("head_altered", 10, 10)],
    ),
    "an entry altered and all hashes made anew": (
        [f"update audit_log set entry = {FORGED} where seq = 5", rechain(5)],
        [("rewritten", 1, 10)],
    ),
    "an entry removed and all hashes made anew": (
        ["delete from audit_log where seq = 5", NO_KEY, rechain(5)],
        [("truncated", 10, 10)],
    ),
    "an entry put in the place of a removed one and all hashes made anew": (
        ["delete from audit_log where seq = 5", NO_KEY,
         "insert into audit_log select tenant_id, 5, entry, prev, hash from audit_log where seq = 6",
         rechain(1)],
        [("rewritten", 1, 10)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_is_found_and_its_place_named(room: Room, attack: str) -> None:
    room.filled()
    statements, found = ATTACKS[attack]
    room.attack(*statements)
    assert room.flaws() == found
    report = room.verify()
    assert not report.whole
    assert all(flaw.what.endswith(".") for flaw in report.flaws)


def test_what_an_anchor_vouched_for_before_a_rewriting_narrows_it_down(room: Room) -> None:
    for _ in range(4):
        room.filled(entries=5)
    room.attack(f"update audit_log set entry = {FORGED} where seq = 12", rechain(12))
    assert room.flaws() == [("rewritten", 11, 15)]
    assert room.verify().anchored == 10
    room.attack(GUARDED)
    with room.log() as log:  # the forger lets the log go on, and it is anchored as it now is
        log.append(an_entry(21))
    assert room.flaws() == [("rewritten", 11, 15)]


def test_a_chain_cut_back_and_grown_again_is_found(room: Room) -> None:
    room.filled(entries=10)
    room.attack(
        "delete from audit_log where seq > 6",
        "update audit_heads h set seq = 6, hash = l.hash from audit_log l where l.seq = 6",
        GUARDED,
    )
    room.filled(entries=3)
    assert ("went_back", 9, 10) in room.flaws()
    room.filled(entries=3)
    assert room.flaws() == [("went_back", 9, 10), ("rewritten", 10, 10)]


def test_only_the_chain_that_was_touched_is_not_whole(room: Room) -> None:
    other = "b2c3d4e5f6a1"
    room.filled(TENANT, other, "platform")
    room.attack(f"update audit_log set entry = {FORGED} where seq = 5 and tenant_id = '{other}'")
    reports = Verifier(room.platform_url, room.keyring, room.home).everyone()
    assert {report.tenant_id: report.whole for report in reports} == {
        "platform": True, TENANT: True, other: False
    }  # fmt: skip


def test_an_entry_given_to_another_practice_is_found_in_both(room: Room) -> None:
    room.filled(TENANT, "b2c3d4e5f6a1", entries=5)
    room.attack(
        "delete from audit_log where seq = 5 and tenant_id = 'b2c3d4e5f6a1'",
        f"update audit_log set tenant_id = 'b2c3d4e5f6a1' where seq = 5 and tenant_id = '{TENANT}'",
    )
    assert room.flaws() == [("truncated", 5, 5)]
    assert ("altered", 5, 5) in room.flaws("b2c3d4e5f6a1")


def test_a_chain_that_is_gone_without_a_trace_in_the_database_is_missed(room: Room) -> None:
    room.filled(TENANT, "platform")
    room.attack("delete from audit_log", "delete from audit_heads")
    reports = list(Verifier(room.platform_url, room.keyring, room.home).everyone())
    assert [(report.tenant_id, report.whole) for report in reports] == [("platform", False), (TENANT, False)]


def test_many_flaws_are_counted_and_the_first_hundred_told(room: Room) -> None:
    room.filled(entries=150)
    room.attack("update audit_log set entry = entry || ' '")
    report = room.verify()
    assert (report.found, len(report.flaws)) == (150, 100)


CHANGED_GUARDS = {
    "a trigger put out": (
        "alter table audit_log disable trigger audit_only_grows",
        "The trigger audit_only_grows on audit_log of the audit's tables was put out.",
    ),
    "no longer held to always": (
        "alter table audit_log enable trigger audit_chain",
        "The trigger audit_chain on audit_log of the audit's tables was put out.",
    ),
    "a trigger taken away": (
        "drop trigger audit_moved_by_chain on audit_heads",
        "The trigger audit_moved_by_chain on audit_heads of the audit's tables is missing.",
    ),
    "a rule": (
        "create rule quiet as on insert to audit_log do instead nothing",
        "The audit's tables have a rule that Prentice did not make: quiet on audit_log.",
    ),
    "another function under the same name": (
        "create or replace function audit_only_grows() returns trigger language plpgsql as "
        "$$ begin return null; end $$",
        "The function audit_only_grows of the audit's tables is not as Prentice made it.",
    ),
    "a table that a crash empties": (
        "alter table audit_log set unlogged",
        "The table audit_log of the audit's tables is not as Prentice made it.",
    ),
}


@pytest.mark.parametrize("change", CHANGED_GUARDS)
def test_guards_that_are_not_as_the_migration_made_them_are_flaws(room: Room, change: str) -> None:
    room.filled()
    assert room.verify().whole
    statement, told = CHANGED_GUARDS[change]
    with room.admin() as admin:
        admin.execute(statement.encode())
    report = room.verify()
    assert [(flaw.kind.value, flaw.what) for flaw in report.flaws] == [("guard_altered", told)]


def test_guards_are_told_once_where_every_chain_is_verified(room: Room) -> None:
    room.filled(TENANT, "platform")
    with room.admin() as admin:
        admin.execute("alter table audit_log disable trigger audit_only_grows")
    reports = list(Verifier(room.platform_url, room.keyring, room.home).everyone())
    assert [report.found for report in reports] == [1, 0]


def test_writing_goes_on_while_a_chain_is_verified(room: Room) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with room.log(anchor_s=0.02) as log, ThreadPoolExecutor(2) as pool:
        going = [
            pool.submit(lambda: [log.append(an_entry(number)) for number in range(150)]) for _ in range(2)
        ]
        while not all(one.done() for one in going):
            assert room.verify().whole
    assert room.verify().entries == 300


# -- the anchors ---------------------------------------------------------------------------------------


def test_the_files_of_anchors_are_for_their_owner_alone(room: Room, tmp_path: Path) -> None:
    room.filled(anchor_to=tmp_path / "worm")
    for file in (room.anchors, tmp_path / "worm" / "anchors.jsonl"):
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda lines: [lines[0], lines[1].replace(b'"seq":10', b'"seq":11'), *lines[2:]],
         {"anchor_altered", "anchor_unsigned"}),
        (lambda lines: [*lines[:3], lines[3].replace(b'"seq":20', b'"seq":11')], {"anchor_unsigned"}),
        (lambda lines: [lines[0], *lines[2:]], {"anchor_missing"}),
        (lambda lines: lines[1:], {"anchor_missing"}),
        (lambda lines: [lines[1], lines[0], *lines[2:]], {"anchor_missing", "anchor_altered", "went_back"}),
        (lambda lines: [*lines, lines[3]], {"anchor_altered"}),
        (lambda lines: [lines[0], b"{}\n", *lines[2:]], {"anchor_missing"}),
        (lambda lines: [*lines, b"garbled\n"], {"anchor_unreadable"}),
        (lambda lines: [*lines[:3], _unsigned(lines[3])], {"anchor_unreadable"}),
        (lambda lines: [*lines[:3], _signed_by_another(lines[3])], {"anchor_unsigned"}),
    ],
)  # fmt: skip
def test_an_anchor_that_was_changed_is_found(room: Room, change, kinds: set[str]) -> None:  # type: ignore[no-untyped-def]
    for _ in range(4):
        room.filled(entries=5)
    lines = room.anchors.read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    room.anchors.write_bytes(b"".join(change(lines)))
    assert {kind for kind, *_ in room.flaws()} == kinds


def _unsigned(line: bytes) -> bytes:
    record = orjson.loads(line)
    del record["signature"]
    return orjson.dumps(record) + b"\n"


def _signed_by_another(line: bytes) -> bytes:
    """As somebody would who has the file and not the key: right in all, with the name of our key."""
    from base64 import urlsafe_b64encode

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from prentice.audit.anchor import signed_bytes

    record = orjson.loads(line)
    record["signature"] = urlsafe_b64encode(Ed25519PrivateKey.generate().sign(signed_bytes(record))).decode()
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS) + b"\n"


def test_a_write_of_an_anchor_that_was_cut_short_is_no_alarm(room: Room) -> None:
    room.filled(entries=5)
    with room.anchors.open("ab") as file:
        file.write(room.anchors.read_bytes()[:90])
    assert room.flaws() == []
    room.filled(entries=5)
    assert room.flaws() == []
    assert room.verify().anchored == 10


def test_anchors_taken_away_are_missed_where_there_was_time_for_one(room: Room) -> None:
    with room.log() as log:
        log.append(an_entry(1, at=datetime.now(UTC) - timedelta(hours=2)))
        log.append(an_entry(2))
    assert room.flaws() == []
    room.anchors.unlink()
    assert room.flaws() == [("unanchored", 1, 2)]


def test_the_second_place_has_every_anchor_also_those_of_a_time_when_it_could_not_be_written(
    room: Room, tmp_path: Path
) -> None:
    second = tmp_path / "worm"
    room.filled(entries=2)
    second.write_text("")  # a file where the folder should be
    room.filled(entries=2, anchor_to=second / "deeper")
    second.unlink()
    room.filled(entries=2, anchor_to=second)
    assert (second / "anchors.jsonl").read_bytes() == room.anchors.read_bytes()
    assert room.verify(anchor_to=second).whole


def test_a_forger_of_database_and_home_is_found_by_the_second_place(room: Room, tmp_path: Path) -> None:
    """With the key and the keyring: everything in the home is made anew, the second place cannot be."""
    second = tmp_path / "worm" / "heads.jsonl"
    for _ in range(3):
        room.filled(entries=5, anchor_to=second)
    room.attack(f"update audit_log set entry = {FORGED} where seq = 8", rechain(8))
    room.anchors.unlink()
    head = Head(15, room.rows()[-1][2])
    Anchors(room.home, room.keyring).pin(lambda: {TENANT: head})
    assert room.flaws() == []
    found = room.flaws(anchor_to=second)
    assert ("rewritten", 6, 10) in found
    assert {"anchor_altered", "anchor_missing"} <= {kind for kind, *_ in found}


def test_anchors_cut_off_in_the_home_are_found_by_the_second_place(room: Room, tmp_path: Path) -> None:
    second = tmp_path / "worm"
    for _ in range(3):
        room.filled(entries=5, anchor_to=second)
    lines = room.anchors.read_bytes().splitlines(keepends=True)
    room.anchors.write_bytes(b"".join(lines[:2]))
    room.attack(
        "delete from audit_log where seq > 10",
        "update audit_heads h set seq = 10, hash = l.hash from audit_log l where l.seq = 10",
    )
    assert room.flaws() == []
    assert room.flaws(anchor_to=second) == [("truncated", 11, 15), ("anchor_missing", 3, 3)]


def test_anchors_of_another_installations_key_prove_nothing(room: Room, tmp_path: Path) -> None:
    room.filled()
    other = Verifier(room.platform_url, Keyring(tmp_path / "other.json"), room.home).verify(TENANT)
    assert {flaw.kind.value for flaw in other.flaws} == {"anchor_unsigned"}
    assert other.anchored == 0


def test_many_anchors_are_checked_in_parts(room: Room) -> None:
    with room.log() as log:
        log.append(an_entry(1))
    anchors = Anchors(room.home, room.keyring)
    head = Head(1, room.rows()[0][2])
    for _ in range(600):
        anchors.pin(lambda: {TENANT: head})
    assert room.flaws() == []
    lines = room.anchors.read_bytes().splitlines(keepends=True)
    lines[300] = lines[300].replace(b'"seq":1', b'"seq":2')
    room.anchors.write_bytes(b"".join(lines))
    assert sorted(kind for kind, *_ in room.flaws()) == ["anchor_altered", "anchor_unsigned"]


def test_the_way_by_hand_in_the_document_finds_the_same(room: Room) -> None:
    """The SQL of docs/audit.md, as it stands there; and the hash as a shell would make it."""
    document = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()
    statement = document.partition("```sql\n")[2].partition("```")[0].replace(":'tenant'", f"'{TENANT}'")
    room.filled()
    with room.admin() as admin:
        assert admin.execute(statement.encode()).fetchall() == []
    room.attack(f"update audit_log set entry = {FORGED} where seq = 5", "delete from audit_log where seq = 8")
    with room.admin() as admin:
        assert [row[0] for row in admin.execute(statement.encode())] == [5, 9]
    seq, prev, digest, entry = room.rows()[3]
    by_hand = hashlib.sha256(prev + seq.to_bytes(8, "big") + TENANT.encode() + entry.encode())
    assert by_hand.digest() == digest == link(prev, seq, TENANT, entry.encode())


def test_a_restored_copy_verifies_beside_the_same_anchors(room: Room, tmp_path: Path) -> None:
    room.filled()
    shutil.copytree(room.home / "audit", tmp_path / "copy" / "audit")
    assert Verifier(room.platform_url, room.keyring, tmp_path / "copy").verify(TENANT).anchored == 10
