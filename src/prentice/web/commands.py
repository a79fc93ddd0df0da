"""`prentice serve`: the servers, the demo on the first start, the web page; Ctrl-C ends all of it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prentice.failures import told

if TYPE_CHECKING:
    from ssl import SSLContext

    from prentice.ask.pipeline import Prentice
    from prentice.settings import Settings

GRACE_S = 3  # an open stream may not hold up Ctrl-C for longer
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; 0 takes any.  [default: 8000]")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Serve TLS 1.3 with this certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's private key (PEM).")] = None,
) -> None:
    """Start everything and print the address to open. The first start loads the demo practices."""
    with told(as_json=False):
        from prentice.settings import load_settings

        config = load_settings()
        given = {"host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
        config = config.model_copy(update={k: v for k, v in given.items() if v is not None})
        try:
            _serve(config)
        except KeyboardInterrupt:  # the usual way to end it
            from prentice.terminal import remark

            remark("Stopped.")


def _serve(config: Settings) -> None:
    from prentice.ops.production import refuse_unsafe
    from prentice.terminal import remark
    from prentice.web.tls import server_context

    refuse_unsafe(config)
    context = server_context(config)
    with _listening(config) as listener:  # before anything slow: a taken port is told at once
        remark("Starting …")
        from prentice.session import opened

        with opened(config) as prentice:
            refuse_unsafe(config, refuse_demo=lambda: demo_left(prentice))
            if not prentice.registry.all():
                _first_start(prentice, config)
            from prentice.embedded.keeper import end_keeper
            from prentice.ops.logs import configure_logging

            end_keeper(config)  # the servers are to end with this process
            prentice.servers.watch()
            configure_logging()
            _run(prentice, config, listener, context)


def demo_left(prentice: Prentice) -> list[str]:
    """What production mode refuses of the demo: its practices, whose data and passwords anybody can make."""
    from prentice.demo.practice import cast
    from prentice.demo.users import present

    people = [
        f"The demo's user {email} can sign in (`prentice user disable {email}`)."
        for email in present(prentice)
    ]
    ours = {practice.company_id for practice in cast().practices}
    left = [tenant.slug for tenant in prentice.registry.all() if tenant.company_id in ours]
    return [
        *(f"The demo's practice '{slug}' is connected (`prentice tenant remove {slug}`)." for slug in left),
        *people,
    ]


def _first_start(prentice: Prentice, config: Settings) -> None:
    """The demo goes into the embedded source alone: a real one is not ours to write to."""
    from prentice.demo.commands import load_and_connect
    from prentice.terminal import remark

    if config.source_url is None:
        load_and_connect(prentice, today=config.today, owned=True, home=config.home)
    else:
        remark("No practice is connected yet: `prentice tenant add SLUG --company-id ID` connects one.")


def _run(prentice: Prentice, config: Settings, listener: socket.socket, context: SSLContext | None) -> None:
    import uvicorn

    from prentice.app import create_app
    from prentice.terminal import remark
    from prentice.web.connections import Connection

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                remark(f"\nPrentice is ready: open {_address(config, listener)}   (Ctrl-C stops it)")
                for line in _demo_lines(prentice):
                    remark(line)

    options = uvicorn.Config(
        create_app(config, engine=prentice, hosts=config.host_names),
        log_config=None,  # the application writes one line for each request itself
        access_log=False,
        server_header=False,
        http=Connection,
        ws="none",
        proxy_headers=False,  # who is a proxy that may speak for others is not for uvicorn to guess
        ssl_context_factory=(lambda _config, _default: context) if context else None,
        timeout_graceful_shutdown=GRACE_S,
    )
    Announced(options).run(sockets=[listener])


def _demo_lines(prentice: Prentice) -> list[str]:
    """Whom to sign in as, where the demo's people are here."""
    from prentice.demo.users import PASSWORD, demo_users, present

    there = present(prentice)
    if not there or not (password := prentice.keyring.get(PASSWORD)):
        return []
    owners = [one for one in demo_users() if one.role == "owner" and one.email in there]
    lines = [f"  {one.email:<32} {one.role} of {one.practice}" for one in owners]
    return [
        "\nSign in to the demo with",
        *lines,
        f"  password: {password}",
        "`prentice demo users` shows the others: managers, dispensers, assistants, auditors, the operator.",
    ]


def _address(config: Settings, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    name = "127.0.0.1" if config.host in ("0.0.0.0", "::") else config.host
    scheme = "http"
    if config.tls_cert:
        scheme, name = "https", next(iter(config.host_names), name)  # as its certificate is called
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}/"


def _listening(config: Settings) -> socket.socket:
    """The open door. Raises `BadConfiguration` where the port is taken or the address not ours."""
    from prentice.errors import BadConfiguration
    from prentice.terminal import remark

    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(128)
    except (OSError, OverflowError) as refused:
        listener.close()
        why = (
            refused.strerror.lower() if isinstance(refused, OSError) and refused.strerror else "not possible"
        )
        raise BadConfiguration(
            f"Prentice cannot listen on {config.host}, port {config.port} ({why}).",
            "Stop what uses it, or choose another with --port.",
        ) from None
    if config.host not in LOOPBACK:
        remark(f"{config.host} can be reached from elsewhere: see docs/security.md, 'Production mode'.")
    return listener
