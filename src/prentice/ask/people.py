"""Sentences about patients: a share with its count, a figure for each group, never one withheld. Pure."""

from __future__ import annotations

from prentice.ask.format import NOTHING, listing
from prentice.ask.sentences import bold, change
from prentice.ask.sheet import Row, Sheet
from prentice.ask.wording import sentence, singular
from prentice.semantic.years import MODEL

MOST_LISTED = 12  # groups that a sentence names; a table has the rest
WITHHELD = "withheld, because 1 to 10 people stand behind it or could be worked out from it"


def about_patients(sheet: Sheet) -> bool:
    return sheet.words.metric(sheet.metric).model == MODEL


def told(sheet: Sheet, withheld: int) -> str:
    """'Share of myopic patients by age group: under 18 21.4% (60 of 280), 18-29 33.0% (99 of 300), …'"""
    if sheet.dimensions or sheet.query.grain:
        return _by_group(sheet)
    return " ".join(_single(sheet, sheet.rows[0], metric, withheld) for metric in sheet.query.metrics)


def _single(sheet: Sheet, row: Row, metric: str, withheld: int) -> str:
    label, value = sheet.words.label(metric), sheet.number(row, metric)
    subject = f"{label}{sheet.where}{_when(sheet)}"
    if value is None:
        if withheld:
            return sentence(f"{subject}: {WITHHELD}")
        return sentence(f"{subject}: cannot be told, there is nobody to count")
    moved = change(sheet, row, metric)
    if sheet.words.metric(metric).unit == "patients":
        count = "no" if value == 0 else bold(sheet.figure(row, metric))
        verb, noun = ("is", singular(label)) if value == 1 else ("are", label)
        if sheet.asked and (sheet.asked.from_ or sheet.asked.to):
            verb = {"is": "was", "are": "were"}[verb]
        return sentence(
            f"there {verb} {count} {noun}{sheet.where}{_when(sheet)}{_part(sheet, row, metric)}{moved}"
        )
    return sentence(f"{subject}: {bold(_figure(sheet, row, metric))}{_of(sheet, row, metric)}{moved}")


def _by_group(sheet: Sheet) -> str:
    query = sheet.query
    names = [sheet.words.noun(d, 1, metric=sheet.metric) for d in sheet.dimensions]
    names = ["year", *names] if query.grain else names
    said = []
    for metric in query.metrics:
        shown = sheet.told(metric)
        start = f"{sheet.words.label(metric)}{sheet.where} by {listing(names)}{_when(sheet)}"
        if not shown:
            said.append(sentence(f"{start}: none of the groups can be told"))
            continue
        listed = [_told(sheet, row, metric) for row in shown[:MOST_LISTED]]
        more = f", and {len(shown) - MOST_LISTED} more" if len(shown) > MOST_LISTED else ""
        said.append(sentence(f"{start}: {', '.join(listed)}{more}"))
    return " ".join(said)


def _told(sheet: Sheet, row: Row, metric: str) -> str:
    figure = bold(_figure(sheet, row, metric))
    told = _of(sheet, row, metric) or _part(sheet, row, metric)
    shown = f"{figure}{told}" if told else f"({figure})"
    return f"{_name(sheet, row)} {shown}{change(sheet, row, metric, brief=True)}"


def _name(sheet: Sheet, row: Row) -> str:
    words = [sheet.bucket(row)] if sheet.query.grain else []
    words += [sheet.words.value(d, sheet.cell(row, d), sheet.metric) for d in sheet.dimensions]
    if sheet.dimensions == ("contact_lens_wearer",):
        words[-1] = "wearers" if sheet.cell(row, "contact_lens_wearer") else "others"
    return " / ".join(words) or NOTHING


def _figure(sheet: Sheet, row: Row, metric: str) -> str:
    if sheet.words.metric(metric).unit == "dioptres":
        return f"{float(sheet.number(row, metric) or 0):+.2f} D"  # as a prescription writes it
    return sheet.figure(row, metric)


def _of(sheet: Sheet, row: Row, metric: str) -> str:
    """' (129 of 411 patients)' beside a share, ' (320 active patients)' beside a mean."""
    names = [m.name for m in sheet.words.metric(metric).measures]
    if len(names) < 2 or sheet.number(row, names[1]) is None:
        return ""
    below = sheet.figure(row, names[1])
    if sheet.number(row, names[0]) is None:
        return f" ({below} {sheet.words.label(names[1])})"
    noun = "" if sheet.dimensions or sheet.query.grain else " patients"
    return f" ({sheet.figure(row, names[0])} of {below}{noun})"


def _part(sheet: Sheet, row: Row, metric: str) -> str:
    share = sheet.number(row, f"{metric}_share")
    return "" if share is None else f" ({sheet.words.formats.percent(share)})"


def _when(sheet: Sheet) -> str:
    asked = sheet.asked
    return f" {sheet.when}" if asked and (asked.from_ or asked.to) else ""
