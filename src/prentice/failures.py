"""How a command tells a failure: one clear line with the next step, an id for what nobody expected.

Exit codes: 0 done (a refusal and a question back are answers too), 2 bad usage, 1 a failure.
"""

from __future__ import annotations

import os
import sys
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from prentice.errors import PrenticeError

FAILED = 1


class NotHere(PrenticeError):
    """Asked for something that this version does not have."""

    code, status = "not_available", 501


@contextmanager
def told(*, as_json: bool, as_answer: bool = False) -> Iterator[None]:
    """Run a command's work; what fails is told and ends the process with exit code 1.

    With `as_json` standard output holds one object: an Answer of kind `error` where `as_answer`, else
    `{"error": {code, message, next_step, trace_id}}`.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):  # told by typer itself
        raise
    except PrenticeError as error:
        _tell(error, uuid.uuid4().hex, as_json, as_answer)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:  # `prentice … | head`
        _no_more_output()
        raise SystemExit(FAILED) from None
    except Exception as error:
        trace_id = uuid.uuid4().hex
        where = _written(error, trace_id)
        unexpected = PrenticeError(
            "Something went wrong that nobody expected.",
            f"Report the id {trace_id}" + (f"; the details are in {where}." if where else "."),
        )
        _tell(unexpected, trace_id, as_json, as_answer)


def error_answer(error: PrenticeError, trace_id: str) -> dict[str, Any]:
    """The contract's object for a failure."""
    from prentice.ask.contract import Answer

    return Answer(
        kind="error",
        answer=error.message,
        code=error.code,
        next_step=error.next_step,
        confidence=0.0,
        timing_ms={"total": 0.0},
        trace_id=trace_id,
    ).as_json()


def unexpected(error: Exception) -> dict[str, Any]:
    """The contract's object for what nobody expected; the details go to the log file."""
    trace_id = uuid.uuid4().hex
    _written(error, trace_id)
    return error_answer(PrenticeError("Something went wrong.", f"Report the id {trace_id}."), trace_id)


def print_json(data: Any) -> None:
    """One object on one line, UTF-8 whatever the terminal's own encoding; NaN becomes null."""
    import orjson

    sys.stdout.flush()
    line = orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS, default=str)
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _tell(error: PrenticeError, trace_id: str, as_json: bool, as_answer: bool) -> None:
    if as_json and as_answer:
        print_json(error_answer(error, trace_id))
    elif as_json:
        print_json({"error": {"code": error.code, "message": error.message, "next_step": error.next_step,
                              "trace_id": trace_id}})  # fmt: skip
    print(f"prentice: {error}", file=sys.stderr)
    raise SystemExit(FAILED)


def log_folder() -> Path:
    """`PRENTICE_HOME/logs`, by the variable itself: the settings may be what is wrong."""
    return Path(os.environ.get("PRENTICE_HOME") or "~/.prentice").expanduser() / "logs"


def _written(error: Exception, trace_id: str) -> Path | None:
    """The traceback, readable to the owner alone: its text may hold a value. None where it cannot be kept."""
    file = log_folder() / "errors.log"
    text = "".join(traceback.format_exception(error))
    with suppress(OSError, RuntimeError):
        file.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as log:
            log.write(f"{datetime.now(UTC).isoformat()} {trace_id}\n{text}\n")
        return file
    return None


def _no_more_output() -> None:
    """Python flushes standard output once more on its way out, and would complain."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
