"""A calculation while it is read: what is had, what must be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prentice.optics.notation import plain, power_text
from prentice.optics.power import Power
from prentice.optics.words.scan import Scan, Seen

POWER_ASKED = "What is the power of the lens, such as −6.00 or −2.00 −0.50 × 90?"
INDEX_ASKED = "Of which material or index, such as CR-39 or 1.67?"


@dataclass(slots=True)
class Draft:
    """`have` are inputs of the calculator; `need` what is absent, each with its question back."""

    have: dict[str, Any] = field(default_factory=dict)
    need: dict[str, str] = field(default_factory=dict)

    def give(self, key: str, value: Any, question: str | None = None) -> None:
        """The value, where there is one; else the question, where it is needed."""
        if value is not None:
            self.have[key] = value
        elif question is not None:
            self.need[key] = question

    def power(self, seen: Seen | None, key: str = "rx", question: str = POWER_ASKED) -> None:
        """A power: asked for where it is absent, where its sign is, and where its axis is."""
        if seen is None:
            self.need[key] = question
        elif not seen.sign:
            self.need[key] = f"Is the {plain(seen.written.sphere)} D lens plus or minus?"
        elif seen.written.cylinder and seen.written.axis is None:
            self.need[key] = f"What is the axis of the {plain(seen.written.cylinder)} cylinder?"
        else:
            self.have[key] = seen.written.as_json()

    def one(self, scan: Scan) -> None:
        """The one power of the question. Of two that differ it is asked which is meant."""
        found = scan.powers
        if len({one.written for one in found}) > 1:
            said = " or ".join(_shown(one) for one in found[:2])
            self.need["rx"] = f"One lens at a time: is it {said}?"
        else:
            self.power(found[0] if found else None)

    def both(self, scan: Scan) -> None:
        """The powers of both eyes."""
        right, left = scan.pair or (scan.powers[0] if scan.powers else None, None)
        self.power(right, "right", "What is the power of the right lens?")
        self.power(left, "left", "What is the power of the left lens?")

    def stuff(self, scan: Scan, *, needed: bool = True) -> None:
        """The index, or the material."""
        if scan.index is not None:
            self.have["index"] = scan.index
        elif scan.material is not None:
            self.have["material"] = scan.material
        elif needed:
            self.need["index"] = INDEX_ASKED


def _shown(seen: Seen) -> str:
    """A power and its eye, to ask which of two is meant."""
    rx = seen.written
    text = power_text(Power(rx.sphere, rx.cylinder, rx.axis or 180))
    return f"the {seen.eye.value} ({text})" if seen.eye else text


Fill = Callable[[Scan], Draft | None]
"""How a calculator's inputs are found in a question; None where it is not for that calculator after all."""
