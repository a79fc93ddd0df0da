"""`python -m prentice.knowledge.documents.extract KIND MEMORY MOST`: a file on standard input, its text as
JSON.

Run by `reading` as a process of its own. It answers {"text": …} or {"wrong": "locked" | "damaged" | "long"}.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any


class Locked(Exception):
    """Encrypted with a password that is not empty."""


def pdf(content: bytes) -> Iterator[str]:
    """Page by page; a page's lines that are broken in the middle of a sentence are joined by the cutter."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Locked
    for page in reader.pages:
        yield page.extract_text()
        yield "\n\n"


def docx(content: bytes) -> Iterator[str]:
    """Paragraphs, headings as Markdown's, rows of tables with their cells side by side."""
    from docx import Document
    from docx.table import Table

    for block in Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                cells = {
                    id(cell._tc): cell for cell in row.cells
                }.values()  # one that is merged is named twice
                told = (" ".join(" ".join(map(_seen, cell.paragraphs)).split()) for cell in cells)
                yield f"| {' | '.join(told)} |\n"
            yield "\n"
        elif text := _seen(block).strip():
            name = (block.style.name or "") if block.style is not None else ""
            yield f"{'## ' if name.startswith(('Heading', 'Title')) else ''}{text}\n\n"


def _seen(paragraph: Any) -> str:
    """Its text without runs that Word hides."""
    parts = []
    for part in paragraph.iter_inner_content():
        runs = getattr(part, "runs", [part])  # a link has runs, a run is one
        parts += [run.text for run in runs if not run.font.hidden]
    return "".join(parts)


def html(content: bytes) -> Iterator[str]:
    """What a browser would show. Scripts, styles, comments and what is hidden from view are left out."""
    from lxml import etree

    tree = etree.fromstring(content, etree.HTMLParser(encoding=_encoding(content), no_network=True))
    if tree is None:
        return
    unseen = _unseen(tree)
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start" and (element.tag in _SILENT or _hidden(element, unseen)):
            walk.skip_subtree()
            continue
        if event == "start":
            yield _BEFORE.get(element.tag, "")
            yield _flat(element.text)
        elif event == "end" and element.tag in _BEFORE:
            yield " |" if element.tag in ("td", "th") else "" if element.tag == "tr" else "\n\n"
        if event != "start":
            yield _flat(element.tail)


_SILENT = {"script", "style", "noscript", "template", "svg", "head", "iframe", "object", "datalist"}
_BEFORE = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "\n\n## "),
    **dict.fromkeys(("p", "div", "section", "article", "br", "ul", "ol", "table", "main"), "\n\n"),
    **dict.fromkeys(("header", "footer", "dd", "dt", "blockquote", "pre", "hr", "form"), "\n\n"),
    "li": "\n- ",
    "tr": "\n|",
    "td": " ",
    "th": " ",
}
_UNSEEN = re.compile(r"display:none|visibility:hidden|font-size:0(?![.\d])|opacity:0(?![.\d])")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def _hidden(element: Any, unseen: frozenset[str]) -> bool:
    given = element.attrib
    if "hidden" in given or _UNSEEN.search(given.get("style", "").replace(" ", "").lower()):
        return True
    names = {f".{name}" for name in given.get("class", "").split()} | {f"#{given.get('id', '')}"}
    return bool(unseen & names)


def _unseen(tree: Any) -> frozenset[str]:
    """Classes and ids (`.note`, `#top`) that the page's own style sheet hides."""
    return frozenset(
        name.strip()
        for sheet in tree.iter("style")
        for names, how in _RULE.findall(sheet.text or "")
        if _UNSEEN.search(how.replace(" ", "").lower())
        for name in names.split(",")
    )


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _encoding(content: bytes) -> str | None:
    """UTF-8 where it is that; else what the page says of itself."""
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def main(kind: str, memory: int, most: int) -> dict[str, str]:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    content = sys.stdin.buffer.read()
    parts, length = [], 0
    try:
        for part in {"pdf": pdf, "docx": docx, "html": html}[kind](content):
            parts.append(part)
            length += len(part)
            if length > most:
                return {"wrong": "long"}
    except Locked:
        return {"wrong": "locked"}
    except Exception:  # whatever a damaged file makes a reader raise; MemoryError too
        return {"wrong": "damaged"}
    return {"text": "".join(parts)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
