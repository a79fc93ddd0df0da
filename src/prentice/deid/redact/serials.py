"""Numbers whose label stands some words before, and the shapes of serials: 164.514(b)(2)(i)(J) to (M)."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_MODEL_BEFORE = re.compile(r"\b(?:frame|colou?r|col|model|style|sku|brand|size)\.? \Z", re.I)


_GOODS = re.compile(
    r"\b(?:cat|catalogue|item|part|lens|frame|colou?r|col|model|style|sku|stock|product|size|batch|lot|index|tint|pot)\.? \Z",
    re.I,
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def _serial(text: str, match: re.Match[str], start: int) -> Span | None:
    if _MODEL_BEFORE.search(text, max(0, match.start("v") - 12), match.start("v")):
        return None
    return Span(match.start("v"), match.end("v"), "ID")


SERIALS: tuple[Rule, ...] = (
    rule(
        "ID",  # "24-0116653", "97-220418K", "0925-118834", "884-2170"
        r"\b(?:\d{2,4}-\d{6,8}|\d{4}-\d{5}|\d{1,2}-\d{7,8}|\d{3,5}/\d{5,})[A-Z]?\b",
        r"(?<![\w.+\-/:])(?P<v>\d{1,5}[\-/]\d{5,8}[A-Z]?)(?![\w/:]|[.\-]\d)",
        _serial,
    ),
    rule(
        "ID",  # "7021 0950 0001 4432 8817", "7798 2214 0365", "948 117 320 K"
        r"\b\d{4} \d{4} \d{4}\b",
        r"(?<![\d.+\-/] )(?<![\d.+\-/])(?P<v>\d{4}(?: \d{4}){2,5}(?: \d{1,4})?[A-Z]?)(?![\w/:]|[.\-]\d)",
        _serial,
    ),
    rule(
        "ID",  # "DD88-203-917", "AZ7740391-02", "PP44071-A", "1551-4-009237"
        r"\b(?:[A-Z]{1,4}\d{2,}-\d{2,}|[A-Z]{2,4}\d{5,}-[A-Z\d]|\d{4}-\d{1,2}-\d{5,})",
        r"(?<![\w\-/])(?P<v>[A-Z]{0,4}\d{2,}(?:-[A-Z\d]+)+)(?![\w/]|[.\-]\d)",
        lambda text, match, start: (
            _serial(text, match, start) if sum(map(str.isdigit, match["v"])) > 5 else None
        ),
        caseless=False,
    ),
    rule(
        "ID",  # "Our ref BB/CPL/339", "ref: AS/0417/b"
        r"\b(?:[Rr]ef|REF|[Rr]eference|[Nn]o|[Nn]umber|[Cc]ase|[Ff]ile)\b[.:]{0,2} ?[A-Za-z]{1,5}/[A-Za-z\d]{1,6}[/\-]?\d*",
        r"[A-Za-z]+[.:]{0,2} ?(?P<v>(?=[A-Za-z/\-]{0,14}\d{2})[A-Za-z]{1,5}/[A-Za-z\d]+(?:[/\-][A-Za-z\d]+)*)(?![\w/])",
        _serial,
        caseless=False,
    ),
    rule(
        "ID",  # "slip no R5519", "approved, number AZ7740391"
        r"\b(?:no|nos|number|num|nr|ref|id)[.:]? ?#?[a-z]{1,4}[\-/]?\d{3,}",
        r"[a-z]+[.:]? ?#?(?P<v>(?-i:[A-Z]{1,4}|[a-z])[\-/]?\d{3,}(?:-[A-Za-z\d]+)*)(?![\w/:]|[.\-]\d)",
        lambda text, match, start: (
            None if _GOODS.search(text, max(0, start - 12), start) else _serial(text, match, start)
        ),
    ),
    rule(
        "ID",  # "inactivate 000212", "merge 44180 into 51022"
        r"\b(?:in-?activate|de-?activate|re-?activate|archive|merge|merged|unmerge|reopen|duplicate of|dup of|into|pull(?:ed)?|quote|quoting|"
        r"chase|cancel|void|close|look up|see|under) #?\d{5,8}\b|\b(?:in-?activate|de-?activate|archive|merge|merged|reopen) #?\d{3,}",
        r"[a-z\- ]+ #?(?P<v>\d{3,8})(?![\w/:,%]|[.\-]\d| ?(?:mm|ml|mg|miles|steps|pounds|dollars|boxes|pairs|lenses|units)\b)",
        lambda text, match, start: None if _YEAR.fullmatch(match["v"]) else _serial(text, match, start),
    ),
    rule(
        "ID",  # "tray 4417", "drawer R204"
        r"\b(?:tray|drawer|rack|pigeon ?hole|basket|bag|envelope|tub|folder|box no|slot|token|coupon|gift card)(?: (?:no|number|num|#))?[.:#]? ?#?[a-z]?\d{3,6}\b",
        r"[a-z ]+?[.:#]? ?#?(?P<v>(?-i:[A-Z]?)\d{3,6})(?![\w/:]|[.\-]\d| ?(?:mm|ml|lenses|pairs)\b)",
        lambda text, match, start: None if _YEAR.fullmatch(match["v"]) else _serial(text, match, start),
    ),
    rule(
        "ID",  # of aliens, of dependants: "A 027 441 908"
        r"\b[A-Z][ \-]?\d{3}[ \-]\d{3}[ \-]\d{3}\b",
        r"(?<![\w\-/])(?P<v>[A-Z][ \-]?\d{3}[ \-]\d{3}[ \-]\d{3})(?![\w/]|[.\-]\d)",
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
