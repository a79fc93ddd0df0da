"""The expert's answers and calculations as cards: marks, box, steps, field, halves; and no tags."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from prentice.ask.compound import joined
from prentice.ask.contract import Answer, Citation, Column
from prentice.ask.knowing import asked_back, solved
from prentice.optics.calculators import calculator
from prentice.optics.words import Missing
from prentice.semantic.model import Catalogue
from prentice.tenancy.scope import TenantScope
from prentice.web.card import Card, card
from prentice.web.page import templates

HARBOUR = TenantScope(
    "aaaaaaaaaaaa", "harbour", "Harbour", "GBP", "GB", "Europe/London", date(2026, 10, 31), "owner"
)
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'


def made(answer: Answer, **more: Any) -> Card:
    answer = answer if answer.trace_id else answer.model_copy(update={"trace_id": "t" * 32})
    return card(answer, asked="?", context=("before",), scope=HARBOUR, catalogue=Catalogue.load(), **more)


def html_of(answer: Answer, **more: Any) -> str:
    return templates.get_template("card.html").render(card=made(answer, **more))


def citation(quote: str, id: str = "a#0", title: str = "Coatings") -> Citation:
    return Citation(id=id, title=title, source=f"Jalie on {title}", quote=quote)


def knowledge(text: str, *cited: Citation, **more: Any) -> Answer:
    return Answer(kind="knowledge", answer=text, citations=list(cited), **more)


def visible(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


ONE, TWO, THREE = (
    citation("It is thin."),
    citation("It is light."),
    citation("It costs more.", "b#1", "Prices"),
)


def test_each_sentence_has_the_number_of_its_passage() -> None:
    said = made(knowledge("It is thin. It is light. It costs more.", ONE, TWO, THREE)).said
    runs = [
        (run.text + run.end, run.source.number if run.source else None) for p in said.paragraphs for run in p
    ]
    assert runs == [("It is thin.", 1), ("It is light.", 1), ("It costs more.", 2)]
    assert [(s.title, s.quotes) for s in said.sources] == [
        ("Coatings", ("It is thin.", "It is light.")),
        ("Prices", ("It costs more.",)),
    ]


def test_a_mark_leads_to_its_source_and_the_list_holds_the_passage() -> None:
    html = html_of(knowledge("It is thin. It costs more.", ONE, THREE))
    for number in (1, 2):
        assert f'href="#s-{"t" * 32}-{number}"' in html
        assert f'id="s-{"t" * 32}-{number}"' in html
    assert "<blockquote>It costs more.</blockquote>" in html
    assert "Jalie on Prices" in html


def test_our_own_words_have_no_mark_and_a_paragraph_of_their_own() -> None:
    answer = knowledge("It is thin. In the United States: It costs more.", ONE, THREE)
    paragraphs = [
        [(run.text + run.end, run.source is not None) for run in p] for p in made(answer).said.paragraphs
    ]
    assert paragraphs == [
        [("It is thin.", True)],
        [("In the United States:", False), ("It costs more.", True)],
    ]
    refused = Answer(
        kind="refusal", code="personal", answer="I cannot tell. In general: It is thin.", citations=[ONE]
    )
    assert [[r.text + r.end for r in p] for p in made(refused).said.paragraphs] == [
        ["I cannot tell."],
        ["In general:", "It is thin."],
    ]


def test_a_citation_whose_words_are_not_in_the_answer_is_listed_without_a_mark() -> None:
    html = html_of(knowledge("It weighs little.", TWO))
    assert 'class="cite"' not in html
    assert "<blockquote>It is light.</blockquote>" in html
    assert visible(html).count("It weighs little.") == 1


def test_urgent_advice_stands_first_under_its_heading_with_or_without_sources() -> None:
    for cited in ((), (ONE,)):
        text = "Seek care now: go to eye casualty today." + (" It is thin." if cited else "")
        html = html_of(knowledge(text, *cited, code="urgent", notes=["General."]))
        assert html.index('class="urgent"') < html.index('class="sentence')
        box = html[html.index('<section class="urgent"') : html.index("</section>")]
        assert visible(box) == "Seek care now Go to eye casualty today."
        assert html.count("Seek care now") == 1


def test_a_calculation_shows_steps_convention_source_and_drawing() -> None:
    used = calculator("prentice")
    html = html_of(solved(used.solve({"rx": "-6.00", "below": 5}), used.title))
    assert "<strong>3.00 Δ base down</strong>" in html
    assert "P = c × F = 0.5 cm × 6.00 D = 3.00 Δ" in html
    assert "<dt>Convention</dt>" in html
    assert "Convention:" not in html
    assert "Long, A matrix formalism" in html
    assert 'class="arrow"' in html
    assert "<dt>Calculator</dt><dd>Prentice&#39;s rule" in html
    assert "SQL" not in html
    assert 'class="sources"' not in html


def test_how_it_was_worked_out_names_passages_and_times() -> None:
    timed = knowledge("It is thin.", ONE, timing_ms={"total": 30.0, "retrieve": 20.0, "plan": 4.0})
    text = visible(html_of(timed))
    assert "Passages Coatings." in text
    assert "30 ms in all (understanding 4 ms, looking up 20 ms)" in text


def test_a_missing_value_has_a_field_that_carries_the_conversation() -> None:
    html = html_of(asked_back(Missing("prentice", {}, ("below",), "How far below, in mm?")))
    form = html[html.index('<form class="value"') :]
    form = form[: form.index("</form>")]
    assert re.findall(r'name="context" value="([^"]*)"', form) == ["before", "?"]
    assert f'aria-labelledby="w-{"t" * 32}"' in form
    assert f'id="w-{"t" * 32}">How far below, in mm?' in html


def counted(**more: Any) -> Answer:
    columns = [
        Column(name="brand", role="dimension", label="Brand"),
        Column(name="units", role="metric", metric="units_sold", unit="units"),
    ]
    return Answer(kind="analytics", answer="Reef: 12.", sql="SELECT 1", columns=columns,
                  rows=[["Reef", 12], ["B", 3]],
                  definitions={"units_sold": "Units."}, **more)  # fmt: skip


def test_both_halves_stand_with_their_own_evidence() -> None:
    both = joined([counted(), knowledge("It is thin.", ONE)])
    html = html_of(both)
    first, second = html.split('<div class="half ')[1:]
    assert "<table>" in first
    assert 'class="cite"' not in first
    assert 'class="cite"' in second
    assert "<table>" not in second
    assert html.count("It is thin.") == 2  # the passage of its mark, and of the list
    assert "SELECT 1" in html
    assert "<dt>Passages</dt>" in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_the_chart_of_a_compound_answer_stands_in_the_half_it_belongs_to() -> None:
    both = joined([knowledge("It is thin.", ONE), counted(chart={"mark": "bar"})])
    halves = made(both, chart=["<svg>bars</svg>"]).halves
    assert [half.chart for half in halves] == [(), ("<svg>bars</svg>",)]


def test_two_drawings_on_a_page_have_ids_of_their_own() -> None:
    used = calculator("transpose")
    one = solved(used.solve({"rx": "-2.00 +1.00 x 30"}), used.title)
    pages = [html_of(one.model_copy(update={"trace_id": trace})) for trace in ("a" * 32, "b" * 32)]
    ids = [i for page in pages for i in re.findall(r'\bid="([^"]+)"', page)]
    assert len(ids) == len(set(ids))


def test_no_text_of_the_expert_becomes_a_tag() -> None:
    cited = Citation(id=HOSTILE, title=HOSTILE, source=HOSTILE, quote=HOSTILE)
    hostile = knowledge(f"{HOSTILE} {HOSTILE}", cited, code="urgent", steps=[HOSTILE], trace_id=HOSTILE,
                        drawing={"kind": "base", "degrees": 1.0, "length": 1.0, "eye": HOSTILE})  # fmt: skip
    for answer in (hostile, joined([hostile, counted()]), asked_back(Missing("x", {}, ("y",), HOSTILE))):
        html = html_of(answer)
        assert "<script" not in html
        assert "49" not in html
