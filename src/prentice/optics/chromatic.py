"""Transverse chromatic aberration."""

from __future__ import annotations

SOURCE = "Jalie, Principles of Ophthalmic Lenses (TCA = prism / Abbe number)"
NOTICED = 0.1  # prism dioptres; the figure commonly quoted


def transverse(prism: float, abbe: float) -> float:
    """TCA = P / V, in prism dioptres.

    >>> round(transverse(9.0, 30), 2)
    0.3
    """
    return prism / abbe
