"""Numbers whose label stands some words before, and the shapes of serials: 164.514(b)(2)(i)(J) to (M)."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_MODEL_BEFORE = re.compile(r"\b(?:frame|colou?r|col|model|style|sku|brand|size)\.? \Z", re.I)


_GROUPED = re.compile(
    r"(?<![\w.+\-/:])(?:[A-Z]{0,4}\d{2,}[A-Z]?(?:-[A-Z\d]+)+|\d{1,5}-\d{5,8}[A-Z]?|[A-Z][ \-]?\d{3}[ \-]\d{3}[ \-]\d{3})(?![\w/:]|[.\-]\d)"
)
_TOKEN_BEFORE = re.compile(r"[A-Z\d\-]*\Z")
_DATED = re.compile(r"\d{4,5}-\d{1,2}|(?:19|20)\d\d-\d\d-\d\d|\d\d?-\d\d?-(?:\d\d|\d{4})")


def _grouped(text: str, start: int) -> Span | None:
    """Digits and capitals in groups that dashes part, six digits of them and more, but for a date and a standard's number ("12312-1")."""
    before = _TOKEN_BEFORE.search(text, max(0, start - 16), start)
    match = _GROUPED.match(text, before.start() if before else start)
    if match is None or sum(map(str.isdigit, match[0])) < 6 or _DATED.fullmatch(match[0]):
        return None
    if match[0][0] == "0" and len(match[0].replace("-", "")) in (10, 11):  # a telephone's
        return None
    if _MODEL_BEFORE.search(text, max(0, match.start() - 12), match.start()):
        return None
    return Span(match.start(), match.end(), "ID")


def _serial(text: str, match: re.Match[str], start: int) -> Span | None:
    if _MODEL_BEFORE.search(text, max(0, match.start("v") - 12), match.start("v")):
        return None
    return Span(match.start("v"), match.end("v"), "ID")


SERIALS: tuple[Rule, ...] = (
    rule(
        "ID",  # "24-0116653", "97-220418K", "DD88-203-917", "1551-4-009237", "A 027 441 908"
        r"\d-\d{5}|[A-Z]\d{2,}-\d\d|\d{4}-\d{1,2}-\d|\d{5}-[A-Z\d]|\b[A-Z][ \-]?\d{3}[ \-]\d{3}[ \-]\d",
        "",
        lambda text, match, start: _grouped(text, start),
        caseless=False,
    ),
    rule(
        "ID",  # a list of jobs: "551208 HUMPHREYS - ESSILOR"
        r"(?:^|\n)[ \-*]{0,2}\d{5,8} [A-Z][A-Za-z']",
        r"\n?[ \-*]{0,2}(?P<v>\d{5,8}) (?=[A-Z])",
        caseless=False,
    ),
    rule(
        "ID",  # "Licence plate number of the taxi (LC7 0193)"
        r"\b(?:plate|licen[cs]e plate|number ?plate|reg(?:istration)? (?:no|number)|badge|permit|serial|policy|"
        r"passport|licen[cs]e|claim|taxi|cab|minicab|incident|crime)\b[^.\n\d:]{0,34}[(:\"' ][a-z]{0,3}\d{1,4}",
        r"[a-z ]+?\b[^.\n\d:]{0,34}?[(:\"' ](?P<v>(?-i:[A-Z]{1,3}\d{1,4}[ \-]?\d{2,5}|[A-Z]{1,3}[ \-]?\d{4,7}|[A-Z]{1,3}\d{1,4}[A-Z]{1,2}\d{4,}|\d{1,3}[A-Z]{1,3}\d{4,}))"
        r"(?![\w/]|[.:]\d)",
        _serial,
    ),
    rule(
        "ID",  # "Hospital number there, if useful: CUH 914 4402"
        r"\b(?:hospital|hosp|patient|chart|member|policy|claim|account|customer|reference|case|file) (?:no|number|id|ref)\b"
        r"[^.\n\d]{0,34}[: (][a-z]{0,4} ?\d{3}[ \-]?\d{3}",
        r"[a-z]+ [a-z]+\b[^.\n\d]{0,34}?[: (](?P<v>(?-i:[A-Z]{1,4} ?|)\d{3}(?:[ \-]?\d{3,4}){1,2})(?![\w/]|[.:]\d)",
    ),
    rule(
        "ID",  # a licence to drive, as people space it: "GILL9 703032 SS9XY"
        r"\b[A-Z]{2,5}9{0,3} ?\d{6} ?[A-Z]{1,2}9?[ ]?\d?[A-Z]{2}\b",
        r"(?P<v>[A-Z]{2,5}9{0,3} ?\d{6} ?[A-Z]{1,2}9? ?\d?[A-Z]{2})\b",
        caseless=False,
    ),
    rule("ID", r"\b\d{2}-\d{3}-\d{4}\b", r"(?<![\d.+\-/])\d{2}-\d{3}-\d{4}(?![\d\-/]|\.\d)"),
    rule(
        "ID",  # "accident bk entry 0417", "PD badge 4418", "CDL 31185520"
        r"\b(?:(?:accident|incident|complaints?|cd|day|visitors?'?|near miss|gift|order) (?:book|bk|log|form|report)"
        r"(?: entry| page| pg| line)?|entry|badge|cdl|dl|tdl|shield|warrant|crime ref|incident|docket|locker|bed|"
        r"unit|apt lock|key safe|keysafe|key code|dispatch|run|run sheet|ambulance|van|bus|route|crew)"
        r"(?: (?:no|number|num|ref))?\.?[:#]? ?#?\d{4,9}\b",
        r"[a-z' ]+?\.?[:#]? ?#?(?P<v>\d{4,9})(?![\d/:]|\.\d)",
        lambda text, match, start: (
            None if re.fullmatch(r"(?:19|20)\d\d", match["v"]) else _serial(text, match, start)
        ),
    ),
    rule(
        "ID",  # "lab # M25-77140", "culture no S24-0188"
        r"\b(?:lab|path|pathology|specimen|sample|culture|micro|cytology|histology|accession|cx|swab|biopsy)"
        r"(?: (?:no|number|num|ref|id))?\.?[:#]? ?#? ?[a-z]{0,3}\d{2}",
        r"[a-z ]+?\.?[:#]? ?#? ?(?P<v>(?-i:[A-Z]{1,3}\d{2,4}[\-/]\d{3,}|[A-Z]{1,3}[\-/]?\d{4,}|\d{5,}))(?![\w/]|[.:]\d)",
        _serial,
    ),
    rule(
        "ID",  # serials of implants and instruments: "SN60WF-12094433", "M25-77140"
        r"\b[A-Z]{1,4}\d{1,4}[A-Z]{0,4}-\d{5}",
        r"(?<![\w\-/])(?P<v>[A-Z]{1,4}\d{1,4}[A-Z]{0,4}-\d{5,})(?![\w/]|\.\d)",
        _serial,
        caseless=False,
    ),
)
