"""`python -m prentice.knowledge.documents.extract KIND MEMORY MOST`: a file on standard input, its text as JSON.

Run by `reading` as a process of its own. It answers {"text": …} or {"wrong": "locked" | "damaged" | "long"}.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from html.parser import HTMLParser


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
                yield "| " + " | ".join(" ".join(cell.text.split()) for cell in row.cells) + " |\n"
            yield "\n"
        elif text := block.text.strip():
            name = (block.style.name or "") if block.style is not None else ""
            yield f"{'## ' if name.startswith(('Heading', 'Title')) else ''}{text}\n\n"


def html(content: bytes) -> Iterator[str]:
    """What a browser would show. Scripts, styles and what is hidden from view are left out."""
    found = _Shown()
    found.feed(content.decode("utf-8", "replace"))
    found.close()
    yield "".join(found.parts)


_SILENT = {"script", "style", "noscript", "template", "svg", "head", "iframe", "object"}
_BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "br",
    "ul",
    "ol",
    "table",
    "header",
    "footer",
    "main",
    "dd",
    "dt",
}
_VOID = {"br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []  # open elements under one that is not shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        style = given.get("style", "").replace(" ", "").lower()
        hidden = "hidden" in given or given.get("aria-hidden") == "true" or "display:none" in style
        hidden = hidden or "visibility:hidden" in style or "font-size:0" in style
        if tag not in _VOID and (self._silent or tag in _SILENT or hidden):
            self._silent.append(tag)
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.parts.append("\n\n## ")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "tr":
            self.parts.append("\n| ")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag in self._silent:
                while self._silent.pop() != tag:
                    pass
        elif tag in ("td", "th"):
            self.parts.append(" |")
        elif tag in _BLOCKS or tag.startswith("h"):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(" ".join(data.split()) + " " if data.strip() else " ")


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
