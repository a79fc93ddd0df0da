"""A practice's own documents: `/v1/documents` for programs, and a page of its administration."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from prentice.audit.entry import Action
from prentice.errors import BadDocument, PrenticeError
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.knowledge.documents.reading import check_size
from prentice.knowledge.documents.store import Document
from prentice.tenancy.scope import TenantScope
from prentice.web.engine import Bench, bench
from prentice.web.forms import Slug
from prentice.web.needs import MOST_FIELDS, MOST_FILES, Door, door, needs
from prentice.web.office import Office, office
from prentice.web.problems import failures
from prentice.web.shown import moment, told
from prentice.web.writing import written

router = APIRouter()

Id = Annotated[str, Path(pattern=r"^doc-[0-9a-f]{12}$", description="Of GET /v1/documents")]
Tenant = Annotated[Slug, Query(description="The practice whose document it is")]
_MOST_VERSION = 1_000_000


class Entry(BaseModel):
    """One version of a document."""

    id: str = Field(examples=["doc-4f0c1d2e3a4b"])
    name: str = Field(examples=["Price list 2026.pdf"])
    version: int
    searched: bool = Field(
        description="Of each document one version is; older ones are kept and can be restored"
    )
    kind: str = Field(description="pdf, docx, html, markdown or text")
    bytes: int
    passages: int
    left_out: int = Field(description="Sentences that instruct the assistant and were not taken in")
    sha256: str = Field(description="Of the file")
    added_by: str = Field(description="A user's id, or `operator` for the command line")
    added_at: datetime


class Entries(BaseModel):
    documents: list[Entry]


class Restoring(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=_MOST_VERSION, description="Which is searched from now on")


class Desk:
    """The documents of one practice for one person, and what is written down of each change."""

    def __init__(self, door: Door, caller: Caller, scope: TenantScope) -> None:
        self._door, self._caller, self._scope = door, caller, scope
        self._library = door.prentice.library

    def all(self) -> list[Document]:
        return self._library.all(self._scope)

    def add(self, name: str, content: bytes) -> Document:
        with self._written(Action.document_added) as said:
            added = self._library.add(self._scope, name, content, by=self._caller.user_id)
            said |= added.facts
        return added

    def remove(self, id: str) -> None:
        with self._written(Action.document_removed, document=id):
            self._library.remove(self._scope, id)

    def restore(self, id: str, version: int) -> Document:
        with self._written(Action.document_restored, document=id, version=version):
            return self._library.restore(self._scope, id, version)

    def _written(self, action: Action, **facts: Any) -> AbstractContextManager[dict[str, object]]:
        return written(self._door, self._caller, self._scope.tenant_id, action, **facts)


async def desk(
    tenant: Tenant,
    caller: Annotated[Caller, Depends(needs(Permission.documents))],
    door: Annotated[Door, Depends(door)],
) -> Desk:
    """Dependency: the documents of the practice that the query names."""
    return Desk(door, caller, await door.scope(caller, tenant, Permission.documents))


Documents = Annotated[Desk, Depends(desk)]
Benched = Annotated[Bench, Depends(bench)]


# -- for programs ----------------------------------------------------------------------------------------


@router.get(
    "/v1/documents",
    tags=["documents"],
    responses=failures(401, 403, 404, 429, 503),
    summary="The practice's documents",
)
async def documents(desk: Documents, bench: Benched) -> Entries:
    """Every version, the newest of each document first."""
    return Entries(documents=[_entry(one) for one in await bench.run(desk.all)])


@router.post(
    "/v1/documents",
    tags=["documents"],
    status_code=201,
    responses=failures(
        400, 401, 403, 404, 408, 413, 415, 422, 429, 503,
        _400="The form cannot be read",
        _413="The file is larger than 20 MB",
        _415="The body is no form with a file",
        _422="No document that can be taken in, or held back for what looks like patients' identifiers",
    ),
    summary="Add a document",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                }
            },
        }
    },
)  # fmt: skip
async def add(request: Request, desk: Documents, bench: Benched) -> Entry:
    """PDF, DOCX, HTML, Markdown or text. A name that is there already becomes its next version; the same file
    again changes nothing. All of it is taken in, or nothing."""
    name, content = await _file(request)
    return _entry(await bench.run(lambda: desk.add(name, content)))


@router.delete(
    "/v1/documents/{document_id}",
    tags=["documents"],
    status_code=204,
    responses=failures(
        400, 401, 403, 404, 408, 413, 415, 429, 503, _404="No such practice, or it has no such document"
    ),
    summary="Remove a document",
)
async def remove(document_id: Id, desk: Documents, bench: Benched) -> Response:
    """With all its versions, for good."""
    await bench.run(lambda: desk.remove(document_id))
    return Response(status_code=204)


@router.post(
    "/v1/documents/{document_id}/restore",
    tags=["documents"],
    responses=failures(
        400, 401, 403, 404, 408, 413, 415, 422, 429, 503,
        _404="No such practice, or it has no such document or version",
    ),
    summary="Search an older version again",
)  # fmt: skip
async def restore(document_id: Id, form: Restoring, desk: Documents, bench: Benched) -> Entry:
    return _entry(await bench.run(lambda: desk.restore(document_id, form.version)))


def _entry(document: Document) -> Entry:
    return Entry.model_validate(document.as_json())


async def _file(request: Request) -> tuple[str, bytes]:
    """The file of a form, by its field `file`. Read after it is known who sends it: never in a signature, of
    which FastAPI reads forms first."""
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        given = form.get("file")
        if not isinstance(given, UploadFile) or not given.filename:
            raise BadDocument("No file was sent.", "Choose one, in the form's field `file`.")
        check_size("The file", given.size or 0)
        return given.filename, await given.read()
    finally:
        await form.close()


# -- the page --------------------------------------------------------------------------------------------

Opened = Annotated[Office, office(Permission.documents)]
pages: dict[str, Any] = {"include_in_schema": False, "response_class": HTMLResponse}


def _desk(office: Office) -> Desk:
    return Desk(office.door, office.caller, office.scope)


async def _page(office: Office, *, status: int = 200, **values: Any) -> Response:
    def look() -> list[dict[str, Any]]:
        people = {m.user_id: m.email for m in office.door.identity.users.members(office.scope.tenant_id)}
        return _rows(_desk(office).all(), people)

    return await office.page(
        "documents.html",
        "documents",
        "Documents",
        status=status,
        documents=await office.bench.run(look),
        **values,
    )


def _rows(found: Sequence[Document], people: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "name": one.name,
            "version": one.version,
            "newest": at == 0 or found[at - 1].id != one.id,
            "searched": one.state == "ready",
            "passages": f"{one.passages:,}",
            "left_out": one.left_out,
            "by": people.get(
                one.added_by, "the operator" if one.added_by == "operator" else "somebody who left"
            ),
            "at": moment(one.added_at),
        }
        for at, one in enumerate(found)
    ]


_SAID = {
    "added": "Taken in: it is searched from now on.",
    "removed": "Removed with all its versions.",
    "restored": "That version is searched from now on.",
}


@router.get("/practices/{slug}/documents", **pages)
async def page(office: Opened, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    return await _page(office, said=_SAID.get(done, ""))


@router.post("/practices/{slug}/documents", **pages)
async def upload(request: Request, office: Opened) -> Response:
    try:
        name, content = await _file(request)
        await office.bench.run(lambda: _desk(office).add(name, content))
    except PrenticeError as error:
        return await _page(office, status=error.status, wrong=told(error, request))
    return office.to("documents", "added")


@router.post("/practices/{slug}/documents/{document_id}/remove", **pages)
async def remove_there(office: Opened, document_id: Id) -> Response:
    try:
        await office.bench.run(lambda: _desk(office).remove(document_id))
    except PrenticeError as error:
        return await _page(office, status=error.status, wrong=told(error, office.request))
    return office.to("documents", "removed")


@router.post("/practices/{slug}/documents/{document_id}/restore", **pages)
async def restore_there(
    office: Opened, document_id: Id, version: Annotated[int, Form(ge=1, le=_MOST_VERSION)]
) -> Response:
    try:
        await office.bench.run(lambda: _desk(office).restore(document_id, version))
    except PrenticeError as error:
        return await _page(office, status=error.status, wrong=told(error, office.request))
    return office.to("documents", "restored")
