"""What a person does with the page: ask, correct, carry on, go back, take away; by keyboard too."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.conftest import Open, ask, card_of

TOP3 = "What were our top 3 selling frames last month?"


def cards(page: Page) -> list[str]:
    """The questions of the cards, newest first."""
    return page.locator(".thread .card .question").all_inner_texts()


def test_the_stages_are_told_while_it_works_and_the_answer_read_out_at_the_end(opened: Open) -> None:
    page = opened()
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() =>
            window.told.push(document.querySelector('.stages').textContent)
        ).observe(document.querySelector('.stages'), {childList: true}); }"""
    )
    ask(page, TOP3)
    told = page.evaluate("window.told")
    seen = " ".join(told)
    for words in ("Understanding", "Understood", "Counting", "Checking"):
        assert words in seen
    assert told[-1] == page.inner_text(".card .sentence")
    assert page.get_attribute(".stages", "role") == "status"


def test_the_number_stands_in_bold_in_the_sentence(opened: Open) -> None:
    page = opened()
    ask(page, "Show me today's revenue")
    assert page.inner_text(".card .sentence strong").startswith("£")


def test_a_suggestion_is_asked_with_one_click(opened: Open) -> None:
    page = opened()
    first = page.locator(".suggestions button").first
    question = first.inner_text()
    first.click()
    card_of(page, question)
    expect(page.locator(".suggestions")).to_be_hidden()


def test_a_chip_is_corrected_with_the_keyboard_alone_and_takes_the_answers_place(opened: Open) -> None:
    page = opened()
    ask(page, TOP3)
    chip = page.locator(".chip summary").filter(has_text="September 2026")
    chip.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    option = page.evaluate("document.activeElement.value")
    assert option
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()
    assert not page.locator(".chip[open]").count()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    card_of(page, option)
    assert cards(page) == [option]


def test_one_menu_is_open_at_a_time_and_a_click_elsewhere_closes_it(opened: Open) -> None:
    page = opened()
    ask(page, TOP3)
    page.locator(".chip summary").nth(0).click()
    page.locator(".chip summary").nth(1).click()
    expect(page.locator(".chip[open]")).to_have_count(1)
    page.locator(".sentence").click(position={"x": 2, "y": 2}, force=True)
    expect(page.locator(".chip[open]")).to_have_count(0)


def test_a_follow_up_leans_on_the_question_before_and_a_new_question_does_not(opened: Open) -> None:
    page = opened()
    ask(page, "What was our revenue last month?")
    ask(page, "and by brand?")
    assert cards(page) == ["and by brand?", "What was our revenue last month?"]
    chips = page.locator(".card").first.locator(".chip").all_inner_texts()
    assert any("by brand" in chip for chip in chips)
    assert any("September 2026" in chip for chip in chips)
    page.get_by_role("link", name="New question").click()
    page.wait_for_url("**/?tenant=harbour-optics")
    assert page.locator("form.ask [name=context]").count() == 0


def test_a_follow_up_button_carries_the_context(opened: Open) -> None:
    page = opened()
    ask(page, "What was our revenue last month?")
    page.get_by_role("list", name="Follow-ups").get_by_role("button").first.click()
    expect(page.locator(".card")).to_have_count(2)
    assert "September 2026" in page.locator(".card").first.inner_text()


def test_the_history_is_kept_searched_walked_and_per_practice(opened: Open) -> None:
    page = opened()
    ask(page, "What was our revenue last month?")
    ask(page, TOP3)
    page.reload()
    side = page.get_by_role("complementary", name="Earlier questions")
    assert side.locator(".days h2").all_inner_texts() == ["Today"]
    assert side.locator(".days button").all_inner_texts() == [TOP3, "What was our revenue last month?"]
    page.fill("#find", "REVENUE")
    assert side.locator(".days button").all_inner_texts() == ["What was our revenue last month?"]
    page.press("#find", "ArrowDown")
    page.keyboard.press("Enter")
    card_of(page, "What was our revenue last month?")
    page.focus("#question")
    page.keyboard.type("half a thou")
    page.keyboard.press("ArrowUp")
    assert page.input_value("#question") == "What was our revenue last month?"
    page.keyboard.press("ArrowUp")
    assert page.input_value("#question") == TOP3
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#question") == "half a thou"
    page.goto("/?tenant=bluebird-eyecare")
    expect(page.locator(".history")).to_be_hidden()
    page.goto("/?tenant=harbour-optics")
    page.get_by_role("button", name="Clear this list").click()
    expect(page.locator(".history")).to_be_hidden()


def test_a_slash_comes_back_to_the_box_unless_switched_off(opened: Open) -> None:
    page = opened()
    ask(page, "What was our revenue last month?")
    page.locator(".working summary").focus()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    assert page.input_value("#question") == ""
    page.keyboard.type("a/b")
    assert page.input_value("#question") == "a/b"
    page.locator(".slash").uncheck()
    page.reload()
    page.locator(".mark").focus()
    page.keyboard.press("/")
    expect(page.locator("#question")).not_to_be_focused()


