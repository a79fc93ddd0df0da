"""The signed report, the risk it states, and the extract for use outside."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest

from prentice.deid.report import what_is_wrong
from prentice.deid.risk import generalised
from prentice.ops.secrets import Keyring

from .room import Room


@pytest.fixture(scope="module")
def report(room: Room) -> Path:
    found = room.run("harbour").report
    assert found is not None
    return Path(found)


def test_a_report_and_its_page_are_valid_as_they_were_written(room: Room, report: Path) -> None:
    assert what_is_wrong(report, room.keyring) is None
    assert what_is_wrong(report.with_suffix(".html"), room.keyring) is None


def test_any_altered_byte_is_found(room: Room, report: Path, tmp_path: Path) -> None:
    raw = report.read_bytes()
    copy = tmp_path / "report.json"
    chance = random.Random(7)
    for place in [0, len(raw) - 1, *(chance.randrange(len(raw)) for _ in range(300))]:
        changed = bytearray(raw)
        changed[place] ^= 1 << chance.randrange(7)
        copy.write_bytes(changed)
        assert what_is_wrong(copy, room.keyring) is not None, place
    for other in (raw + b"\n", raw[:-1], b"", b"[]", json.dumps(json.loads(raw), indent=1).encode()):
        copy.write_bytes(other)
        assert what_is_wrong(copy, room.keyring) is not None
    page = report.with_suffix(".html")
    copy.write_bytes(raw)
    copy.with_suffix(".html").write_text(page.read_text("utf-8").replace("passed", "passed ", 1), "utf-8")
    assert what_is_wrong(copy.with_suffix(".html"), room.keyring) is not None


def test_a_report_signed_with_another_key_is_not_taken_for_ours(
    room: Room, report: Path, tmp_path: Path
) -> None:
    from prentice.deid.report import sign

    forged = tmp_path / "forged.json"
    body = json.loads(report.read_bytes())["body"]
    forged.write_bytes(sign(body, Keyring(tmp_path / "other.json")))
    assert what_is_wrong(forged) is None
    assert what_is_wrong(forged, room.keyring) is not None


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


def test_an_extract_has_no_group_under_k_and_no_code(room: Room, tmp_path: Path) -> None:
    from prentice.deid.commands import _extract

    folder = tmp_path / "out"
    told = _extract(room.practice("harbour"), folder, 11)
    people = pl.read_parquet(folder / "persons.parquet")
    assert told["persons"] == len(people) > 0
    assert told["persons"] + told["left_out"] == room.run("harbour").persons
    quasi = ["age_group", "country", "us_state", "contact_lens_wearer", "nhs_exempt", "refractive_group"]
    assert people.group_by(quasi).len()["len"].min() >= 11  # type: ignore[operator]
    assert told["smallest_group"] >= 11
    assert "person_id" not in people.columns
    assert (folder / "persons.csv").read_text().count("\n") == len(people) + 1


def test_who_stands_alone_gives_up_more_than_who_does_not() -> None:
    many = {
        "age_group": "30-39",
        "country": "France",
        "us_state": None,
        "contact_lens_wearer": "true",
        "nhs_exempt": None,
        "refractive_group": "myopia",
    }
    rest = {
        "recall_overdue": False,
        "has_prescription": True,
        "has_add": False,
        "mean_sphere_from": -1,
        "orders_at_most_10": 1,
        "spend_from": 0,
    }
    rows = (
        [many | rest] * 12
        + [many | rest | {"refractive_group": "none"}] * 11
        + [many | rest | {"country": "Spain"}] * 3
    )
    kept, left_out = generalised(pl.DataFrame(rows, infer_schema_length=None), 11)
    assert (len(kept), left_out) == (23, 3)
    assert set(kept["refractive_group"]) == {"myopia", "none"}
