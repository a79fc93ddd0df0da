"""`prentice ask`, `batch`, `query` and `catalog`: the same answers as over HTTP."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prentice.failures import NotHere, print_json, told

if TYPE_CHECKING:
    from prentice.semantic.query import Query


class Role(StrEnum):
    owner = "owner"
    manager = "manager"
    dispenser = "dispenser"
    assistant = "assistant"
    auditor = "auditor"


Tenant = Annotated[str, typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG")]
Rights = Annotated[Role, typer.Option("--role", help="Whose rights the answer keeps to.")]
As = Annotated[
    str | None, typer.Option("--as", help="Act with a user's rights (needs sign-in).", metavar="EMAIL")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Context = Annotated[
    list[str] | None,
    typer.Option("--context", "-c", help="A question asked before; may be repeated.", metavar="QUESTION"),
]
QueryText = Annotated[
    str, typer.Argument(help="A Query as JSON; '-' reads it from standard input.", metavar="JSON")
]
Source = Annotated[
    Path, typer.Option("--in", help="Lines of {id, question, context}; '-': standard input.", metavar="FILE")
]
Target = Annotated[
    Path, typer.Option("--out", help="Lines of answers with their id; '-': standard output.", metavar="FILE")
]
Resume = Annotated[bool, typer.Option("--resume", help="Keep the answers in --out and ask only the rest.")]


def ask(
    question: Annotated[str, typer.Argument(help="A question in ordinary words.")],
    tenant: Tenant,
    role: Rights = Role.owner,
    as_user: As = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Ask a question about a practice: the sentence, the figures, the dates."""
    with told(as_json=as_json, as_answer=True):
        _no_users_yet(as_user)
        from prentice.session import opened
        from prentice.terminal import show, stages

        with stages(quiet=as_json) as on_stage, opened() as prentice:
            scope = prentice.registry.scope(_known(prentice, tenant), role=role)
            answer = prentice.ask(question, scope, context=context or (), on_stage=on_stage)
        if as_json:
            print_json(answer.as_json())
        else:
            show(answer, scope)


def query(
    text: QueryText,
    tenant: Tenant,
    role: Rights = Role.owner,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Answer a typed Query, without the words: '{"metrics": ["revenue"], "dimensions": ["brand"]}'."""
    with told(as_json=as_json, as_answer=True):
        _no_users_yet(as_user)
        wanted = _query(sys.stdin.read() if text == "-" else text)
        from prentice.session import opened
        from prentice.terminal import show, stages

        with stages(quiet=as_json) as on_stage, opened() as prentice:
            scope = prentice.registry.scope(_known(prentice, tenant), role=role)
            answer = prentice.query(wanted, scope, on_stage=on_stage)
        if as_json:
            print_json(answer.as_json())
        else:
            show(answer, scope)


def batch(
    tenant: Tenant,
    source: Source,
    target: Target,
    role: Rights = Role.owner,
    as_user: As = None,
    resume: Resume = False,
) -> None:
    """Answer many questions: JSON lines in, JSON lines out, each written as soon as it is there."""
    with told(as_json=False):
        _no_users_yet(as_user)
        from prentice.ask.batch import run_batch
        from prentice.session import opened

        with opened() as prentice:
            scope = prentice.registry.scope(_known(prentice, tenant), role=role)
            run_batch(prentice, scope, source, target, resume=resume)


def catalog(role: Rights = Role.owner, as_json: Json = False) -> None:
    """What can be asked: every metric and dimension with its definition."""
    with told(as_json=as_json):
        from prentice.identity.roles import effective_grants
        from prentice.semantic.model import Catalogue

        catalogue, grants = Catalogue.load(), effective_grants(role, frozenset())
        if as_json:
            from prentice.web.catalog import catalog_body

            print_json(catalog_body(catalogue, role, grants).model_dump())
            return
        from prentice.terminal import grid, screen

        console = screen()
        seen = catalogue.visible_to(role, grants)
        for model in catalogue.models.values():
            rows = [(m.name, m.label, m.unit, m.description) for m in seen if m.model == model.name]
            if rows:
                console.print(f"\n{model.label}: {model.description}\n", style="bold")
                console.print(grid(("metric", "label", "unit", "definition"), rows))


def _known(prentice: Any, slug: str) -> str:
    """The operator is told which practices there are when the name is not one of them."""
    prentice.registry.get(slug, for_operator=True)
    return slug


def _no_users_yet(as_user: str | None) -> None:
    if as_user is not None:
        raise NotHere(
            "There are no users yet, so --as cannot take anybody's rights.",
            "Leave it out and choose the rights with --role, such as --role dispenser.",
        )


def _query(text: str) -> Query:
    """The Query in a JSON text. Raises `BadQuery` that says where it is wrong."""
    from pydantic import ValidationError

    from prentice.errors import BadQuery
    from prentice.semantic.query import Query

    try:
        return Query.model_validate_json(text)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise BadQuery(
            f"The Query cannot be read{f' at {where}' if where else ''}: {said}.",
            'Give one such as {"metrics": ["revenue"], "dimensions": ["brand"]}; '
            "`prentice catalog` has the names.",
        ) from None
