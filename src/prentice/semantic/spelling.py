"""One spelling for comparison: case, space, hyphen and underscore alike (KPIS.md).

The database does the same with `LOWER(TRANSLATE(TRIM(x), ' -', '__'))`; the views' `…_key` columns hold it.
"""

from __future__ import annotations

from sqlglot import exp

_ALIKE = str.maketrans(" -", "__")


def spelling_key(text: str) -> str:
    """How `text` is compared.

    >>> spelling_key(" Single Vision ") == spelling_key("single-vision") == "single_vision"
    True
    """
    return text.strip(" ").translate(_ALIKE).lower()


def spelling_sql(text: exp.Expr) -> exp.Expr:
    """The same rule as an expression of the database."""
    translated = exp.Translate(
        this=exp.Trim(this=text), from_=exp.Literal.string(" -"), to=exp.Literal.string("__")
    )
    return exp.Lower(this=translated)
