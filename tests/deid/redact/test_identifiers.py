"""Each kind of identifier in its forms, beside what looks like it; and what the redactor promises as a
function.
"""

from __future__ import annotations

import doctest
import importlib

import pytest

from prentice.deid.redact import Redactor, Span


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ID", "943 476 5919"),
        ("ID", "4111 1111 1111 1111"),
        ("ID", "219-09-9999"),
        ("ID", "QQ 12 34 56 C"),
        ("ID", "AB12 CDE"),
        ("PHONE", "07700 900 123"),
        ("PHONE", "(555) 867-5309"),
        ("PHONE", "+44 (0)7700 900123"),
        ("PHONE", "020 7946 0321"),
        ("EMAIL", "a.b@c.example"),
        ("EMAIL", "jo at example dot com"),
        ("EMAIL", "jo [at] example.org"),
        ("URL", "https://example.org/a?b=1"),
        ("URL", "www.example.com"),
        ("IP", "10.1.2.3"),
        ("IP", "2001:db8::8a2e:370:7334"),
        ("DATE", "12/3/48"),
        ("DATE", "12.03.1948"),
        ("DATE", "March 12th"),
        ("DATE", "12 Mar"),
        ("DATE", "Mar 2024"),
        ("DATE", "Mon 3rd"),
        ("DATE", "2024-03-12"),
        ("DATE", "3rd of May 2021"),
        ("AGE", "92yo"),
        ("AGE", "101 years old"),
        ("LOCATION", "SW1A 1AA"),
        ("LOCATION", "14 Mill Lane"),
        ("LOCATION", "Harrogate"),
        ("NAME", "Dr van der Berg"),
    ],
)
def test_an_identifier_goes_with_its_type(redactor: Redactor, kind: str, value: str) -> None:
    text = f"noted {value}, stable"
    assert redactor.redact(text).redacted == f"noted [{kind}], stable"


@pytest.mark.parametrize(
    "value",
    [
        "943 476 5918 lenses",
        "2/52",
        "6/12",
        "1/7",
        "20/20",
        "14:30",
        "1948",
        "89yo",
        "aged 45",
        "£93",
        "3&9 staining",
        "90D lens",
    ],
)
def test_what_looks_like_one_stays(redactor: Redactor, value: str) -> None:
    text = f"noted {value}, stable"
    if value.startswith(
        "943"
    ):  # not an NHS number by its check digit: it is a telephone number then, not an id
        assert redactor.redact(text).spans[0].type == "PHONE"
    else:
        assert redactor.redact(text).redacted == text


def test_a_word_is_a_name_where_the_patient_has_it(redactor: Redactor) -> None:
    text = "Grace saw the bridge, young for 60"
    assert redactor.redact(text).redacted == text
    told = "Grace rang; Mr Bridge, Grace Bridge and the bridge"
    assert (
        redactor.redact(told, {"name": "Grace Bridge"}).redacted
        == "[NAME] rang; [NAME], [NAME] and the bridge"
    )


def test_a_model_can_be_plugged_in() -> None:
    def model(text: str) -> list[Span]:
        return [Span(0, 4, "NAME")]

    assert Redactor(ner=model).redact("xyzq was here").redacted == "[NAME] was here"


def test_columns_that_are_unknown_or_empty_do_no_harm(redactor: Redactor) -> None:
    patient = {
        "name": None,
        "shoe": "Brogue",
        "tags": ["x", 1],
        "full_address": {"line1": "", "n": 3},
        "age": 4,
        "vip": True,
    }
    assert redactor.redact("Brogue shoes, R -1.00", patient).redacted == "[ID] shoes, R -1.00"


def test_many_come_in_order_in_two_processes(redactor: Redactor) -> None:
    texts = [(f"Seen by Dr Whitlock, order ORD-{number:05}", None) for number in range(700)]
    here = list(redactor.redact_many(texts))
    assert list(redactor.redact_many(texts, processes=2)) == here
    assert len(here) == 700


@pytest.mark.parametrize(
    "name",
    [
        "redact.spans",
        "redact.checksums",
        "redact.gazetteer",
        "redact.addresses",
        "redact.collocations",
        "redact.eponyms",
        "redact.redactor",
        "findings.vocabulary",
        "findings.context",
        "findings.extract",
    ],
)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"prentice.deid.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
