"""Findings: what a note affirms comes out, what it denies, doubts or says of a relative does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prentice.deid.findings import Finding, extract, extract_many, terms

DRY, PSC, NS, CC = (
    "dry eye",
    "posterior subcapsular cataract",
    "nuclear sclerotic cataract",
    "cortical cataract",
)
PVD, AMD, MGD, RD = (
    "posterior vitreous detachment",
    "age-related macular degeneration",
    "meibomian gland dysfunction",
    "retinal detachment",
)


def _said(text: str) -> dict[str, str]:
    return {found.term: ("R" if found.right else "") + ("L" if found.left else "") for found in extract(text)}


def test_the_vocabulary_is_as_large_as_promised_and_says_each_thing_once() -> None:
    assert len(terms()) >= 300
    forms = [form.lower() for several in terms().values() for form in several if form != form.upper()]
    assert len(forms) == len(set(forms))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PSC LE, NS OU", {PSC: "L", NS: "RL"}),
        ("DED OU, SPK gr 1 RE>LE", {DRY: "RL", "superficial punctate keratitis": "RL"}),
        ("Dry eyes, worse pm", {DRY: ""}),
        ("RE: NS 2+, ERM. LE: pseudophakic", {NS: "R", "epiretinal membrane": "R", "pseudophakia": "L"}),
        ("R NS, L PSC", {NS: "R", PSC: "L"}),
        ("Right cataract, left aphakic", {"cataract": "R", "aphakia": "L"}),
        ("MGD gr 2 R>L. No RD, PVD LE old", {MGD: "RL", PVD: "L"}),
        (
            "Dry AMD OS, wet AMD OD",
            {"dry age-related macular degeneration": "L", "wet age-related macular degeneration": "R"},
        ),
        (
            "POAG on Xalatan, CL intolerance",
            {"primary open angle glaucoma": "", "contact lens intolerance": ""},
        ),
        ("keratoconus bilateral, arcus", {"keratoconus": "RL", "arcus senilis": ""}),
        ("Mod NPDR OU", {"non-proliferative diabetic retinopathy": "RL"}),
        ("Accomm SOT RE 15", {"esotropia": "R"}),
        ("Known lazy eye LE", {"amblyopia": "L"}),
        ("Mum reports squint LE", {"strabismus": "L"}),
        ("VA 6/9 R 6/12 L, NS OU", {NS: "RL"}),
        ("Cataract RE -1.00/-0.50x90", {"cataract": ""}),
    ],
)
def test_an_affirmed_finding_comes_with_its_eyes(text: str, expected: dict[str, str]) -> None:
    said = _said(text)
    if "-1.00" in text:  # whose prescription it is does not say whose cataract, but either reading is right
        assert said.keys() == expected.keys()
    else:
        assert said == expected


@pytest.mark.parametrize(
    "text",
    [
        "no RD",
        "No holes, tears or RD",
        "nil floaters",
        "denies flashes, floaters, diplopia",
        "without PVD",
        "neg for keratoconus",
        "RAPD -ve",
        "cataract: nil",
        "PVD not seen",
        "no signs of glaucoma or AMD",
        "no evidence of DMO",
        "No MGD",
        "pterygium absent",
        "?PVD",
        "? early AMD",
        "r/o RD",
        "query glaucoma",
        "suspect keratoconus",
        "suspected POAG LE",
        "glaucoma suspect",
        "possible CRVO",
        "RTC if flashes or floaters",
        "RD warning given",
        "risk of RD",
        "cataract?",
        "to exclude GCA",
        "FH glaucoma",
        "FOH: AMD",
        "mother has AMD",
        "family history of keratoconus",
        "glaucoma (father)",
        "brother amblyopic",
        "CC: blurred",
        "12 MILL RD",
        "DR SMITH",
        "ns bd",
        "myopia OU",
        "VA cc 6/6",
    ],
)
def test_what_is_denied_doubted_a_relatives_or_another_word_does_not(text: str) -> None:
    assert extract(text) == ()


def test_negation_ends_where_its_list_ends() -> None:
    assert _said("No flashes, few floaters") == {"floaters": ""}
    assert _said("no diplopia but ptosis RE") == {"ptosis": "R"}
    assert _said("FH glaucoma. Dry eye OU") == {DRY: "RL"}
    assert _said("Ant bleph c collarettes ?Demodex OU").keys() == {"blepharitis"}
    assert _said("?wet AMD LE: SRF on OCT") == {"subretinal fluid": "L"}


def test_a_term_is_said_once_with_all_its_eyes() -> None:
    assert extract("NS RE gr 2. NS LE gr 1") == (Finding(NS, True, True),)


def test_many_are_as_one_each() -> None:
    texts = ["PSC LE", "", "NAD"]
    assert extract_many(texts) == [extract(text) for text in texts]


@given(
    st.lists(
        st.sampled_from(
            [*list(terms())[:80], "no", "?", ",", ".", "RE", "LE", "FH", "Whitlock", "12/3/48", "é↓"]
        ),
        max_size=12,
    ).map(" ".join)
    | st.text(max_size=120)
)
@settings(max_examples=200, deadline=None)
def test_nothing_but_the_vocabularys_labels_ever_comes_out(text: str) -> None:
    assert {found.term for found in extract(text)} <= terms().keys()
