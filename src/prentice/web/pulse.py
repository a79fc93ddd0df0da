"""`/healthz` (this process lives) and `/readyz` (so does what it stands on)."""

from __future__ import annotations

import time
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from prentice.ops.health import Part, probe
from prentice.web.engine import Bench, bench
from prentice.web.needs import anyone
from prentice.web.problems import json_response

router = APIRouter(tags=["operation"])


class Alive(BaseModel):
    status: str = Field(examples=["alive"])


class PartState(BaseModel):
    name: str = Field(examples=["postgresql"])
    up: bool
    ms: float = Field(description="How long the probe took")


class Ready(BaseModel):
    status: str = Field(examples=["ready"])
    parts: list[PartState]


KEPT_S = 1.0  # whoever asks more often connects to no server the more


async def _felt(bench: Bench) -> tuple[Part, ...]:
    """What the probes found within the last second; of many who ask at once one has them run."""
    async with bench.feeling:
        if bench.pulse is None or time.monotonic() - bench.pulse[0] >= KEPT_S:
            found = await anyio.to_thread.run_sync(probe, bench.engine.probes)  # past the queue of questions
            bench.pulse = time.monotonic(), found
        return bench.pulse[1]


@router.get("/healthz", dependencies=[Depends(anyone)], summary="Is the process alive?")
async def healthz() -> Alive:
    return Alive(status="alive")


@router.get(
    "/readyz",
    dependencies=[Depends(anyone)],
    response_model=Ready,
    responses={503: {"model": Ready, "description": "`parts` says which one is down"}},
    summary="Can questions be answered?",
)
async def readyz(bench: Annotated[Bench, Depends(bench)]) -> Response:
    found = await _felt(bench)
    down = [part.name for part in found if not part.up]
    body: dict[str, object] = {
        "status": "not ready" if down else "ready",
        "parts": [{"name": p.name, "up": p.up, "ms": p.ms} for p in found],
    }
    if down:
        body["down"] = down
    return json_response(body, 503 if down else 200)
