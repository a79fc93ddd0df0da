"""`prentice ask`, `batch`, `query` and `catalog`: the same answers as over HTTP."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prentice.errors import UnknownUser
from prentice.failures import print_json, told

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice
    from prentice.semantic.query import Query
    from prentice.tenancy.scope import TenantScope


class Role(StrEnum):
    owner = "owner"
    manager = "manager"
    dispenser = "dispenser"
    assistant = "assistant"
    auditor = "auditor"


Tenant = Annotated[str, typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG")]
Rights = Annotated[Role, typer.Option("--role", help="Whose rights the answer keeps to.")]
As = Annotated[
    str | None,
    typer.Option("--as", help="Take a user's rights; without it: the operator's own.", metavar="EMAIL"),
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
    as_user: As = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Ask a question about a practice: the sentence, the figures, the dates."""
    with told(as_json=as_json, as_answer=True):
        from prentice.session import opened
        from prentice.terminal import show, stages

        with stages(quiet=as_json) as on_stage, opened() as prentice:
            scope = scope_as(prentice, tenant, as_user)
            answer = prentice.ask(question, scope, context=context or (), on_stage=on_stage)
        if as_json:
            print_json(answer.as_json())
        else:
            show(answer, scope)


def query(
    text: QueryText,
    tenant: Tenant,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Answer a typed Query, without the words: '{"metrics": ["revenue"], "dimensions": ["brand"]}'."""
    with told(as_json=as_json, as_answer=True):
        wanted = _query(sys.stdin.read() if text == "-" else text)
        from prentice.session import opened
        from prentice.terminal import show, stages

        with stages(quiet=as_json) as on_stage, opened() as prentice:
            scope = scope_as(prentice, tenant, as_user)
            answer = prentice.query(wanted, scope, on_stage=on_stage)
        if as_json:
            print_json(answer.as_json())
        else:
            show(answer, scope)


def batch(
    tenant: Tenant,
    source: Source,
    target: Target,
    as_user: As = None,
    resume: Resume = False,
) -> None:
    """Answer many questions: JSON lines in, JSON lines out, each written as soon as it is there."""
    with told(as_json=False):
        from prentice.ask.batch import run_batch
        from prentice.session import opened

        with opened() as prentice:
            scope = scope_as(prentice, tenant, as_user)
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


def scope_as(prentice: Prentice, slug: str, email: str | None) -> TenantScope:
    """The practice for whoever sits at this machine: the operator, or a user whose rights are taken.

    The operator is told which practices there are when the name is not one of them. Raises `UnknownTenant`,
    `UnknownUser`, `TenantSuspended`.
    """
    prentice.registry.get(slug, for_operator=True)
    if email is None:
        return prentice.registry.scope(slug)
    user = prentice.identity.users.by_email(email)
    part = next(
        (m for m in prentice.identity.users.memberships(user.id) if m.slug == slug) if user else iter(()),
        None,
    )
    if user is None or part is None or not user.active:
        raise UnknownUser(
            f"Nobody with this address works at '{slug}'.",
            f"`prentice user list --tenant {slug}` shows who does.",
        )
    return prentice.registry.scope(
        slug, role=part.role.value, principal=user.id, grants=part.grants, credential=f"command:{user.id}"
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
