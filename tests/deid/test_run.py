"""Runs on a real source: what the copy holds, what changes, what goes, what stops."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from warehouse.hosts import at_database

from prentice.deid.run import audit_practice
from prentice.errors import IdentifierFound, NotVerified, PolicyGap, RunUnderWay

from .room import TABLES, Room

UK = "c-harbour-optics"


@pytest.fixture(scope="module")
def copied(room: Room) -> Room:
    room.run("harbour")
    room.run("bluebird")
    return room


def token(room: Room, patient: str, slug: str = "harbour") -> str | None:
    """The code of a patient, found as only whoever holds the vault and its key can."""
    from prentice.deid.lookup import Prf
    from prentice.deid.practice import lookup_key

    practice = room.practice(slug)
    lookup = Prf(lookup_key(room.keyring, practice.scope.tenant_id)).of([patient])[0].tobytes()
    with room.vault(slug) as vault:
        row = vault.execute(
            f"select token from t_{practice.scope.tenant_id}.person where lookup = %s", [lookup]
        ).fetchone()
    return row[0].hex() if row else None


def test_the_copy_has_everybody_once_and_no_one_who_is_deleted(copied: Room) -> None:
    with copied.source() as source, copied.reader("harbour") as reader:
        (there,) = source.execute(
            "select count(*) from patients where company_id = %s and deleted_at is null", [UK]
        ).fetchone() or (0,)
        row = reader.execute("select count(*), count(distinct person_id) from person").fetchone()
        info = reader.execute("select copied_on, persons from copy_info").fetchone()
    assert row == (there, there)
    assert info == (date(2026, 10, 31), there)


def test_facts_of_one_person_are_those_of_the_source(copied: Room) -> None:
    with copied.source() as source:
        row = source.execute(
            """select p.id from patients p where p.company_id = %s and p.deleted_at is null
               and exists (select from orders o where o.patient_id = p.id and o.lens_type = 'progressive'
                           and o.deleted_at is null)
               and exists (select from prescriptions r where r.patient_id = p.id) order by p.id
               limit 1""",
            [UK],
        ).fetchone()
        assert row is not None
        (patient,) = row
        rx = source.execute(
            """select od_sphere, od_cylinder, od_add, os_sphere, os_cylinder, os_add from prescriptions
               where patient_id = %s and deleted_at is null order by issue_date desc limit 1""",
            [patient],
        ).fetchone()
        spend = source.execute(
            """select extract(year from transaction_date)::int, sum(total_amount - tax_amount) from
            pos_transactions
               where patient_id = %s and payment_status = 'completed' group by 1 order by 1""",
            [patient],
        ).fetchall()
    with copied.reader("harbour") as reader:
        code = token(copied, patient)
        person = reader.execute(
            "select mean_sphere, worse_se, max_cylinder, has_add from person where person_id = %s", [code]
        ).fetchone()
        kinds = reader.execute(
            "select distinct lens_type from order_year where person_id = %s", [code]
        ).fetchall()
        spent = reader.execute(
            "select year, spend from person_year where person_id = %s and spend <> 0 order by 1", [code]
        ).fetchall()
    assert rx is not None
    assert person is not None
    right, left = rx[0] + (rx[1] or Decimal(0)) / 2, rx[3] + (rx[4] or Decimal(0)) / 2
    assert person[0] == (rx[0] + rx[3]) / 2
    assert person[1] == (right if abs(right) >= abs(left) else left)
    assert person[2] == max((abs(c) for c in (rx[1], rx[4]) if c is not None), default=None)
    assert person[3] == any((add or 0) > 0 for add in (rx[2], rx[5]))
    assert ("progressive",) in kinds
    assert spent == [row for row in spend if row[1] != Decimal(0)]


def test_a_run_with_nothing_changed_keeps_every_code_and_row(copied: Room) -> None:
    before = {table: copied.rows("harbour", table) for table in TABLES}
    again = copied.run("harbour")
    assert (again.kind, again.new, again.changed, again.gone) == ("incremental", 0, 0, 0)
    assert {table: copied.rows("harbour", table) for table in TABLES} == before


@pytest.mark.parametrize(
    "change",
    [
        "update orders set lens_type = 'bifocal', lens_material = 'glass' "
        "where id = (select id from orders o where patient_id = %(p)s limit 1)",
        "delete from orders where id = (select id from orders where patient_id = %(p)s limit 1)",
        "update eye_examinations set notes = 'Bilateral dry eye. Keratoconus RE' where patient_id = %(p)s",
        "update pos_transactions set payment_status = 'refunded' where patient_id = %(p)s",
        "update prescriptions set od_sphere = -9.25, os_sphere = -9.5 where patient_id = %(p)s",
        "update patients set date_of_birth = '01/02/1931', contact_lens_wearer = not contact_lens_wearer "
        "where id = %(p)s",
        "update clinical_notes set content = 'Primary open angle glaucoma OU' where patient_id in "
        "(select u.id from users u join patients p on p.email = u.email where p.id = %(p)s)",
    ],
)
def test_what_changes_in_the_source_changes_in_the_copy_as_a_full_run_would_make_it(
    copied: Room, change: str
) -> None:
    with copied.source() as source:
        row = source.execute(
            """select p.id from patients p where company_id = %s and deleted_at is null
               and exists (select from orders o where o.patient_id = p.id and o.deleted_at is null)
               and exists (select from pos_transactions t where t.patient_id = p.id)
               and exists (select from users u join clinical_notes n on n.patient_id = u.id
                           where u.email = p.email)
               and exists (select from prescriptions r where r.patient_id = p.id) order by p.id
               limit 1""",
            [UK],
        ).fetchone()
        assert row is not None
        assert source.execute(change.encode(), {"p": row[0]}).rowcount > 0
    quick = copied.run("harbour")
    assert quick.kind == "incremental"
    made = {table: copied.rows("harbour", table) for table in TABLES}
    copied.run("harbour", full=True)
    assert {table: copied.rows("harbour", table) for table in TABLES} == made


def test_a_patient_deleted_in_the_source_is_gone_from_copy_and_vault(copied: Room) -> None:
    with copied.source() as source:
        one, two = (
            row[0]
            for row in source.execute(
                "select id from patients where company_id = %s and deleted_at is null "
                "order by id desc limit 2",
                [UK],
            )
        )
        codes = {token(copied, one), token(copied, two)}
        assert None not in codes
        for table in ("orders", "prescriptions", "eye_examinations", "pos_transactions"):
            source.execute(f"alter table {table} disable trigger all".encode())
        source.execute("alter table patients disable trigger all")
        source.execute("delete from patients where id = %s", [one])  # its orders stay behind, of nobody
        source.execute("update patients set deleted_at = now() where id = %s", [two])
    outcome = copied.run("harbour")
    assert outcome.gone == 2
    assert (token(copied, one), token(copied, two)) == (None, None)
    for table in TABLES:
        assert not codes & {row[0] for row in copied.rows("harbour", table)}


def test_a_new_patient_gets_a_code_of_their_own_and_a_returned_one_a_new_one(copied: Room) -> None:
    with copied.source() as source:
        row = source.execute(
            "select id from patients where company_id = %s and deleted_at is null order by id limit 1", [UK]
        ).fetchone()
        assert row is not None
        before = token(copied, row[0])
        source.execute("update patients set deleted_at = now() where id = %s", row)
        copied.run("harbour")
        source.execute("update patients set deleted_at = null where id = %s", row)
        outcome = copied.run("harbour")
    assert outcome.new == 1
    assert token(copied, row[0]) not in (None, before)


def test_a_birthday_and_a_recall_reach_the_copy_with_the_day(copied: Room) -> None:
    with copied.source() as source:
        row = source.execute(
            """update patients set date_of_birth = '1986-11-02', next_examination_due = '2026-11-01'
               where id = (select id from patients where company_id = %s and deleted_at is null
                           order by id limit 1)
               returning id""",
            [UK],
        ).fetchone()
    assert row is not None
    seen = []
    for day in (date(2026, 11, 1), date(2026, 11, 2)):
        copied.run("harbour", today=day)
        with copied.reader("harbour") as reader:
            seen.append(
                reader.execute(
                    "select age_group, recall_overdue from person where person_id = %s",
                    [token(copied, row[0])],
                ).fetchone()
            )
    copied.run("harbour")
    assert seen == [("30-39", False), ("40-49", True)]


def test_rotation_gives_everybody_a_new_code_and_changes_nothing_else(copied: Room) -> None:
    before = {table: copied.rows("harbour", table, codes=False) for table in TABLES}
    codes = {row[0] for row in copied.rows("harbour", "person")}
    outcome = copied.run("harbour", rotate=True)
    assert outcome.kind == "rotation"
    after = {row[0] for row in copied.rows("harbour", "person")}
    assert len(after) == len(codes)
    assert not after & codes
    assert {table: copied.rows("harbour", table, codes=False) for table in TABLES} == before
    assert copied.run("harbour").changed == 0


def test_two_practices_never_share_a_code_and_rows_lie_in_the_order_of_the_code(copied: Room) -> None:
    one, two = ({row[0] for row in copied.rows(slug, "person")} for slug in ("harbour", "bluebird"))
    assert one
    assert two
    assert not one & two
    for slug in ("harbour", "bluebird"):
        with copied.reader(slug) as reader:
            for table in TABLES:
                lie = [
                    code
                    for (code,) in reader.execute(f"select person_id from {table} order by ctid".encode())
                ]
                assert lie == sorted(lie)


def test_states_stand_only_in_the_united_states(copied: Room) -> None:
    with copied.reader("bluebird") as reader:
        places = reader.execute("select distinct country, us_state from person").fetchall()
    with copied.reader("harbour") as reader:
        at_home = reader.execute("select distinct country, us_state from person").fetchall()
    assert {country for country, _ in places} <= {"United States", "unknown"}
    assert any(state and len(state) == 2 for _, state in places)
    assert all(state is None for _, state in at_home)


def test_the_reader_reads_its_own_copy_and_nothing_else(copied: Room) -> None:
    with copied.reader("harbour") as reader:
        for forbidden in (
            "create table anonymised.t (a int)",
            "insert into person (person_id) values ('x')",
            "create temp table t (a int)",
            "create schema s",
            "set default_transaction_read_only = off; delete from person",
        ):
            with pytest.raises(psycopg.errors.Error):
                reader.execute(forbidden.encode())
    from prentice.deid import databases

    tenant, other = (copied.registry.get(slug).id for slug in ("harbour", "bluebird"))
    mine = databases.addresses(copied.platform_url, copied.keyring, tenant).reader
    for elsewhere in (databases.VAULT, databases.copy_database(other)):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(at_database(mine, elsewhere))


def test_an_unknown_column_stops_the_run_with_the_line_that_closes_it(copied: Room) -> None:
    practice = copied.practice("harbour")
    before = copied.rows("harbour", "copy_info")
    with copied.source() as source:
        source.execute("alter table patients add column passport_no text, add column shoe_size numeric")
    try:
        with pytest.raises(PolicyGap) as stopped:
            copied.run("harbour")
        assert "patients.passport_no" in stopped.value.message
        assert "    passport_no: {type: text, rule: drop, identifier: R}\n" in stopped.value.next_step
        assert str(practice.overlay) in stopped.value.next_step
        assert copied.rows("harbour", "copy_info") == before
        practice.overlay.parent.mkdir(parents=True)
        practice.overlay.write_text(audit_practice(practice).to_add)
        copied.run("harbour")
    finally:
        with copied.source() as source:
            source.execute("alter table patients drop column passport_no, drop column shoe_size")
        practice.overlay.unlink(missing_ok=True)


def test_a_changed_type_stops_the_run(copied: Room) -> None:
    with copied.source() as source:
        source.execute("alter table patients alter column vdu_hours_per_day type text")
        try:
            with pytest.raises(PolicyGap, match="vdu_hours_per_day"):
                copied.run("harbour")
        finally:
            source.execute(
                "alter table patients alter column vdu_hours_per_day type numeric(4, 1) "
                "using vdu_hours_per_day::numeric"
            )


@pytest.mark.parametrize(
    "value",
    ["ring 07700 900123", "aoife@inbox.example.net", "DOB 03/08/1956", "WB3 6GT", "Mr Hussain's pair", None],
)
def test_what_looks_like_an_identifier_stops_the_run_naming_the_column_and_not_the_value(
    copied: Room, value: str | None
) -> None:
    with copied.source() as source:
        row = source.execute(
            "select id, coating from orders where company_id = %s and deleted_at is null limit 1", [UK]
        ).fetchone()
        name = source.execute(
            "select name from patients where company_id = %s and deleted_at is null limit 1", [UK]
        ).fetchone()
        assert row is not None
        assert name is not None
        value = value or name[0]
        source.execute("update orders set coating = %s where id = %s", [value, row[0]])
        try:
            with pytest.raises(IdentifierFound) as stopped:
                copied.run("harbour")
        finally:
            source.execute("update orders set coating = %s where id = %s", [row[1], row[0]])
    assert "orders.coating" in str(stopped.value)
    assert value not in str(stopped.value)


def test_a_kind_that_no_list_knows_becomes_other(copied: Room) -> None:
    with copied.source() as source:
        row = source.execute(
            "select id, coating from orders where company_id = %s and deleted_at is null limit 1", [UK]
        ).fetchone()
        assert row is not None
        source.execute("update orders set coating = 'Moonlight' where id = %s", [row[0]])
        copied.run("harbour")
        source.execute("update orders set coating = %s where id = %s", [row[1], row[0]])
    assert "other" in {kinds[4] for kinds in copied.rows("harbour", "order_year")}
    copied.run("harbour")


def test_a_copy_that_does_not_come_to_the_sources_figures_is_not_shown(
    copied: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prentice.deid import transform

    before = copied.rows("harbour", "copy_info")
    real = transform.orders
    monkeypatch.setattr(transform, "orders", lambda batch, codes, kinds: real(batch, codes, kinds).slice(1))
    with pytest.raises(NotVerified, match="orders by kind of lens"):
        copied.run("harbour", full=True)
    assert copied.rows("harbour", "copy_info") == before
    monkeypatch.undo()
    copied.run("harbour")


def test_an_identifier_that_gets_through_is_found_before_anybody_sees_it(
    copied: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prentice.deid import transform

    with copied.source() as source:
        row = source.execute(
            "select city from patients where company_id = %s and city <> '' limit 1", [UK]
        ).fetchone()
    assert row is not None
    real = transform.mapped

    def leaky(column: object, meaning: object) -> object:
        made = real(column, meaning)  # type: ignore[arg-type]
        import pyarrow as pa

        return pa.array([f"in {row[0]}, near" for _ in made]) if meaning.__name__ == "country" else made  # type: ignore[attr-defined]

    monkeypatch.setattr(transform, "mapped", leaky)
    with pytest.raises(NotVerified, match=r"closed list of person\.country.*stored identifiers"):
        copied.run("harbour", full=True)
    monkeypatch.undo()
    assert row[0] not in repr([copied.rows("harbour", table) for table in TABLES])


def test_two_runs_of_one_practice_do_not_meet(copied: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from prentice.deid import databases, vault

    practice = copied.practice("harbour")
    places = databases.addresses(copied.platform_url, copied.keyring, practice.scope.tenant_id)
    monkeypatch.setattr(vault, "_WAIT_S", 0.2)
    with vault.opened(places.vault, practice.scope.tenant_id), pytest.raises(RunUnderWay):
        copied.run("harbour")
    copied.run("harbour")


def test_the_command_line_runs_reads_and_verifies(copied: Room) -> None:
    import json

    folder = copied.home / "extract"
    words = ("deid", "run", "--tenant", "harbour", "--json", "--min-k", "11", "--extract", str(folder))
    done = copied.command(*words)
    assert done.returncode == 0, done.stderr
    assert (folder / "persons.parquet").exists()
    report = json.loads(done.stdout)["report"]
    assert copied.command("deid", "verify-report", report).returncode == 0
    address = copied.command("db", "url", "anonymised", "--tenant", "harbour").stdout.strip()
    with psycopg.connect(address) as reader:
        assert reader.execute("select count(*) > 0 from anonymised.person").fetchone() == (True,)
    audit = json.loads(copied.command("deid", "audit", "--tenant", "harbour", "--json").stdout)
    assert audit["sound"] is True
    assert {line["rule"] for line in audit["columns"] if line["column"] == "nhs_number"} == {"drop"}


def test_a_kept_column_is_held_to_identifying_nobody(copied: Room) -> None:
    practice = copied.practice("harbour")
    practice.overlay.parent.mkdir(parents=True, exist_ok=True)
    practice.overlay.write_text(
        'tables:\n  patients:\n    shelf: {type: text, rule: keep, why: "where the file lies"}\n'
    )
    with copied.source() as source:
        source.execute("alter table patients add column shelf text default 'B-12'")
        try:
            copied.run("harbour")
            source.execute(
                "update patients set shelf = 'ask daughter 01632 960 111' where company_id = %s", [UK]
            )
            with pytest.raises(IdentifierFound, match=r"patients\.shelf"):
                copied.run("harbour")
        finally:
            source.execute("alter table patients drop column shelf")
            practice.overlay.unlink()
    copied.run("harbour")


def test_a_practice_without_patients_has_an_empty_copy(copied: Room) -> None:
    with copied.source() as source:
        source.execute(
            "insert into companies (id, name, type, email) values ('c-new', 'New', 'ecp', 'new@mail.example')"
        )
    copied.add("newly-opened", "c-new")
    assert copied.run("newly-opened").persons == 0
    assert copied.run("newly-opened").persons == 0
    assert copied.rows("newly-opened", "person") == []


def test_a_source_that_cannot_share_its_snapshot_is_counted_in_the_one_session(
    copied: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby cannot export a snapshot."""
    from prentice.deid import run

    monkeypatch.setattr(run, "exported", lambda source: None)
    assert all(check.passed for check in copied.run("harbour", full=True).checks)


def test_a_copy_that_is_not_the_vaults_is_made_anew_whole(copied: Room) -> None:
    """A backup of one of the two databases was put back: nothing may be carried over."""
    with copied.writer("harbour") as writer:
        writer.execute("update anonymised.copy_info set run_id = 'of an older day'")
        writer.execute("delete from anonymised.person_year")
    assert copied.run("harbour").kind == "full"
    assert copied.rows("harbour", "person_year") != []
    assert copied.run("harbour").kind == "incremental"
