"""`create_app()`: the web application, its middleware in view, in order.

Every route says in its signature what it needs of the caller (`web.needs`). docs/http.md lists the routes,
the errors and the events.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from prentice import __version__
from prentice.ask.pipeline import Prentice, open_prentice
from prentice.audit.entry import warm
from prentice.ops.production import refuse_unsafe
from prentice.settings import Settings, settings
from prentice.web import (
    account,
    administration,
    asking,
    catalog,
    charts,
    documents,
    exports,
    factors,
    feedback,
    joining,
    members,
    operation,
    optics,
    page,
    practices,
    problems,
    pulse,
    shown,
    signing_in,
    tokens,
    trail,
)
from prentice.web.bodies import Bodies
from prentice.web.commands import demo_left
from prentice.web.doors import LOOPBACK, KnownHosts, OwnPagesOnly
from prentice.web.engine import Bench
from prentice.web.headers import SafeHeaders
from prentice.web.needs import Door
from prentice.web.record import Recorded
from prentice.web.shelf import Shelf

STATIC = Path(__file__).parent / "web" / "static"

PARTS = (
    asking, catalog, optics, practices, exports, tokens, pulse, page, signing_in, joining, account, factors,
    members, administration, documents, feedback, trail, operation,
)  # fmt: skip

DESCRIPTION = """Answers from a practice's own figures: the number, table, chart, dates and SQL.
Every failure is `{"error": {"code", "message", "next_step", "trace_id"}}`."""


def create_app(
    config: Settings | None = None,
    *,
    engine: Prentice | None = None,
    hosts: Collection[str] = (),
) -> FastAPI:
    """The application. Without `engine` it opens its own on start-up and closes it at the end.

    Start-up raises `BadConfiguration` in production where something is only good for trying it out.

    `hosts` are further names that the server answers to.
    """
    config = config or settings()
    known = {*LOOPBACK, *hosts, *([config.host] if config.host not in ("0.0.0.0", "::") else [])}
    app = FastAPI(
        title="Prentice",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json is what it would show
        redoc_url=None,
        lifespan=_opened(config, engine),
        middleware=[
            Middleware(SafeHeaders),  # on every response, refusals and failures too
            Middleware(Recorded),  # an id, one log line, and the last word on what nobody expected
            Middleware(KnownHosts, hosts=known),  # DNS rebinding
            Middleware(OwnPagesOnly),  # requests that another site's page sends
            Middleware(Bodies),  # size, type and depth of what is sent
        ],
    )
    problems.install(app, page=shown.failed)
    for part in PARTS:
        app.include_router(part.router, responses={422: {"model": problems.ProblemBody}})
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _warmed(prentice: Prentice) -> None:
    """What the first question would otherwise wait for: the patterns of the audit, the expert's corpus."""
    warm()
    _ = prentice.expert


def _opened(
    config: Settings, engine: Prentice | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    def started(stack: ExitStack) -> Prentice:
        refuse_unsafe(config)  # whatever serves this application, and not `prentice serve` alone
        charts.warm_up()
        opened = engine or stack.enter_context(open_prentice(config))
        refuse_unsafe(config, refuse_demo=lambda: demo_left(opened))
        if engine is None:
            opened.servers.watch()
        return opened

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            prentice = await anyio.to_thread.run_sync(started, stack)
            threading.Thread(target=_warmed, args=(prentice,), name="warm", daemon=True).start()
            app.state.door = Door.of(prentice, config)
            stack.callback(app.state.door.close)
            app.state.bench = Bench(prentice)
            app.state.shelf = Shelf()
            yield

    return lifespan
