"""Taking a document in: size -> read -> cut -> looked over -> embedded -> put. All of it, or nothing.

The pipeline is LlamaIndex's, with our cutter and our embeddings; what it gives is stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from prentice.errors import BadDocument, UnknownDocument
from prentice.knowledge.documents.held import Identifiers, held_back
from prentice.knowledge.documents.reading import read
from prentice.knowledge.documents.store import MOST_PASSAGES, Document, DocumentStore
from prentice.knowledge.passages import Passage, cut_markdown
from prentice.knowledge.retrieve import More
from prentice.tenancy.scope import TenantScope

Suspicious = Callable[[str], bool]
LONGEST_SENTENCE = 20_000  # characters: a page of a price list without a full stop has 4,000
_WINDOW, _OVERLAP = (
    600,
    200,
)  # of a long one, looked over piece by piece: the time for it grows with its square
_MOST_SUSPICIOUS = 0.2  # of the sentences: past it the document is no document of the trade


class Library:
    """The documents of all practices. `suspicious` tells a sentence that instructs the assistant instead of
    informing a reader; `identifiers` finds what may name a person."""

    def __init__(self, store: DocumentStore, suspicious: Suspicious, identifiers: Identifiers) -> None:
        self._store = store
        self._suspicious = suspicious
        self._identifiers = identifiers

    def add(self, scope: TenantScope, name: str, content: bytes, *, by: str) -> Document:
        """A new document, or a new version of the one with this name; the same content again changes nothing,
        unless its vectors are in another store than the one that is set now.

        Sentences that instruct the assistant are left out, and counted; a document of many is refused.
        Raises `BadDocument`, `DocumentHeldBack`, `SourceUnavailable`.
        """
        name = _named(name)
        digest = sha256(content).hexdigest()
        standing = next((d for d in self._store.all(scope.tenant_id, name) if d.state == "ready"), None)
        if standing and standing.sha256 == digest and standing.place == self._store.place:
            return standing
        found = read(name, content)
        passages = cut(name, found.text)
        if held := held_back(_title(name), passages, self._identifiers):
            raise held.told(name)
        passages, left_out = self._informing(name, passages)
        others = self._store.count(scope.tenant_id) - (standing.passages if standing else 0)
        if others + len(passages) > MOST_PASSAGES:
            raise BadDocument(
                f"With {name} the practice would have more than {MOST_PASSAGES:,} passages.",
                "Remove others first.",
            )
        from prentice.knowledge.llama import embedded  # LlamaIndex takes seconds to import

        return self._store.put(
            scope.tenant_id,
            name,
            kind=found.kind,
            sha256=digest,
            size=len(content),
            left_out=left_out,
            by=by,
            embedded=embedded(passages),
        )

    def _informing(self, name: str, passages: Sequence[Passage]) -> tuple[list[Passage], int]:
        """The passages without what instructs the assistant, and how many sentences that was."""
        kept: list[Passage] = []
        odd = 0
        for passage in passages:
            heading = "" if self._instructs(passage.heading) else passage.heading
            sentences = tuple(s for s in passage.sentences if not self._instructs(s))
            odd += len(passage.sentences) - len(sentences) + (heading != passage.heading)
            if sentences:
                kept.append(replace(passage, part=len(kept), heading=heading, sentences=sentences))
        if odd and odd >= _MOST_SUSPICIOUS * sum(len(p.sentences) for p in passages):
            raise BadDocument(
                f"{name} reads like instructions to the assistant, not like a document of the practice.",
                "Take them out, and add it again.",
            )
        return kept, odd

    def _instructs(self, sentence: str) -> bool:
        return any(self._suspicious(piece) for piece in windows(sentence))

    def search(self, scope: TenantScope) -> More:
        """Looks through the practice's own documents; costs nothing where it has none."""
        return self._store.search(scope.tenant_id)

    def all(self, scope: TenantScope) -> list[Document]:
        return self._store.all(scope.tenant_id)

    def passage(self, scope: TenantScope, id: str) -> Passage | None:
        """What a citation of one of the practice's documents names; None of any other practice's."""
        return self._store.passage(scope.tenant_id, id)

    def remove(self, scope: TenantScope, name: str) -> Document:
        """All versions of the document of this name or id, for good. Raises `UnknownDocument`."""
        newest = self._known(scope, name)
        if not self._store.remove(scope.tenant_id, newest.id):
            raise _unknown(name)
        return newest

    def forget(self, tenant_id: str) -> None:
        """All documents of a practice that is being removed. Raises `SourceUnavailable`."""
        self._store.forget(tenant_id)

    def restore(self, scope: TenantScope, name: str, version: int) -> Document:
        """That version is searched again. Raises `UnknownDocument`."""
        found = self._store.restore(scope.tenant_id, self._known(scope, name).id, version)
        if found is None:
            raise _unknown(f"{name}, version {version}")
        return found

    def exported(self, tenant_id: str) -> Iterator[Mapping[str, Any]]:
        """Every version with its passages, for an export of the practice."""
        for document in self._store.all(tenant_id):
            yield document.as_json() | {
                "text": [
                    {"heading": p.heading, "sentences": list(p.sentences)}
                    for p in self._store.passages(tenant_id, document)
                ]
            }

    def _known(self, scope: TenantScope, name: str) -> Document:
        """The newest version, by the document's name or id."""
        found = next((d for d in self._store.all(scope.tenant_id) if name in (d.name, d.id)), None)
        if found is None:
            raise _unknown(name)
        return found


def windows(text: str) -> Iterator[str]:
    """The text, or pieces of a long one that overlap, so that what stands at an edge is in one of them whole.

    >>> [len(piece) for piece in windows("x" * 1_300)], list(windows("Short."))
    ([600, 600, 500], ['Short.'])
    """
    step = _WINDOW - _OVERLAP
    for start in range(0, max(1, len(text) - _OVERLAP), step):
        yield text[start : start + _WINDOW]


def cut(name: str, text: str) -> list[Passage]:
    """Raises `BadDocument` where nothing is left, or a sentence has no end."""
    title = _title(name)
    passages = [
        Passage(
            document="",
            part=part,
            kind="document",
            title=title,
            heading=heading,
            sentences=sentences,
            audience="professional",
            region="any",
            topic="own",
            sources=(),
        )
        for part, (heading, sentences) in enumerate(cut_markdown(text))
    ]
    if not passages:
        raise BadDocument(f"{name} holds no sentence.", "Choose a file with text in it.")
    if any(len(line) > LONGEST_SENTENCE for p in passages for line in (p.heading, *p.sentences)):
        raise BadDocument(
            f"{name} holds a sentence or a row of more than {LONGEST_SENTENCE:,} characters.",
            "Part it into lines or sentences, and add it again.",
        )
    return passages


def _title(name: str) -> str:
    """
    >>> _title("Price_list-2026.pdf")
    'Price list 2026'
    """
    return PurePath(name).stem.replace("_", " ").replace("-", " ").strip() or name


def _named(name: str) -> str:
    """A file's name without its folders, as it is shown and asked for again. Raises `BadDocument`."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not bare or len(bare) > 120 or not bare.isprintable():
        raise BadDocument(
            "The file's name is empty, too long or holds what cannot be shown.", "Give it another."
        )
    return bare


def _unknown(name: str) -> UnknownDocument:
    return UnknownDocument(
        f"The practice has no document {name[:120]!r}.",
        "Look at the list of its documents for names and versions.",
    )
