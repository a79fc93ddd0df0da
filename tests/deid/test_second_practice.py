"""Another vendor's database: columns of its own, tables missing, other spellings, no foreign keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from second_practice.build import COMPANY_ID, build
from warehouse.hosts import database

from prentice.deid.run import audit_practice
from prentice.embedded import Servers
from prentice.errors import PolicyGap

from .room import Room, open_room


@pytest.fixture(scope="module")
def vista(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("vista")
    home.chmod(0o700)
    with database(servers) as source_url, database(servers) as platform_url:
        build(source_url)
        with open_room(source_url, platform_url, servers.redis_url, home) as room:
            room.add("vista", COMPANY_ID, country="FR", currency="EUR", timezone="Europe/Paris")
            yield room


def test_its_own_columns_stop_the_first_run_and_its_own_tables_do_not(vista: Room) -> None:
    with pytest.raises(PolicyGap) as stopped:
        vista.run("vista")
    assert "carte_vitale: {type: text, rule: drop, identifier: R}" in stopped.value.next_step
    found = audit_practice(vista.practice("vista"))
    assert found.source.others == ("audit_log", "shopify_sync")
    assert "siret" in found.to_add


def test_with_them_decided_it_is_anonymised_and_what_it_does_not_keep_is_absent(vista: Room) -> None:
    practice = vista.practice("vista")
    practice.overlay.parent.mkdir(parents=True, exist_ok=True)
    practice.overlay.write_text(audit_practice(practice).to_add)
    outcome = vista.run("vista")
    assert outcome.persons == 60
    with vista.reader("vista") as reader:
        facts = reader.execute(
            "select distinct country, us_state, contact_lens_wearer, nhs_exempt, recall_overdue, "
            "has_prescription, refractive_group from person"
        ).fetchall()
        ages = {age for (age,) in reader.execute("select distinct age_group from person")}
        kinds = {kind for (kind,) in reader.execute("select distinct lens_type from order_year")}
        glasses = {kind for (kind,) in reader.execute("select distinct lens_material from order_year")}
        (orders,) = reader.execute("select sum(orders) from person_year").fetchone() or (0,)
        (spend,) = reader.execute("select sum(spend) from person_year").fetchone() or (0,)
    with vista.source() as source:
        mine = source.execute(
            "select count(*) from orders where company_id = %s and deleted_at is null", [COMPANY_ID]
        ).fetchone()
        sold = source.execute(
            "select coalesce(sum(total_amount - coalesce(tax_amount, 0)), 0) from pos_transactions t "
            "join patients p on p.id = t.patient_id where t.company_id = %s "
            "and lower(payment_status) = 'completed' "
            "and t.deleted_at is null and transaction_date < '2026-11-01'",
            [COMPANY_ID],
        ).fetchone()
    assert facts == [("unknown", None, False, None, False, False, "none")]
    assert ages >= {"80-89", "70-79"}
    assert kinds == {"single vision", "progressive", "bifocal", "occupational", "reading"}
    assert glasses == {"cr39", "polycarbonate", "hi index 1 67", "hi index 1 60", "trivex"}
    assert (orders,) == mine
    assert (spend,) == sold
    assert vista.run("vista").changed == 0


def test_addresses_numbers_and_dates_in_other_forms_are_read(vista: Room) -> None:
    with vista.source() as source:
        people = [
            row[0]
            for row in source.execute(
                "select id from patients where company_id = %s order by id", [COMPANY_ID]
            )
        ]
        forms = [
            ('"166 Park Pl, Prairie Glen, IL 60085, USA"', "1936-10-31"),
            ('["12 Main St", "Springfield"]', "31.10.86"),
            ('[{"state": "California", "country": "US"}]', "3 August 1956"),
            ('{"state": "ny", "country": "usa", "zip": "10001"}', "08/25/1980"),
            ("null", ""),
        ]
        for person, (address, born) in zip(people, forms, strict=False):
            source.execute(
                "update patients set full_address = %s::jsonb, date_of_birth = %s where id = %s",
                [address, born, person],
            )
    vista.run("vista")
    with vista.reader("vista") as reader:
        places = reader.execute(
            "select country, us_state, age_group from person where country <> 'unknown'"
        ).fetchall()
        unread = reader.execute("select count(*) from person where age_group = 'unknown'").fetchone()
    assert sorted(places) == [
        ("United States", "CA", "70-79"),
        ("United States", "IL", "90+"),
        ("United States", "NY", "unknown"),
    ]
    assert unread == (2,)
