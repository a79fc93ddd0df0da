"""Files as people and attackers make them, each made when it is asked for."""

from __future__ import annotations

import io
import zipfile

from docx import Document
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with a line of text on each page; an empty one is a scan."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(595, 842)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode("latin-1") if text else b"")
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
    if password is not None:
        writer.encrypt(password, "the owner's", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(*paragraphs: str, hidden: str = "", table: list[list[str]] | None = None) -> bytes:
    """A Word document; the first paragraph is its heading."""
    document = Document()
    for at, words in enumerate(paragraphs):
        if at == 0:
            document.add_heading(words)
        else:
            document.add_paragraph(words)
    if hidden:
        run = document.add_paragraph().add_run(hidden)
        run.font.hidden = True
    if table:
        cells = document.add_table(len(table), len(table[0]))
        for y, row in enumerate(table):
            for x, value in enumerate(row):
                cells.cell(y, x).text = value
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def bomb(part: str = "word/document.xml", size: int = 150_000_000) -> bytes:
    """Some 150 kB that unpack to `size` bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(part, "w") as file:
        piece = b"0" * 1_000_000
        for _ in range(size // len(piece)):
            file.write(piece)
    return out.getvalue()
