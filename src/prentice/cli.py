"""The `prentice` command. Each capability brings its own commands; docs/cli.md describes them all.

Nothing heavy is imported here or in the modules of the commands: `prentice --help` must be quick.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated

import typer

from prentice.ask.commands import ask, batch, catalog, query
from prentice.audit.commands import audit
from prentice.deid.commands import deid
from prentice.demo.commands import demo
from prentice.feedback.commands import feedback
from prentice.identity.commands import user
from prentice.identity.token_commands import host, key, provider, token
from prentice.jobs.commands import jobs
from prentice.knowledge.commands import knowledge
from prentice.ops.commands import keys
from prentice.optics.commands import optics
from prentice.tenancy.commands import db, tenant
from prentice.web.commands import serve

app = typer.Typer(
    name="prentice",
    help="Prentice answers questions about an optical practice from its own database.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: quick, and right in every terminal
)
for command in (ask, query, batch, catalog, serve):
    app.command()(command)
app.command(context_settings={"help_option_names": []})(optics)  # --help tells what a calculator takes
app.add_typer(tenant, name="tenant")
app.add_typer(demo, name="demo")
app.add_typer(db, name="db")
app.add_typer(deid, name="deid")
app.add_typer(jobs, name="jobs")
app.add_typer(user, name="user")
app.add_typer(key, name="key")
app.add_typer(token, name="token")
app.add_typer(host, name="host")
app.add_typer(provider, name="provider")
app.add_typer(audit, name="audit")
app.add_typer(feedback, name="feedback")
app.add_typer(knowledge, name="knowledge")
app.add_typer(keys, name="keys")


@app.command()
def version() -> None:
    """Print the version."""
    from prentice import __version__

    print(__version__)


def _version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The entry point. A character that the terminal cannot show becomes '?' rather than an error."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app()


if __name__ == "__main__":
    main()
