"""`prentice knowledge …`: a practice's own documents, and the corpus that all practices share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prentice.failures import FAILED, print_json, told

if TYPE_CHECKING:
    from prentice.audit.entry import Action
    from prentice.knowledge.documents.library import Library
    from prentice.knowledge.documents.store import Document
    from prentice.tenancy.scope import TenantScope

knowledge = typer.Typer(help="The practice's own documents, and the corpus.", no_args_is_help=True)

_BY = "operator"  # who adds at the command line
Tenant = Annotated[
    str, typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG", show_default=False)
]
Name = Annotated[str, typer.Argument(help="The document's name, or its id.", metavar="NAME")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@knowledge.command()
def add(
    files: Annotated[
        list[Path], typer.Argument(help="PDF, DOCX, HTML, Markdown or text, up to 20 MB.", metavar="FILE…")
    ],
    tenant: Tenant,
    as_json: Json = False,
) -> None:
    """Take documents in for a practice; a name that is there already becomes its next version."""
    with told(as_json=as_json):
        from prentice.audit.entry import Action
        from prentice.terminal import remark

        given = [(path.name, _content(path)) for path in files]  # all can be read, before any is taken in
        added: list[Document] = []
        try:
            for name, content in given:
                with _practice(tenant, Action.document_added) as (library, scope, said):
                    document = library.add(scope, name, content, by=_BY)
                    said |= document.facts
                added.append(document)
                if not as_json:
                    remark(_added(document))
        finally:
            if as_json and len(added) == len(given):
                print_json({"documents": [one.as_json() for one in added]})


@knowledge.command("list")
def list_documents(tenant: Tenant, as_json: Json = False) -> None:
    """The practice's documents with their versions."""
    with told(as_json=as_json):
        from prentice.audit.entry import Action
        from prentice.terminal import grid, remark, screen

        with _practice(tenant, Action.shown, what="documents") as (library, scope, _):
            found = library.all(scope)
        if as_json:
            print_json({"documents": [one.as_json() for one in found]})
        elif not found:
            remark(f"None yet. `prentice knowledge add FILE --tenant {tenant}` takes one in.")
        else:
            rows = [
                (one.name, one.version, _STATES[one.state], one.kind, one.passages, one.left_out,
                 f"{one.added_at:%Y-%m-%d %H:%M}", one.id)
                for one in found
            ]  # fmt: skip
            heads = ("name", "version", "state", "kind", "passages", "left out", "added (UTC)", "id")
            screen().print(grid(heads, rows))


@knowledge.command()
def remove(name: Name, tenant: Tenant) -> None:
    """Remove a document with all its versions, for good."""
    with told(as_json=False):
        from prentice.audit.entry import Action
        from prentice.terminal import remark

        with _practice(tenant, Action.document_removed) as (library, scope, said):
            removed = library.remove(scope, name)
            said["document"] = removed.id
        remark(f"{removed.name} is removed with all its versions.")


@knowledge.command()
def restore(
    name: Name,
    version: Annotated[int, typer.Option(help="Which version is searched from now on.", min=1)],
    tenant: Tenant,
    as_json: Json = False,
) -> None:
    """Search an older version of a document again."""
    with told(as_json=as_json):
        from prentice.audit.entry import Action
        from prentice.terminal import remark

        with _practice(tenant, Action.document_restored) as (library, scope, said):
            restored = library.restore(scope, name, version)
            said |= restored.facts
        if as_json:
            print_json({"document": restored.as_json()})
        else:
            remark(f"{restored.name} is searched as of version {restored.version}.")


@knowledge.command()
def validate(as_json: Json = False) -> None:
    """Hold the corpus to what must be true of it. Exit code 1 where there is an error."""
    with told(as_json=as_json):
        from prentice.knowledge.corpus import Corpus
        from prentice.knowledge.validate import findings
        from prentice.terminal import grid, remark, screen

        corpus = Corpus.load()
        found = sorted(findings(corpus), key=lambda one: (one.level, one.check, one.where))
        errors = sum(one.level == "error" for one in found)
        counts = {
            "articles": len(corpus.articles),
            "items": len(corpus.items),
            "sources": len(corpus.sources),
        }
        if as_json:
            print_json({**counts, "errors": errors, "findings": [asdict(one) for one in found]})
        else:
            if found:
                rows = [(one.level, one.check, one.where, one.what) for one in found]
                screen().print(grid(("level", "check", "where", "what"), rows))
            remark(
                f"{counts['articles']} articles, {counts['items']:,} questions, {counts['sources']} sources: "
                f"{errors} errors, {len(found) - errors} remarks."
            )
        if errors:
            raise typer.Exit(FAILED)


@knowledge.command()
def build(as_json: Json = False) -> None:
    """Embed what is new in the corpus and write its vectors anew."""
    with told(as_json=as_json):
        from prentice.knowledge.corpus import Corpus
        from prentice.knowledge.index import texts_of
        from prentice.knowledge.passages import of_corpus
        from prentice.knowledge.vectors import FILE, write
        from prentice.terminal import remark

        texts = list(dict.fromkeys(texts_of(list(of_corpus(Corpus.load())))))
        embedded = write(texts)
        if as_json:
            print_json({"texts": len(texts), "embedded": embedded, "file": str(FILE)})
        else:
            remark(f"{len(texts):,} texts in {FILE}; {embedded:,} of them were embedded now.")


_STATES = {"ready": "searched", "old": "kept"}


def _added(document: Document) -> str:
    words = f"{document.name}, version {document.version}: {document.passages:,} passages are searched."
    if document.left_out:
        words += f" {document.left_out} sentences that instruct the assistant were left out."
    return words


def _content(path: Path) -> bytes:
    """Its size is looked at before a byte of it is read. Raises `BadDocument`."""
    from prentice.errors import BadDocument
    from prentice.knowledge.documents.reading import check_size

    try:
        if not path.is_file():
            raise BadDocument(f"{path.name} is no file that is there.", "Check how its name is spelt.")
        check_size(path.name, path.stat().st_size)
        return path.read_bytes()
    except OSError:
        raise BadDocument(f"{path.name} cannot be opened.", "Check who may read it.") from None


@contextmanager
def _practice(
    slug: str, action: Action, **given: object
) -> Iterator[tuple[Library, TenantScope, dict[str, object]]]:
    """The library, one practice, and what is written down of the command."""
    from prentice.audit.commanded import commanded
    from prentice.session import opened

    with opened() as prentice:
        scope = prentice.registry.scope(slug)
        with commanded(prentice.audit, scope.tenant_id, action, **given) as said:
            yield prentice.library, scope, said
