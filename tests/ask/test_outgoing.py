"""No identifier leaves, whatever field it stands in; names of goods, codes and figures stay as they are."""

from __future__ import annotations

import doctest
import importlib

import pytest

from prentice.ask import outgoing
from prentice.ask.contract import Answer, Citation, Column, Understood
from prentice.ask.identifiers import without_identifiers


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("email", "jo.bloggs@example.com"),
        ("email", "Jo+lens@mail.practice.co.uk"),
        ("email", "jo@\u200bexample.com"),
        ("phone", "020 7946 0018"),
        ("phone", "07700 900123"),
        ("phone", "07700900123"),
        ("phone", "+44 7700 900123"),
        ("phone", "+44 (0)20 7946 0018"),
        ("phone", "(312) 555-0148"),
        ("phone", "312-555-0148"),
        ("phone", "312.555.0148"),
        ("nhs_number", "943 476 5919"),
        ("nhs_number", "943-476-5919"),
        ("nhs_number", "9434765919"),
        ("ssn", "123-45-6789"),
        ("ni_number", "AB123456C"),
        ("ni_number", "AB 12 34 56 C"),
        ("card", "4111 1111 1111 1111"),
        ("card", "4111111111111111"),
        ("card", "3782-822463-10005"),
        ("iban", "GB33BUKB20201555555555"),
        ("iban", "GB33 BUKB 2020 1555 5555 55"),
        ("medicare", "1EG4-TE5-MK73"),
        ("ip", "192.168.10.7"),
        ("ip", "2001:db8:0:0:0:0:0:1"),
        ("ip", "fe80::1ff:fe23:4567:890a"),
        ("url", "https://joe:secret@evil.example/x"),
        ("url", "https://x.example/?token=abc123"),
    ],
)
def test_an_identifier_is_withheld_in_the_middle_of_a_name(kind: str, text: str) -> None:
    clean, found = without_identifiers(outgoing.visible(f"Case for {text}, blue"), "[withheld]")
    assert clean == "Case for [withheld], blue"
    assert [k for k, _ in found] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        *("Tom Ford", "Oliver Peoples", "Paul Smith", "Callum Reid", "D'Angelo O'Neil", "ic! berlin"),
        *("8053672000001", "805289126577", "05012345678900", "0RX5228-2000-53", "RB2140 901/51 50-22"),
        *("-2.00/-0.75x180 add 2.00", "+1.25 -0.50 x 90", "52-18-140", "8.6 / 14.2", "1.67 MR-7"),
        *("2026-10-31", "01/04/2026 to 31/03/2027", "2026-Q3", "10:30-11:00", "2026-10-01T10:00:00+00:00"),
        *("\u00a31,204,567.80", "$12,345,678.90", "1234567890123", "65 of 6,968", "12.5% of 1,000,000"),
        *("ORD-2026-000123", "PO 10234", "F-1", "c-harbour-optics", "550e8400-e29b-41d4-a716-446655440000"),
        *("AquaVue Daily 30 @ counter", "5 @ 20", "Version 1.2.3", "ratio 3:2", "R&B", "size 10 20 30 40"),
        "4111 1111 1111 1112",  # a wrong check digit: no card
    ],
)
def test_names_codes_figures_and_dates_stay(text: str) -> None:
    assert without_identifiers(text, "[withheld]") == (text, ())
    assert outgoing.text(text) == text


def test_every_field_of_an_answer_is_looked_at() -> None:
    mark = "jo@example.com"
    answer = Answer(
        kind="analytics",
        answer=f"Top is {mark}.",
        query={"filters": [{"field": "brand", "value": mark}]},
        parameters={"p1": mark},
        columns=[Column(name="brand", role="dimension"), Column(name="revenue", role="metric")],
        rows=[[mark, 5.0], ["Tom Ford", 4.0]],
        citations=[Citation(id="1", title=mark, source=mark, quote=mark)],
        chart={"layer": [{"data": {"values": [{"name": mark, "value": 5}]}}]},
        steps=[mark],
        alternatives=[f"Revenue of {mark}"],
        notes=[f"Without {mark}"],
        understood=[Understood(slot="filter", words=mark, options=[f"only {mark}"])],
        follow_ups=[mark],
        next_step=mark,
    )
    told = outgoing.passed(answer)
    assert mark not in told.answer.model_dump_json()
    assert told.withheld == {"email": 1}, "the same one in many places is one"
    assert told.answer.rows == [["[withheld]", 5.0], ["Tom Ford", 4.0]]
    assert told.answer.notes[-1].startswith("1 identifier was withheld")


def test_an_answer_without_identifiers_is_given_back_itself() -> None:
    answer = Answer(kind="analytics", answer="Revenue was £5.", rows=[["Tom Ford", 5.0]], notes=["A note."])
    assert outgoing.passed(answer).answer is answer


def test_a_product_code_is_no_telephone_number() -> None:
    columns = [Column(name="sku", role="dimension"), Column(name="units_sold", role="metric")]
    answer = Answer(
        kind="analytics", answer="Top is 07700900123.", columns=columns, rows=[["07700900123", 5]]
    )
    assert outgoing.passed(answer).answer is answer


def test_signs_that_steer_go_and_joiners_of_letters_stay() -> None:
    assert outgoing.text("Ray\u202e-Ban\x1b[31m\nNew\u2028Line\ufeff") == "Ray-Ban[31m New Line"
    assert outgoing.text("\N{MAN}\u200d\N{PERSONAL COMPUTER}") == "\N{MAN}\u200d\N{PERSONAL COMPUTER}"


@pytest.mark.parametrize(
    "name",
    [
        *("guard", "outgoing", "identifiers", "disguise", "disguise.lookalikes", "disguise.known"),
        *("injection.rules", "injection.features"),
    ],
)
def test_what_the_docstrings_show_is_so(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"prentice.ask.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
