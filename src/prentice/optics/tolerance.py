"""Whether a made lens is within the standard.

ANSI Z80.1-2015 is here. Of ISO 21987 nothing is: its tables are licensed, and whoever has them enters them as
a `Table`; without one the check is refused, not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prentice.errors import NotConfigured
from prentice.optics.meridians import power_in_meridian
from prentice.optics.power import Power

Kind = Literal["single-vision", "multifocal", "progressive"]
Standard = Literal["ansi-z80.1-2015", "iso-21987"]


@dataclass(frozen=True, slots=True)
class Band:
    """Up to this absolute power, a limit in dioptres, or in per cent of the power."""

    up_to: float
    limit: float
    percent: bool = False

    def allows(self, power: float) -> float:
        return abs(power) * self.limit / 100 if self.percent else self.limit


@dataclass(frozen=True, slots=True)
class Table:
    """One standard's limits for one kind of lens. Bands go upwards; `axis` is in degrees by cylinder."""

    title: str
    sphere: tuple[Band, ...]
    cylinder: tuple[Band, ...]
    axis: tuple[Band, ...]
    add: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One item: ordered, made, by how much it is off, and by how much it may be (None: no limit)."""

    item: str
    ordered: float
    made: float | None
    off: float | None
    limit: float | None
    unit: str

    @property
    def passes(self) -> bool | None:
        if self.off is None:
            return None
        return self.limit is None or self.off <= self.limit + 1e-9


_END = float("inf")
_AXIS = (Band(0.25, 14), Band(0.5, 7), Band(0.75, 5), Band(1.5, 3), Band(_END, 2))
_ADD = (Band(4.0, 0.12), Band(_END, 0.18))
AXIS_FROM = 0.12  # of a smaller cylinder the axis is not judged
_LENSES = Table(
    "ANSI Z80.1-2015, single vision and multifocal",
    (Band(6.5, 0.13), Band(_END, 2, percent=True)),
    (Band(2.0, 0.13), Band(4.5, 0.15), Band(_END, 4, percent=True)),
    _AXIS,
    _ADD,
)
_PROGRESSIVE = Table(
    "ANSI Z80.1-2015, progressive addition",
    (Band(8.0, 0.16), Band(_END, 2, percent=True)),
    (Band(2.0, 0.16), Band(3.5, 0.18), Band(_END, 5, percent=True)),
    _AXIS,
    _ADD,
)
ANSI: dict[Kind, Table] = {
    "single-vision": _LENSES, "multifocal": _LENSES, "progressive": _PROGRESSIVE,
}  # fmt: skip


def table_for(standard: Standard, kind: Kind, given: Table | None = None) -> Table:
    """The table to judge by. Raises `NotConfigured` for ISO 21987 without a table of the user's."""
    if given is not None:
        return given
    if standard == "iso-21987":
        raise NotConfigured(
            "The table of ISO 21987 is not configured: the standard is licensed and not part of Prentice.",
            "Give your licensed table as `table`, or judge by ansi-z80.1-2015.",
        )
    return ANSI[kind]


def limit(bands: tuple[Band, ...], power: float) -> float:
    """What the bands allow at a power.

    >>> limit(_LENSES.sphere, -6.5), limit(_LENSES.sphere, -7.5)
    (0.13, 0.15)
    """
    size = abs(power)
    band = next((one for one in bands if size <= one.up_to + 1e-9), bands[-1])
    return round(band.allows(power), 9)


def check(
    ordered: Power,
    made: Power | None,
    table: Table,
    *,
    add: float | None = None,
    made_add: float | None = None,
) -> tuple[Verdict, ...]:
    """Sphere, cylinder, axis and addition against the table; without `made` the limits alone.

    Both powers are compared in minus-cylinder form; the sphere's limit goes by the ordered sphere meridian
    (since the 2010 edition; before, and in ISO 21987, by the strongest meridian).

    >>> verdicts = check(Power(-7.5, -0.5, 90), Power(-7.66, -0.58, 98), ANSI["single-vision"])
    >>> [(one.item, one.passes) for one in verdicts]
    [('sphere', False), ('cylinder', True), ('axis', False)]
    """
    want, got = ordered.minus(), made.minus() if made else None
    found = [
        _verdict("sphere", want.sphere, got.sphere if got else None, limit(table.sphere, want.sphere)),
        _verdict(
            "cylinder", want.cylinder, got.cylinder if got else None, limit(table.cylinder, want.cylinder)
        ),
    ]
    if abs(want.cylinder) >= AXIS_FROM - 1e-9:
        turned = None if got is None else _turn(want.axis, got.axis)
        if got is not None and got.is_sphere:
            turned = 0.0  # the cylinder's own verdict tells that it is missing
        axis = limit(table.axis, want.cylinder)
        found.append(Verdict("axis", want.axis, got.axis if got else None, turned, axis, "°"))
    if add is not None:
        found.append(_verdict("add", add, made_add, limit(table.add, add)))
    return tuple(found)


def vertical_prism_limit(right: Power, left: Power) -> float:
    """Mounted pair, vertical imbalance: 0.33 prism dioptres up to 3.375 D in the 90 meridian, else 1.0 mm.

    >>> vertical_prism_limit(Power(-2.0), Power(-5.0))
    0.5
    """
    strongest = max(abs(power_in_meridian(one, 90)) for one in (right, left))
    return 0.33 if strongest <= 3.375 else round(strongest / 10, 9)


def horizontal_prism_limit(right: Power, left: Power) -> float:
    """Mounted single vision or multifocal pair, horizontal: 0.67 up to 2.75 D in the 180 meridian, else 2.5
    mm.

    >>> horizontal_prism_limit(Power(-4.0), Power(-4.0))
    1.0
    """
    strongest = max(abs(power_in_meridian(one, 180)) for one in (right, left))
    return 0.67 if strongest <= 2.75 else round(strongest * 0.25, 9)


def _verdict(item: str, ordered: float, made: float | None, allowed: float) -> Verdict:
    off = None if made is None else round(abs(made - ordered), 9)
    return Verdict(item, ordered, made, off, allowed, "D")


def _turn(one: float, other: float) -> float:
    """How far two axes are apart: never more than 90 degrees."""
    apart = abs(one - other) % 180
    return round(min(apart, 180 - apart), 9)
