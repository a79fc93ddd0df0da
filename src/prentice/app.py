"""`create_app()`: the web application, its middleware in view, in order.

There is no sign-in yet, so the server listens on this machine alone (`PRENTICE_HOST` is 127.0.0.1), and
only under names of this machine. docs/http.md lists the routes, the errors and the events.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from prentice import __version__
from prentice.ask.pipeline import open_prentice
from prentice.settings import Settings, settings
from prentice.web import asking, catalog, charts, exports, page, practices, problems, pulse
from prentice.web.bodies import JsonBodies
from prentice.web.doors import LOOPBACK, KnownHosts, OwnPagesOnly
from prentice.web.engine import Bench, Engine
from prentice.web.headers import SafeHeaders
from prentice.web.record import Recorded
from prentice.web.shelf import Shelf

STATIC = Path(__file__).parent / "web" / "static"

DESCRIPTION = """Answers from a practice's own figures: the number, table, chart, dates and SQL.
Every failure is `{"error": {"code", "message", "next_step", "trace_id"}}`."""


def create_app(
    config: Settings | None = None,
    *,
    engine: Engine | None = None,
    hosts: Collection[str] = (),
) -> FastAPI:
    """The application. Without `engine` it opens its own on start-up and closes it at the end.

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
            Middleware(JsonBodies),  # size, type and depth of what is sent
        ],
    )
    problems.install(app)
    for part in (asking, catalog, practices, exports, pulse, page):
        app.include_router(part.router, responses={422: {"model": problems.ProblemBody}})
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _opened(
    config: Settings, engine: Engine | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    def started(stack: ExitStack) -> Engine:
        charts.warm_up()
        if engine is not None:
            return engine
        opened = stack.enter_context(open_prentice(config))
        opened.servers.watch()
        return opened

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            app.state.bench = Bench(await anyio.to_thread.run_sync(started, stack))
            app.state.shelf = Shelf()
            yield

    return lifespan
