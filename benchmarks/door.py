"""What identity, limits and the audit add to `POST /v1/query` when the result is in the cache.

    .venv/bin/python benchmarks/door.py [--seconds 60] [--rate 50]

One server process over the demo; one client that sends `rate` requests a second at their times, whoever is
late, by turns to two routes: `/v1/query` as it is, with a session, its CSRF token, rates, questions at once,
budgets and a committed entry of the audit; and `/bare`, made here, which answers the same Query by the same
middleware without any of that. What is told is the difference of their percentiles. PostgreSQL waits for
the disk, as in use.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from contextlib import ExitStack, redirect_stderr
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from fastapi import Body
from starlette.responses import Response

from prentice.web.forms import QueryForm
from prentice.web.problems import json_response

TENANT = "harbour-optics"
ASKED = {"tenant": TENANT, "query": {"metrics": ["revenue"], "dimensions": ["brand"], "limit": 10}}
TODAY = date(2026, 10, 31)
STALE_S = 3.0  # the server closes a connection that nobody uses


def serve(home: str, listener: socket.socket, ready: Any, stop: Any) -> None:
    import uvicorn

    from prentice.app import create_app
    from prentice.ask.pipeline import Way, open_prentice
    from prentice.demo.commands import load_and_connect
    from prentice.demo.users import PASSWORD
    from prentice.ops.logs import configure_logging
    from prentice.settings import Settings

    class Free:
        """An account that nobody keeps."""

        answer = None

        def spend(self, cost: float) -> None: ...

    # One session sends for everybody: how fast is not what is measured, looking it up is.
    config = Settings(
        home=Path(home), today=TODAY, limit_user_per_minute=100_000, limit_user_burst=100_000,
        limit_tenant_per_minute=100_000, limit_tenant_burst=100_000,
        limit_user_at_once=32, limit_tenant_at_once=32,
    )  # fmt: skip
    with ExitStack() as stack, open_prentice(config) as prentice:
        load_and_connect(prentice, today=TODAY, owned=True)
        stack.enter_context(redirect_stderr(stack.enter_context(open(Path(home) / "server.log", "w"))))
        configure_logging()
        app = create_app(config, engine=prentice)

        @app.post("/bare")
        async def bare(form: QueryForm = Body()) -> Response:
            def work() -> Any:
                scope = prentice.registry.scope(form.tenant)
                way = Way()
                return way.finish(prentice._answer(form.query, scope, way, None, Free()))  # type: ignore[arg-type]

            return json_response((await app.state.bench.run(work)).as_json())

        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        ready.put(prentice.keyring.get(PASSWORD))

        def end() -> None:
            stop.wait()
            server.should_exit = True

        import threading

        threading.Thread(target=end, daemon=True).start()
        server.run(sockets=[listener])


class Line:
    """One kept connection to the server. A client library would be slower than the server."""

    def __init__(self, host: str, port: int, headers: dict[str, str]) -> None:
        body = json.dumps(ASKED).encode()
        lines = {"Host": f"{host}:{port}", "Content-Type": "application/json", **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._address = (host, port)
        self._rest = f" HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def open(self) -> Line:
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        self.used = time.perf_counter()
        return self

    async def post(self, path: str) -> bytes:
        """The answer's body; AssertionError for any status but 200."""
        self._writer.write(b"POST " + path.encode() + self._rest)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        self.used = time.perf_counter()
        assert head.startswith(b"HTTP/1.1 200 "), body[:500]
        return body


async def measure(port: int, headers: dict[str, str], rate: float, seconds: float) -> dict[str, list[float]]:
    """Milliseconds of each request from the moment it was due, by route."""
    found: dict[str, list[float]] = {"/v1/query": [], "/bare": []}
    free = [await Line("127.0.0.1", port, headers).open() for _ in range(32)]
    sent: list[asyncio.Task[None]] = []

    async def one(path: str, due: float) -> None:
        while free and time.perf_counter() - free[-1].used > STALE_S:
            free.pop()
        line = free.pop() if free else await Line("127.0.0.1", port, headers).open()
        body = await line.post(path)
        found[path].append((time.perf_counter() - due) * 1e3)
        free.append(line)
        assert b'"cached":true' in body.replace(b" ", b"")

    for path in found:  # both are warm, and the result is in the cache
        for _ in range(20):
            await free[0].post(path)
    paths = list(found)
    began = time.perf_counter() + 0.5
    for n in range(int(rate * seconds)):
        due = began + n / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sent.append(asyncio.create_task(one(paths[n % 2], time.perf_counter())))
    await asyncio.gather(*sent)
    return found


def told(name: str, times: list[float]) -> None:
    cut = statistics.quantiles(times, n=100)
    print(
        f"{name:<12} {len(times):>6} requests   "
        f"p50 {cut[49]:6.2f}   p95 {cut[94]:6.2f}   p99 {cut[98]:6.2f} ms"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--rate", type=float, default=50)
    wanted = arguments.parse_args()
    with ExitStack() as stack:
        home = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="prentice-door-", ignore_cleanup_errors=True)
        )
        listener = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        spawn = multiprocessing.get_context("fork")
        ready, stop = spawn.Queue(), spawn.Event()
        server = spawn.Process(target=serve, args=(home, listener, ready, stop))
        server.start()
        password = ready.get(timeout=300)
        with httpx.Client(base_url=url, timeout=60) as browser:
            form = {"email": f"owner@{TENANT}.example", "password": password}
            assert browser.post("/sign-in", data=form).status_code == 303
            page = browser.get("/", params={"tenant": TENANT}).text
            csrf = page.split('data-csrf="')[1].split('"')[0]
            cookies = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
        headers = {"Cookie": cookies, "X-CSRF-Token": csrf}
        time.sleep(5)
        print(f"load before: {os.getloadavg()[0]:.1f}")
        try:
            found = asyncio.run(measure(listener.getsockname()[1], headers, wanted.rate, wanted.seconds))
        except BaseException:
            print((Path(home) / "server.log").read_text()[-3_000:])
            raise
        for name, times in found.items():
            told(name, times)
        full, bare = (statistics.quantiles(found[name], n=100) for name in ("/v1/query", "/bare"))
        print(
            f"added (at most 3 and 10 at p50 and p99)  p50 {full[49] - bare[49]:6.2f}   "
            f"p95 {full[94] - bare[94]:6.2f}   p99 {full[98] - bare[98]:6.2f} ms"
        )
        stop.set()
        server.join(30)


if __name__ == "__main__":
    main()
