"""Typical figures of the lens materials. The maker's own, from the lens catalogue, go before these."""

from __future__ import annotations

from dataclasses import dataclass

from prentice.errors import BadValue

SOURCE = "typical figures of the trade; the maker's data sheet goes before them"


@dataclass(frozen=True, slots=True)
class Material:
    """Index for the d or e line, Abbe number, density in g/cm³."""

    name: str
    index: float
    abbe: float
    density: float


MATERIALS: dict[str, Material] = {
    "cr39": Material("CR-39", 1.498, 58, 1.32),
    "trivex": Material("Trivex", 1.532, 43, 1.11),
    "polycarbonate": Material("polycarbonate", 1.586, 30, 1.20),
    "1.60": Material("1.60", 1.60, 41, 1.30),
    "1.67": Material("1.67", 1.67, 32, 1.35),
    "1.74": Material("1.74", 1.74, 33, 1.47),
    "glass": Material("crown glass", 1.523, 59, 2.54),
}
_OTHER_NAMES = {
    "poly": "polycarbonate", "crown": "glass", "crown glass": "glass", "1.5": "cr39", "1.50": "cr39",
    "plastic": "cr39", "1.6": "1.60", "1.498": "cr39", "1.53": "trivex", "1.59": "polycarbonate",
}  # fmt: skip


def material(name: str) -> Material:
    """By any of its names. Raises `BadValue`.

    >>> material("CR-39").abbe
    58
    """
    key = name.strip().lower().replace("cr-39", "cr39").replace("cr 39", "cr39")
    found = MATERIALS.get(_OTHER_NAMES.get(key, key))
    if found is None:
        raise BadValue(
            "This material is not known here.", f"Known are: {', '.join(MATERIALS)}; or give the figures."
        )
    return found


def nearest_index(index: float) -> Material:
    """The material whose index is nearest: for a density or an Abbe number that was not given.

    >>> nearest_index(1.66).name
    '1.67'
    """
    return min(MATERIALS.values(), key=lambda m: abs(m.index - index))
