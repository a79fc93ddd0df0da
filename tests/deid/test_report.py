"""The signed report, the risk it states, and the extract for use outside."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prentice.deid.report import known_key, sign, what_is_wrong
from prentice.deid.risk import EXTRACT_COLUMNS, generalised
from prentice.ops.secrets import Keyring

from .room import Room


@pytest.fixture(scope="module")
def report(room: Room) -> Path:
    found = room.run("harbour").report
    assert found is not None
    return Path(found)


def test_a_report_and_its_page_are_valid_as_they_were_written(room: Room, report: Path) -> None:
    assert what_is_wrong(report, known_key(room.keyring)) is None
    assert what_is_wrong(report.with_suffix(".html"), known_key(room.keyring)) is None


def test_any_altered_byte_is_found(room: Room, report: Path, tmp_path: Path) -> None:
    raw = report.read_bytes()
    copy = tmp_path / "report.json"
    chance = random.Random(7)
    for place in [0, len(raw) - 1, *(chance.randrange(len(raw)) for _ in range(300))]:
        changed = bytearray(raw)
        changed[place] ^= 1 << chance.randrange(7)
        copy.write_bytes(changed)
        assert what_is_wrong(copy, known_key(room.keyring)) is not None, place
    for other in (raw + b"\n", raw[:-1], b"", b"[]", json.dumps(json.loads(raw), indent=1).encode()):
        copy.write_bytes(other)
        assert what_is_wrong(copy, known_key(room.keyring)) is not None
    page = report.with_suffix(".html")
    copy.write_bytes(raw)
    copy.with_suffix(".html").write_text(page.read_text("utf-8").replace("passed", "passed ", 1), "utf-8")
    assert what_is_wrong(copy.with_suffix(".html"), known_key(room.keyring)) is not None


def test_a_report_signed_with_another_key_is_not_taken_for_ours(
    room: Room, report: Path, tmp_path: Path
) -> None:
    forged = tmp_path / "forged.json"
    body = json.loads(report.read_bytes())["body"]
    forged.write_bytes(sign(body, Keyring(tmp_path / "other.json")))
    assert what_is_wrong(forged, known_key(Keyring(tmp_path / "other.json"))) is None
    assert what_is_wrong(forged, known_key(room.keyring)) is not None
    assert what_is_wrong(forged, None) is not None


def test_the_command_says_what_is_wrong_and_ends_with_1(room: Room, report: Path, tmp_path: Path) -> None:
    copy = tmp_path / "report.json"
    copy.write_bytes(report.read_bytes().replace(b'"persons":', b'"persons": ', 1))
    done = room.command("deid", "verify-report", str(copy))
    assert (done.returncode, "changed" in done.stdout) == (1, True)


def test_it_names_the_18_with_counts_the_rules_the_risk_and_who_attests(room: Room, report: Path) -> None:
    body = json.loads(report.read_bytes())["body"]
    by_letter = {one["letter"]: one for one in body["identifiers"]}
    assert list(by_letter) == list("ABCDEFGHIJKLMNOPQR")
    with room.source() as source:
        names = source.execute(
            "select count(*) from patients where company_id = 'c-harbour-optics'"
        ).fetchone()
    assert names is not None
    assert by_letter["A"]["values"] > names[0]
    assert by_letter["H"]["values"] > 0
    assert by_letter["L"] == {"letter": "L", "name": by_letter["L"]["name"], "columns": 0, "values": 0}
    assert all(check["passed"] for check in body["verification"]["checks"])
    assert body["risk"]["before"]["unique"] > body["risk"]["after"]["unique"]
    assert body["risk"]["before"]["columns"] == ["date_of_birth", "postcode", "country"]
    assert any("actual knowledge" in one["what"] for one in body["attestations"])
    assert len(body["rules"]) == 691
    page = report.with_suffix(".html").read_text("utf-8")
    assert "patients.nhs_number" in page
    assert "<script" not in page


def test_the_risk_after_is_that_of_the_copys_own_rows(room: Room, report: Path) -> None:
    stated = json.loads(report.read_bytes())["body"]["risk"]["after"]
    with room.reader("harbour") as reader:
        groups = [
            n
            for (n,) in reader.execute(
                f"select count(*) from person group by {', '.join(stated['columns'])}".encode()
            )
        ]
    assert stated["smallest"] == min(groups)
    assert stated["unique"] == sum(n == 1 for n in groups)
    assert stated["in_small"] == sum(n for n in groups if n < 11)
    assert stated["persons"] == sum(groups)


def test_an_extract_has_no_row_that_fewer_than_k_people_share_and_no_code(room: Room, tmp_path: Path) -> None:
    from prentice.deid.commands import _extract

    folder = tmp_path / "out"
    told = _extract(room.practice("harbour"), folder, 11)
    people = pl.read_parquet(folder / "persons.parquet")
    assert told["persons"] == len(people) > 100
    assert told["persons"] + told["left_out"] == room.run("harbour").persons
    sizes = people.group_by(people.columns).len()["len"]  # of the whole row, not of some columns of it
    assert sizes.min() == told["smallest_group"]
    assert told["smallest_group"] >= 11
    assert "person_id" not in people.columns
    assert set(people.dtypes) == {pl.String}  # bands and words, no figure
    assert (folder / "persons.csv").read_text().count("\n") == len(people) + 1


def test_who_stands_alone_gives_up_more_than_who_does_not() -> None:
    many = dict.fromkeys(EXTRACT_COLUMNS, "true") | {
        "country": "France",
        "us_state": None,
        "age_group": "30-39",
    }
    rows = (
        [many | {"spend": "250-999"}] * 12
        + [many | {"spend": "under 250", "refractive_group": "none"}] * 11
        + [many | {"spend": "0", "mean_sphere": "below -6"}] * 2
        + [many | {"spend": "1000 and more"}] * 9
        + [many | {"country": "Spain", "orders": "0"}] * 3
    )
    kept, left_out = generalised(pl.DataFrame(rows, infer_schema_length=None), 11)
    assert (len(kept), left_out) == (34, 3)
    assert set(kept["refractive_group"]) == {"true", "none"}
    assert kept.filter(pl.col("spend") == "250-999").height == 12
    assert kept.filter((pl.col("spend") == "any") & (pl.col("mean_sphere") == "any")).height == 11


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * len(EXTRACT_COLUMNS)), max_size=60),
       st.integers(2, 5))  # fmt: skip
def test_no_row_of_any_extract_is_shared_by_fewer_than_k(rows: list[tuple[str | None, ...]], k: int) -> None:
    people = pl.DataFrame(rows, schema=dict.fromkeys(EXTRACT_COLUMNS, pl.String), orient="row")
    kept, left_out = generalised(people, k)
    assert len(kept) + left_out == len(rows)
    assert left_out < k
    assert kept.group_by(kept.columns).len().filter(pl.col("len") < k).is_empty()


def test_what_no_signature_covers_is_not_taken(room: Room, report: Path, tmp_path: Path) -> None:
    key, copy = known_key(room.keyring), tmp_path / "report.json"
    held = json.loads(report.read_bytes())

    def changed(**more: object) -> bytes:
        text = json.dumps({**held, **more}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode() + b"\n"

    copy.write_bytes(changed())
    assert what_is_wrong(copy, key) is None
    last = held["signature"][:-3] + chr(ord(held["signature"][-3]) + 1) + "=="  # bits that no byte has
    less = {name: value for name, value in held.items() if name != "algorithm"}
    for raw in (
        changed(algorithm="None"), changed(approved_by="the regulator"), changed(signature=last),
        changed(public_key=held["public_key"] + "\n"), changed(algorithm=["Ed25519"]),
        json.dumps(less, sort_keys=True, separators=(",", ":")).encode() + b"\n",
        b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"', b'{"body":"\\ud800"}', b"9" * 5_000, b"null", b"[]",
        json.dumps({**held, "body": "\ud800"}).encode(),
    ):  # fmt: skip
        copy.write_bytes(raw)
        assert what_is_wrong(copy, key) is not None, raw[:60]
        done = what_is_wrong(copy.with_suffix(".html"), key)
        assert done is not None


def test_a_forged_report_is_not_valid_where_no_key_is_known(room: Room, report: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from prentice.deid.commands import deid

    ours = json.loads(report.read_bytes())["public_key"]
    forged = tmp_path / "forged.json"
    forged.write_bytes(sign(json.loads(report.read_bytes())["body"], Keyring(tmp_path / "other.json")))

    def said(file: Path, *words: str) -> tuple[int, str]:
        home = {"PRENTICE_HOME": str(tmp_path / "elsewhere")}
        done = CliRunner().invoke(deid, ["verify-report", str(file), *words], env=home)
        return done.exit_code, " ".join(done.output.split())

    code, words = said(forged)
    assert (code, "by whom cannot be told" in words) == (1, True)
    assert said(report)[0] == 1
    assert said(report, "--public-key", ours)[0] == 0
    assert said(forged, "--public-key", ours)[0] == 1
    assert said(report, "--public-key", "x")[0] == 2


@pytest.mark.parametrize("moment", ["before it", "half of it", "before its page"])
def test_a_run_killed_over_its_report_gets_it_with_the_next(
    room: Room, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    from prentice.deid import report as reports

    class Killed(BaseException):
        pass

    folder = room.home / "deid" / "reports" / "harbour"
    before = set(folder.glob("*")) if folder.exists() else set()
    real, calls = reports._put, []

    def put(file: Path, content: bytes) -> None:
        calls.append(file)
        if moment == "half of it":
            real(file, content)
            if file.suffix == ".json":
                file.write_bytes(content[: len(content) // 2])  # as a version before this one could leave it
                raise Killed
        elif moment == "before it" or file.suffix == ".json":
            raise Killed
        else:
            real(file, content)

    monkeypatch.setattr(reports, "_put", put)
    with pytest.raises(Killed):
        room.run("harbour")
    monkeypatch.undo()
    run_id = calls[0].stem
    outcome = room.run("harbour")
    assert outcome.resumed == run_id
    new = {path for path in folder.glob("*") if path not in before}
    assert {path.name for path in new} == {
        f"{name}.{kind}" for name in (run_id, outcome.run_id) for kind in ("json", "html")
    }
    for path in new:
        assert what_is_wrong(path, known_key(room.keyring)) is None
    assert room.run("harbour").resumed is None


def test_a_write_that_is_killed_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prentice.deid import report as reports

    class Killed(BaseException):
        pass

    def die(descriptor: int) -> None:
        raise Killed

    file = tmp_path / "a.json"
    reports._put(file, b"whole")
    monkeypatch.setattr("os.fsync", die)
    with pytest.raises(Killed):
        reports._put(file, b"other")
    assert file.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [file]
