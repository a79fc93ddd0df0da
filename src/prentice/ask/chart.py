from typing import Any

from prentice.ask.sheet import Sheet


def chart_of(sheet: Sheet) -> dict[str, Any] | None:
    return None
