"""An answer's table as CSV, its chart as SVG and PNG: of exactly what was shown."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from prentice.ask.contract import Answer
from prentice.audit.entry import Action
from prentice.errors import PrenticeError
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.web import charts
from prentice.web.asking import shelf
from prentice.web.engine import Bench, bench, note
from prentice.web.forms import Slug
from prentice.web.needs import Door, door, needs
from prentice.web.problems import failures
from prentice.web.shelf import Shelf
from prentice.web.spreadsheet import as_csv, filename
from prentice.web.writing import written

router = APIRouter(tags=["exports"])

TraceId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{8,64}$", description="`trace_id` of the answer")]
Tenant = Annotated[Slug, Query(description="The practice that asked")]


class NoChart(PrenticeError):
    code, status = "no_chart", 404

    def __init__(self) -> None:
        super().__init__("That answer has no chart.", "Download its table as CSV instead.")


def _found(kind: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"content": {kind: {}}, "description": "The file"},
        **failures(401, 403, 404, 429, 503, _404="No such practice, or the answer is no longer kept"),
    }


def _file(content: bytes, kind: str, answer: Answer, slug: str, ending: str) -> Response:
    disposition = f'attachment; filename="{filename(answer, slug, ending)}"'
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})


async def kept(
    request: Request,
    trace_id: TraceId,
    tenant: Tenant,
    caller: Annotated[Caller, Depends(needs(Permission.export))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
    shelf: Annotated[Shelf, Depends(shelf)],
) -> Answer:
    """Dependency: the answer as it was given to this person. Raises `UnknownTenant`, `AnswerGone`."""
    scope = await door.scope(caller, tenant, Permission.export)
    note(request, tenant=scope.slug, answer=trace_id)
    kind = request.url.path.rpartition(".")[2]

    def find() -> Answer:
        with written(door, caller, scope.tenant_id, Action.export, answer=trace_id, kind=kind):
            return shelf.find(trace_id, scope)

    return await bench.run(find)


async def charted(answer: Annotated[Answer, Depends(kept)]) -> Answer:
    """Dependency: the same, and it has a chart. Raises `NoChart`."""
    if answer.chart is None:
        raise NoChart()
    return answer


@router.get(
    "/v1/answers/{trace_id}.csv",
    response_class=Response,
    responses=_found("text/csv"),
    summary="The table of an answer, as CSV",
)
async def table(tenant: Tenant, answer: Annotated[Answer, Depends(kept)]) -> Response:
    """UTF-8 with a byte-order mark. No cell starts a formula."""
    return _file(as_csv(answer), "text/csv; charset=utf-8", answer, tenant, "csv")


@router.get(
    "/v1/answers/{trace_id}/chart.svg",
    response_class=Response,
    responses=_found("image/svg+xml"),
    summary="The chart of an answer, as SVG",
)
async def chart_svg(
    tenant: Tenant, answer: Annotated[Answer, Depends(charted)], bench: Annotated[Bench, Depends(bench)]
) -> Response:
    """Stands alone: white ground, fixed colours."""
    svg = await bench.run(lambda: charts.for_download(answer.chart or {}))
    return _file(svg.encode(), "image/svg+xml", answer, tenant, "svg")


@router.get(
    "/v1/answers/{trace_id}/chart.png",
    response_class=Response,
    responses=_found("image/png"),
    summary="The chart of an answer, as a picture",
)
async def chart_png(
    tenant: Tenant, answer: Annotated[Answer, Depends(charted)], bench: Annotated[Bench, Depends(bench)]
) -> Response:
    """Two device pixels for each CSS pixel."""
    png = await bench.run(lambda: charts.as_png(answer.chart or {}))
    return _file(png, "image/png", answer, tenant, "png")
