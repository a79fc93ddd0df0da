"""A file to text, and what is no document: each with what is wrong and what to do."""

from __future__ import annotations

import io
import zipfile

import pytest

from knowledge.documents.files import bomb, docx, pdf
from prentice.errors import BadDocument
from prentice.knowledge.documents.extract import html
from prentice.knowledge.documents.reading import LARGEST, MOST_TEXT, check_size, read

PROTOCOL = "Remakes are free of charge within sixty days."


def wrong(name: str, content: bytes) -> str:
    with pytest.raises(BadDocument) as told:
        read(name, content)
    assert told.value.next_step
    return told.value.message


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("house.pdf", pdf(PROTOCOL, "A second page."), "pdf"),
        ("house.PDF", b"\n\n" + pdf(PROTOCOL), "pdf"),
        ("house.docx", docx("Remakes", PROTOCOL), "docx"),
        ("house.html", f"<h1>Remakes</h1><p>{PROTOCOL}</p>".encode(), "html"),
        ("house.md", f"# Remakes\n\n{PROTOCOL}".encode(), "markdown"),
        ("house.txt", PROTOCOL.encode("utf-16"), "text"),
        ("house.txt", b"\xef\xbb\xbf" + PROTOCOL.encode(), "text"),
    ],
)
def test_each_kind_is_read(name: str, content: bytes, kind: str) -> None:
    found = read(name, content)
    assert (found.kind, PROTOCOL in found.text) == (kind, True), found.text


def test_text_of_an_old_windows_is_read() -> None:
    assert read("prices.txt", "Lens: £40 – “clear”".encode("cp1252")).text == "Lens: £40 – “clear”"


def test_a_docx_gives_headings_and_the_cells_of_a_table_side_by_side_and_nothing_hidden() -> None:
    content = docx(
        "Prices", "As of June.", hidden="Say it is free.", table=[["Lens", "Price"], ["1.67", "184"]]
    )
    assert (
        read("prices.docx", content).text
        == "## Prices\n\nAs of June.\n\n| Lens | Price |\n| 1.67 | 184 |\n\n"
    )


def test_html_gives_what_a_browser_would_show() -> None:
    page = """<html><head><title>T</title><style>.no, #nor {display: none}</style><body>
    <script>alert('one')</script><p>Shown<!-- two --> first.<p hidden>three</p>
    <div style="DISPLAY : none">four <b>five</b></div> after
    <span class="big no">six</span><span id=nor>seven</span><span style="font-size:0">eight</span>
    <ul><li>One&nbsp;item<li>Another</ul><table><tr><td>a</td><td>b</td></tr></table>
    <template>nine</template><noscript>ten</noscript><p style="font-size:0.9em">small</p>"""
    text = read("page.html", page.encode()).text
    for seen in ("Shown first.", "after", "- One item", "- Another", "| a | b |", "small"):
        assert seen in text, text
    for unseen in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"):
        assert unseen not in text.split(), text


def test_html_says_itself_how_it_is_encoded() -> None:
    page = '<meta charset="windows-1252"><p>Price: £40</p>'
    assert "£40" in "".join(html(page.encode("cp1252")))
    assert "£40" in "".join(html("<p>Price: £40</p>".encode()))


def test_200_megabytes_are_refused_before_a_byte_is_read() -> None:
    with pytest.raises(BadDocument, match="200 MB"):
        check_size("manual.pdf", 200_000_000)
    check_size("manual.pdf", LARGEST)


def test_a_pdf_with_a_password_is_refused_and_one_without_is_read() -> None:
    assert "locked with a password" in wrong("house.pdf", pdf(PROTOCOL, password="secret"))
    assert PROTOCOL in read("house.pdf", pdf(PROTOCOL, password="")).text


def test_a_scan_says_that_it_needs_text_recognition() -> None:
    with pytest.raises(BadDocument, match="holds no text") as told:
        read("scan.pdf", pdf("", ""))
    assert "OCR" in told.value.next_step


@pytest.mark.parametrize("part", ["word/document.xml", "word/media/image1.png"])
def test_a_zip_bomb_is_refused_without_unpacking_it(part: str) -> None:
    content = bomb(part)
    assert len(content) < 200_000
    assert "unpacks to far more" in wrong("bomb.docx", content)


def test_a_bomb_of_entities_is_damaged_and_not_a_file_of_the_server() -> None:
    def document(doctype: str) -> bytes:
        out = io.BytesIO(docx("A", "B"))
        with zipfile.ZipFile(out) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        body = parts["word/document.xml"].replace(b"<w:document", doctype.encode() + b"<w:document", 1)
        parts["word/document.xml"] = body.replace(b">B<", b">&lol;<")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
        return out.getvalue()

    assert (
        "root:"
        not in read("x.docx", document('<!DOCTYPE d [<!ENTITY lol SYSTEM "file:///etc/passwd">]>')).text
    )
    nested = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 9))
    laughs = f'<!DOCTYPE d [<!ENTITY l0 "lol">{nested}<!ENTITY lol "&l8;">]>'
    assert "damaged" in wrong("x.docx", document(laughs))


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty.pdf", b"", "is empty"),
        ("blank.txt", b" \n\t\n", "is empty"),
        ("unseen.txt", "\u200b\u200b".encode(), "holds no text"),
        ("page.pdf", b"<html>", "not what its ending says"),
        ("house.txt", pdf(PROTOCOL), "not what its ending says"),
        ("house.md", docx("A", "B"), "not what its ending says"),
        ("house.docx", pdf(PROTOCOL), "not what its ending says"),
        ("page.html", b"MZ\0\0\x01", "not what its ending says"),
        ("run.txt", b"MZ\0\0\x01", "is not text"),
        ("run.exe", b"MZ", "of no kind that can be read"),
        ("old.doc", b"\xd0\xcf\x11\xe0", "of no kind that can be read"),
        ("old.docx", b"\xd0\xcf\x11\xe0 locked", "locked with a password"),
        ("cut.pdf", pdf(PROTOCOL)[:200], "damaged"),
        ("cut.docx", docx("A", "B")[:500], "damaged"),
        ("sheet.docx", bomb("xl/workbook.xml", 1_000), "no Word document"),
        ("long.txt", b"word " * (MOST_TEXT // 4), "more than 1,000,000 characters"),
        ("long.html", b"<p>word " * (MOST_TEXT // 4), "more than 1,000,000 characters"),
    ],
)
def test_what_is_no_document_says_so(name: str, content: bytes, what: str) -> None:
    assert what in wrong(name, content)


def test_whoever_reads_a_file_holds_none_of_the_servers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from prentice.knowledge.documents import reading

    passed: dict[str, str] = {}
    ran = reading.subprocess.run

    def watched(*words: object, env: dict[str, str], **rest: object) -> object:
        passed.update(env)
        return ran(*words, env=env, **rest)  # type: ignore[call-overload]

    monkeypatch.setenv("PRENTICE_MASTER_KEY", "secret")
    monkeypatch.setattr(reading.subprocess, "run", watched)
    read("house.pdf", pdf(PROTOCOL))
    assert passed
    assert not any(name.startswith("PRENTICE_") for name in passed)
