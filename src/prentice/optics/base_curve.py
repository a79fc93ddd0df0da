"""The front (base) curve that suits a prescription, and the bounds it should keep."""

from __future__ import annotations

VOGEL = "Vogel's rule (20/20 Magazine, Choosing Base Curves)"
BODDY = "Boddy's rule for digitally surfaced progressives"
FLATTEST = 1.0
OVER_POWER = 2.0  # a front curve that leaves a back of at least -2.00 D, so that the lens clears the lashes
STEEPEST = 12.0


def vogel(mean: float) -> float:
    """Plus: SE + 6.00; minus: SE/2 + 6.00. Dioptres, before the guard rails.

    >>> vogel(3.0), vogel(-4.0)
    (9.0, 4.0)
    """
    return mean + 6 if mean > 0 else mean / 2 + 6


def boddy(mean: float, add: float) -> float:
    """Digitally surfaced progressives: minus 4.25 + (SE + add)/2, plus 3.50 + add/2 + SE.

    >>> boddy(-4.0, 2.0)
    3.25
    """
    return 3.5 + add / 2 + mean if mean > 0 else 4.25 + (mean + add) / 2


def guarded(curve: float, most_plus: float) -> float:
    """The curve held to at least +1.00, to at least 2.00 above the most plus power, and to what is made.

    >>> guarded(-2.0, -10.0)
    1.0
    """
    return min(max(curve, FLATTEST, most_plus + OVER_POWER), max(STEEPEST, most_plus + OVER_POWER))
