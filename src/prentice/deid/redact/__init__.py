"""The redactor of free text: takes the identifiers of HIPAA's Safe Harbor out of text that must stay text.

Its names are read on first use: the command line lists its commands without compiling two hundred patterns.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prentice.deid.redact.redactor import Ner, Patient, Redactor
    from prentice.deid.redact.spans import Redaction, Span, SpanType

__all__ = ["Ner", "Patient", "Redaction", "Redactor", "Span", "SpanType"]
_HOMES = {"Ner": "redactor", "Patient": "redactor", "Redactor": "redactor"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'spans')}"), name)
