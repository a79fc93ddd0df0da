"""Many questions from a file of JSON lines. A bad line gives an error object and the rest go on."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import orjson

from prentice.ask.contract import Answer
from prentice.errors import BadQuestion, PrenticeError
from prentice.failures import error_answer, unexpected
from prentice.tenancy.scope import TenantScope

STANDARD = Path("-")


class BadFile(PrenticeError):
    code, status = "bad_file", 422


class Asked(Protocol):
    def ask(self, question: str, scope: TenantScope, *, context: Sequence[str] = ()) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: a question, or why it is none."""

    id: str
    question: str = ""
    context: tuple[str, ...] = ()
    wrong: PrenticeError | None = None


def read_line(number: int, raw: bytes) -> Line:
    """A line {id, question, context?}; what is no such object becomes a `Line` that says so.

    >>> read_line(3, b'{"question": "revenue?"}').id
    'line 3'
    """
    fallback = f"line {number}"
    try:
        said = json.loads(raw.decode("utf-8-sig"))
    except ValueError:  # UnicodeDecodeError is one
        return Line(fallback, wrong=_bad(number, "is not JSON"))
    if not isinstance(said, dict):
        return Line(fallback, wrong=_bad(number, "is not an object"))
    name = said.get("id")
    line_id = fallback if name is None else str(name)
    question, context = said.get("question"), said.get("context") or []
    if not isinstance(question, str):
        return Line(line_id, wrong=_bad(number, "has no text under 'question'"))
    if isinstance(context, str):
        context = [context]
    if not isinstance(context, list) or not all(isinstance(q, str) for q in context):
        return Line(line_id, wrong=_bad(number, "has a 'context' that is no list of questions"))
    return Line(line_id, question, tuple(context))


def _bad(number: int, what: str) -> BadQuestion:
    return BadQuestion(
        f"Line {number} {what}.", 'Write each line as {"id": "1", "question": "…", "context": ["…"]}.'
    )


def run_batch(engine: Asked, scope: TenantScope, source: Path, target: Path, *, resume: bool = False) -> None:
    """Answer each line of `source` and write it to `target` at once, with its id in front.

    With `resume` the whole lines that stand in `target` are kept and their ids are not asked again.
    Raises `BadFile`.
    """
    from prentice.terminal import progress, remark

    done = _answered(target) if resume and target != STANDARD else set()
    counts: dict[str, int] = {}
    with ExitStack() as stack:
        lines = stack.enter_context(_reading(source, target))
        out = stack.enter_context(_writing(target, keep=bool(done)))
        bar = stack.enter_context(progress(total=source != STANDARD))
        task = bar.add_task("Answering", total=_count(source))
        for number, raw in enumerate(lines, 1):
            if raw.strip():
                line = read_line(number, raw)
                if line.id not in done:
                    answer = _answer(engine, scope, line)
                    out.write(orjson.dumps({"id": line.id, **answer}, option=orjson.OPT_APPEND_NEWLINE))
                    out.flush()
                    counts[answer["kind"]] = counts.get(answer["kind"], 0) + 1
                bar.advance(task)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing left to ask"
    remark(f"Done: {told}{f' ({len(done)} kept from before)' if done else ''}.")


def _answer(engine: Asked, scope: TenantScope, line: Line) -> dict[str, Any]:
    if line.wrong is not None:
        return error_answer(line.wrong, uuid.uuid4().hex)
    try:
        return engine.ask(line.question, scope, context=line.context).as_json()
    except PrenticeError as error:
        return error_answer(error, uuid.uuid4().hex)
    except Exception as error:  # one line must not end the others
        return unexpected(error)


@contextmanager
def _reading(source: Path, target: Path) -> Iterator[BinaryIO]:
    if source == STANDARD:
        yield sys.stdin.buffer
        return
    if target != STANDARD and target.exists() and source.exists() and target.samefile(source):
        raise BadFile("--in and --out are the same file.", "Give another name for the answers.")
    try:
        file = source.open("rb")
    except OSError as refused:
        raise BadFile(f"{source} cannot be read ({refused.strerror}).", "Check its name.") from None
    with file:
        yield file


@contextmanager
def _writing(target: Path, *, keep: bool) -> Iterator[BinaryIO]:
    if target == STANDARD:
        yield sys.stdout.buffer
        return
    try:
        file = target.open("ab" if keep else "wb")
    except OSError as refused:
        raise BadFile(f"{target} cannot be written ({refused.strerror}).", "Check the folder.") from None
    with file:
        yield file


def _answered(target: Path) -> set[str]:
    """The ids in the whole lines of `target`; a last line that was cut off is taken away."""
    if not target.exists():
        return set()
    ids: set[str] = set()
    whole = 0
    with target.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                break
            try:
                ids.add(str(json.loads(raw)["id"]))
            except (ValueError, KeyError, TypeError):
                break
            whole += len(raw)
    with target.open("rb+") as file:
        file.truncate(whole)
    return ids


def _count(source: Path) -> int | None:
    if source == STANDARD:
        return None
    with source.open("rb") as file:
        return sum(1 for raw in file if raw.strip())
