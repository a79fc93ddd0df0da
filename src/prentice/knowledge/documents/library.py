"""Taking a document in: size -> read -> looked over -> cut -> embedded -> put. All of it, or nothing.

The pipeline is LlamaIndex's, with our cutter and our embeddings; what it gives is stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath

from prentice.deid.redact.redactor import Redactor
from prentice.deid.redact.spans import Span
from prentice.errors import BadDocument, DocumentHeldBack, UnknownDocument
from prentice.knowledge.documents.reading import read
from prentice.knowledge.documents.store import MOST_PASSAGES, Document, DocumentStore
from prentice.knowledge.passages import Passage, cut_markdown
from prentice.knowledge.retrieve import More
from prentice.tenancy.scope import TenantScope

Suspicious = Callable[[str], bool]
_MOST_SUSPICIOUS = 0.2  # of the passages: past it the document is no document of the trade
# A name beside one of these is a person who could be found; a supplier's telephone number alone is none.
_BESIDE = frozenset({"DATE", "AGE", "ID", "PHONE", "EMAIL", "LOCATION"})


@dataclass(frozen=True, slots=True)
class Held:
    """Why a document is held back: kinds of identifiers with their counts, and where. Never a value."""

    counts: Mapping[str, int]
    places: Sequence[str]

    def told(self, name: str) -> DocumentHeldBack:
        kinds = ", ".join(f"{count} of the kind {kind}" for kind, count in sorted(self.counts.items()))
        where = "; ".join(self.places[:5])
        return DocumentHeldBack(
            f"{name} was held back: it holds what looks like patients' identifiers ({kinds}) in: {where}.",
            "Take them out, and add it again.",
        )


class Library:
    """The documents of all practices. `suspicious` tells text that instructs the assistant."""

    def __init__(self, store: DocumentStore, suspicious: Suspicious) -> None:
        self._store = store
        self._suspicious = suspicious

    def add(self, scope: TenantScope, name: str, content: bytes, *, by: str) -> Document:
        """A new document, or a new version of the one with this name; the same content again changes nothing,
        unless its vectors are in another store than the one that is set now.

        Raises `BadDocument`, `DocumentHeldBack`, `SourceUnavailable`.
        """
        name = _named(name)
        digest = sha256(content).hexdigest()
        standing = next((d for d in self._store.all(scope.tenant_id, name) if d.state == "ready"), None)
        if standing and standing.sha256 == digest and standing.place == self._store.place:
            return standing
        found = read(name, content)
        passages = cut(name, found.text)
        if held := held_back(passages):
            raise held.told(name)
        odd = sum(self._suspicious(sentence) for p in passages for sentence in p.sentences)
        if odd and odd >= _MOST_SUSPICIOUS * sum(len(p.sentences) for p in passages):
            raise BadDocument(
                f"{name} reads like instructions to the assistant and not like a document of the practice.",
                "Take them out, and add it again.",
            )
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
            by=by,
            embedded=embedded(passages),
        )

    def search(self, scope: TenantScope) -> More:
        """Looks through the practice's own documents; costs nothing where it has none."""
        return self._store.search(scope.tenant_id)

    def all(self, scope: TenantScope) -> list[Document]:
        return self._store.all(scope.tenant_id)

    def remove(self, scope: TenantScope, name: str) -> None:
        """All its versions. Raises `UnknownDocument`."""
        if not self._store.remove(scope.tenant_id, self._known(scope, name)[0].id):
            raise _unknown(name)

    def forget(self, tenant_id: str) -> None:
        """All documents of a practice that is being removed. Raises `SourceUnavailable`."""
        self._store.forget(tenant_id)

    def restore(self, scope: TenantScope, name: str, version: int) -> Document:
        """An older version is searched again. Raises `UnknownDocument`."""
        found = self._store.restore(scope.tenant_id, self._known(scope, name)[0].id, version)
        if found is None:
            raise _unknown(f"{name}, version {version}")
        return found

    def _known(self, scope: TenantScope, name: str) -> list[Document]:
        """All versions, by the document's name or id."""
        found = [d for d in self._store.all(scope.tenant_id) if name in (d.name, d.id)]
        if not found:
            raise _unknown(name)
        return found


def cut(name: str, text: str) -> list[Passage]:
    """Raises `BadDocument` where nothing is left."""
    title = PurePath(name).stem.replace("_", " ").replace("-", " ").strip() or name
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
    return passages


def held_back(passages: Sequence[Passage], redactor: Redactor | None = None) -> Held | None:
    """What keeps a document out: a record number, or a name beside a date, an age, a number or a place."""
    redactor = redactor or Redactor()
    counts: dict[str, int] = {}
    places: list[str] = []
    for passage in passages:
        spans = redactor.spans("\n".join(passage.sentences))
        if found := _person(spans):
            places.append(passage.heading or f"passage {passage.part + 1}")
            for kind in found:
                counts[kind] = counts.get(kind, 0) + 1
    return Held(counts, list(dict.fromkeys(places))) if places else None


def _person(spans: Sequence[Span]) -> list[str]:
    kinds = [span.type for span in spans]
    if "ID" in kinds or ("NAME" in kinds and _BESIDE.intersection(kinds)):
        return [str(kind) for kind in kinds]
    return []


def _named(name: str) -> str:
    """A file's name without its folders, as it is shown and asked for again. Raises `BadDocument`."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not bare or len(bare) > 120 or not bare.isprintable():
        raise BadDocument(
            "The file's name is empty, too long or holds what cannot be shown.", "Give it another."
        )
    return bare


def _unknown(name: str) -> UnknownDocument:
    return UnknownDocument(f"There is no document {name!r}.", "See `prentice knowledge list`.")
