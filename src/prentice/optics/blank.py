"""The smallest uncut lens that a frame can be cut from."""

from __future__ import annotations

SOURCE = "Brooks and Borish, System for Ophthalmic Dispensing (ED + 2 × decentration + 2 mm)"
EDGING_MM = 2.0


def minimum_blank(ed_mm: float, decentration_mm: float, allowance_mm: float = EDGING_MM) -> float:
    """ED + 2 × decentration of one lens + allowance for edging, in mm. An estimate: only a tracing is exact.

    >>> minimum_blank(60, 1.5)
    65.0
    """
    return ed_mm + 2 * abs(decentration_mm) + allowance_mm