def test_a_table_is_sorted_by_a_click_and_unfolded_by_another(opened: Open) -> None:
    page = opened()
    ask(page, "Break down revenue by category")
    names = page.locator(".card tbody th")
    assert names.count() > 10
    assert names.nth(9).is_visible()
    assert not names.nth(10).is_visible()
    page.get_by_role("columnheader", name="Category").get_by_role("button").click()
    sorted_names = names.all_inner_texts()[:10]
    assert sorted_names == sorted(sorted_names, key=str.casefold)
    assert page.get_attribute(".card thead th:first-child", "aria-sort") == "ascending"
    page.get_by_role("columnheader", name="Revenue").get_by_role("button").click()
    figures = [float(t.strip("£").replace(",", "")) for t in page.locator(".card td").all_inner_texts()[:10]]
    assert figures == sorted(figures, reverse=True)
    page.get_by_role("checkbox", name="Show all").focus()
    page.keyboard.press("Space")
    expect(names.last).to_be_visible()


def test_the_answer_is_copied_as_text(opened: Open) -> None:
    page = opened()
    ask(page, TOP3)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    lines = text.replace("\r\n", "\n").split("\n")
    assert lines[0] == page.inner_text(".card .sentence")
    assert lines[1] == "Product\tUnits sold"
    assert len(lines) == 5


def test_the_table_and_the_chart_are_taken_away(opened: Open, tmp_path: Path) -> None:
    page = opened()
    ask(page, TOP3)
    for name, start in (("CSV", b"\xef\xbb\xbfProduct"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.path().read_bytes().startswith(start)
        assert download.value.suggested_filename.startswith("harbour-optics-units-sold-by-product")


def test_the_other_practice_is_chosen_by_keyboard_and_writes_as_people_there_do(opened: Open) -> None:
    page = opened()
    page.locator(".practices summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?tenant=bluebird-eyecare")
    assert "October 31, 2026" in page.inner_text(".today")
    ask(page, "What was our revenue last month?")
    assert "$" in page.inner_text(".card .sentence")


def test_the_last_question_wins_when_two_are_asked_quickly(opened: Open) -> None:
    page = opened()
    page.fill("#question", "revenue by product by day this year")
    page.keyboard.press("Enter")
    ask(page, "Show me today's revenue")
    page.wait_for_timeout(500)
    assert cards(page) == ["Show me today's revenue"]


def test_back_and_reload_show_what_the_address_says(opened: Open) -> None:
    page = opened()
    ask(page, "Show me today's revenue")
    page.reload()
    card_of(page, "Show me today's revenue")
    page.go_back()
    expect(page.locator(".suggestions")).to_be_visible()
    expect(page.locator(".thread .card")).to_have_count(0)


def test_a_server_that_has_gone_is_told_and_the_page_goes_on(opened: Open) -> None:
    page = opened(expected=("ERR_CONNECTION_REFUSED", "Failed to load resource"))
    page.route("**/page/answer", lambda route: route.abort("connectionrefused"))
    ask(page, TOP3)
    assert "did not answer" in page.inner_text(".card .sentence")
    page.unroute("**/page/answer")
    ask(page, "Show me today's revenue")
    assert "£" in page.inner_text(".card .sentence")


def test_tags_in_a_question_stay_text(opened: Open) -> None:
    page = opened()
    question = '<img src=x onerror="alert(1)"> revenue <script>alert(2)</script>'
    ask(page, question)
    assert page.locator(".thread img, .thread script").count() == 0
    page.reload()
    assert page.locator(".thread img, .thread script").count() == 0


def test_it_works_without_a_script(opened: Open) -> None:
    page = opened(script=False)
    page.locator(".suggestions button").first.click()
    assert page.locator(".card.analytics").count() == 1
    page.fill("#question", "What was our revenue last month?")
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("list", name="Follow-ups").get_by_role("button").first.click()
    assert "September 2026" in page.inner_text(".card")
    page.locator(".working summary").click()
    assert "SELECT" in page.inner_text(".working .sql")
    page.fill("#question", "Break down revenue by category")
    page.get_by_role("button", name="Ask").click()
    rows = page.locator(".card tbody tr")
    assert not rows.nth(10).is_visible()
    page.locator(".unfold").click()
    assert rows.nth(10).is_visible()
    page.locator(".chip summary").first.click()
    page.locator(".chip[open] button").first.click()
    assert page.locator(".card").count() == 1


def test_the_first_paint_needs_no_script_and_no_second_request_for_its_text(opened: Open) -> None:
    page = opened(script=False, path="/?tenant=harbour-optics&q=revenue by brand last month")
    assert page.locator(".card .sentence").inner_text().startswith("Revenue by brand in September 2026")
    assert page.locator(".card .wide svg").is_visible()
