"""Numbers that stand for a person or a thing of theirs: 164.514(b)(2)(i)(G) to (M) and (R)."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.checksums import is_nhs_number, is_ssn, passes_luhn
from prentice.deid.redact.gazetteer import CLINICAL, PROTECTED, kinds
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

# A value: digits and letters, in groups, with a digit somewhere.
_VALUE = (
    r"(?P<v>(?:(?-i:[A-Z]{1,5})[ \-/.]){0,2}[A-Za-z]{0,6}\d[A-Za-z\d]*(?:[\-/._][A-Za-z\d]+)*"
    r"(?: \d[\dA-Za-z]*(?:-[A-Za-z\d]+)*(?![\w/:.]*[/:.]\d)){0,5}(?: [A-Za-z](?![A-Za-z'.]|\.\S))?(?: [A-Z](?=\. [A-Z]))?)"
)
_JOIN = r"(?:[ \-]?(?:no|nos|num|number|numbers|nbr|id|ids|ref|reference|code|card|#))*\.?"
_LINK = r"(?: ?[:#=\-]{1,2}|(?: is| was| as| of)(?![A-Za-z\d])|\()? ?#?"
_STRONG = (
    r"mrn|m\.r\.n\.?|hosp(?:ital)?|hn|crn|chi|h&c|unit|nhs|nhi|ssn|s\.s\.n\.?|social security|ss|npi|dea|"
    r"goc|gmc|nmc|hcpc|"
    r"gphc|gdc|ods|ni|nino|national insurance|passport|driving licen[cs]e|drivers? licen[cs]e|"
    r"driver'?s licen[cs]e|dl|"
    r"licen[cs]e|policy|member|membership|subscriber|group|claim|auth|authori[sz]ation|grp|lic|account|"
    r"acct|a/c|acc|customer|cust|"
    r"patient|px|pt|client|record|chart|chi|medicare|medicaid|beneficiary|mbi|hicn|imei|vin|iban|sort|"
    r"serial|s/n|sn|device|udi|"
    r"certificate|cert|voucher|invoice|inv|po|order|job|tray|ticket|ref|reference|our ref|your ref|case|"
    r"booking|confirmation|"
    r"tracking|transaction|receipt|prescription|rx|lot|batch|vehicle|plate|reg|registration|number ?plate|"
    r"tag|card|visa|"
    r"mastercard|amex|debit|credit|employee|staff|payroll|student|badge|room|urn|upi|uprn|gos|eob|erx|"
    r"performer|provider|"
    r"contract|file|folder|scan|image|accession|specimen|conf|confirmation|key ?safe|door code|entry code|"
    r"tin|ein|tax id|utr|list|log|candidate|juror|docket|incident|crime|permit|boat|hull|badge|caa|faa|"
    r"cause|court|asset|warranty|rma|"
    r"return|repair|parcel|consignment|awb|shipment|waybill|pnr|ppc|exemption|exam|locker|roll|fsa|hsa|ins|"
    r"insurance|plan|medicaid|bcbs|uhc|cigna|aetna|humana|anthem|kaiser|vsp|eyemed|davis|spectera|superior|"
    r"tricare|bupa|axa|aviva|vitality|wpa|simplyhealth|bus pass|blue badge|oyster|library card|"
    r"pin|visit|encounter|study|trial|dicom|clock|collar|shoulder|warrant|service|works|union|locker|seat|"
    r"in-?activate|de-?activate|re-?activate|merged?|archived?|reopen|charts|records|orders|jobs|our card|record card|engraved|engraving|drawer|rack|slip|mandate|soc(?:ial)? sec(?:urity)?|certified mail|certified|recorded delivery|trk|trkg|track|cons|req|requisition|"
    r"approval|approved|serials|dd|docket|claimant|pcn|bin|authority|auth code|hosp no|"
    r"rail ?card|season ticket|ssr|sail|mmsi|call ?sign|reorder|re-order|complaint|query|remake|redo|logged|"
    r"pol|quoting|quote ref|ord|orig|delivery|collection|statement|"
    r"quote|estimate|pass|blue light card|discount card|loyalty|id"
)
# These words need not be followed by "no" or a mark to introduce a value; the others do unless it is long.
_BARE = re.compile(
    r"(?:mrn|m\.r\.n\.?|hn|crn|chi|h&c|nhs|nhi|ssn|s\.s\.n\.?|social security|npi|dea|goc|gmc|nmc|hcpc|"
    r"gphc|gdc|nino|"
    r"national insurance|passport|policy|imei|vin|iban|s/n|sn|serial|udi|a/c|acct|account|invoice|inv|"
    r"member|subscriber|claim|"
    r"tin|ein|tax id|utr|mbi|medicare|medicaid|plan|urn|id|ref|our ref|your ref|reference|customer|"
    r"licen[cs]e|d\w+ licen[cs]e|dl|plate|"
    r"number ?plate|"
    r"registration|reg|auth|grp|lic|conf|key ?safe|door code|entry code|pin|tracking|voucher|booking|"
    r"in-?activate|de-?activate|re-?activate|merged?|archived?|reopen|charts|our card|record card|engraved|engraving|tray|mandate|certified mail|trk|soc(?:ial)? sec\w*|approval|serials|slip|hosp(?:ital)?|chart|record|badge|shield|warrant|pol|quoting)\b",
    re.I,
)
_MEASURE = re.compile(
    r"\s?(?:mm|cm|m\b|mg|ml|mcg|um\b|microns?|%|hz|d\b|ds\b|dc\b|gbp|usd|pounds|pence|pairs?|boxes|box|"
    r"lenses|days?|weeks?|months?|"
    r"years?|yrs?|hrs?|hours?|mins?|minutes?|times|o'?clock|x\d|dioptres?|prism|deg|index|patients|pts|"
    r"people)\b",
    re.I,
)
_SHORT_WORD = re.compile(
    r"(?:to|at|by|in|on|of|and|for|the|is|no|yes|or|with|re|le|od|os|ou|be|gr|n|j|va|r|l|x)[ \-/]", re.I
)


# An acuity, a power, a price: "on file is 20/200", "Rx -1.25-0.50x165".
_NOT_IDS = re.compile(
    r"(?:20|6|3)/\d{1,3}(?!\d)|\d{1,2}\.\d\d(?!\d)|\d{1,2}:\d\d(?!\d)|\d{1,3}/\d{1,2}(?![\d/\-A-Z])"
)


def _cued(text: str, match: re.Match[str], start: int) -> Span | None:
    value, cue = match["v"], text[start : match.start()]
    start, end = match.start("v"), match.end("v")
    if text[end : end + 1] == "." and text[end + 1 : end + 2].isdigit():
        return None
    if _SHORT_WORD.match(value) and not _FORM.fullmatch(value):
        space = re.search(r"[ \-/]", value)
        start += space.end() if space else 0
        value = text[start:end]
    if _NOT_IDS.match(value):
        return None
    digits = sum(map(str.isdigit, value))
    marked = bool(match["mark"].strip(" .")) if match["mark"] else False
    bare = bool(_BARE.match(cue))
    least = 3 if marked and bare else 4 if bare or marked else 5
    if digits < least and (digits < 3 or _GOODS_CUE.match(cue) or not _FORM.fullmatch(value)):
        return None
    if (_YEAR.fullmatch(value) and (not marked or _OF_A_YEAR.match(cue))) or _MEASURE.match(text, end):
        return None
    if re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}(?:[/.\-]\d{2,4})?", value) or (
        _OF_A_YEAR.match(cue) and _HOURS.fullmatch(value)
    ):
        return None
    if cue.lower().startswith("lic") and (suffix := _STATE_SUFFIX.match(text, end)):
        end = suffix.end()  # "Lic OPT 14772 TLG"
    return Span(start, end, "ID")


_YEAR = re.compile(r"(?:19|20)\d\d")
_OF_A_YEAR = re.compile(
    r"(?:exam|visit|encounter|study|trial|scan|surgery|plan|rx|prescription|order|complaint)\b", re.I
)
_HOURS = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d-(?:[01]\d|2[0-3])[0-5]\d")
# A form's own number: "INC-0417".
_FORM = re.compile(r"[A-Z]{1,5}[\-/]\d{3,}[A-Z]?|\d{4,}[\-/](?:[A-Z]{1,2}|\d{3})")
_GOODS_CUE = re.compile(
    r"(?:device|rx|lot|batch|image|scan|card|trial|unit|plan|study|service|pass|group|"
    r"id)\b",
    re.I,
)
_STATE_SUFFIX = re.compile(r" [A-Z]{2,4}(?![A-Za-z\d])")


def _long(text: str, match: re.Match[str], start: int) -> Span | None:
    return Span(match.start("v"), match.end("v"), "ID")


_FRAME_CODE = re.compile(r"(?:RX|PO|SO|HC)\d{4}")


def _tagged(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "PO-88120"; an RX5228 or a PO2803 without a mark is a frame."""
    if match["v"].startswith("RX") and _FRAME_CODE.fullmatch(match["v"]):
        return None
    if _FRAME_CODE.fullmatch(match["v"]) and _MAKERS.search(text, max(0, start - 16), start):
        return None
    return _coded(text, match, start)


_MAKERS = re.compile(r"\b(?:persol|coach|frames?|model|style|ray-?bans?|rb) \Z", re.I)
_MODELS = re.compile(
    r"\b(?:frame|colou?r|model|style|sku|brand|humphrey|topcon|zeiss|nidek|visit)\.? \Z", re.I
)


def _coded(text: str, match: re.Match[str], start: int) -> Span | None:
    """Letters and digits in groups, "CT-88120", "PSNI-1182-25": an id, but for a frame's model."""
    return None if _MODELS.search(text, max(0, start - 12), start) else _long(text, match, start)


_GOODS = re.compile(
    r"\b(?:cat|catalogue|item|part|lens|frame|colou?r|model|style|sku|stock|product|size|batch|lot)\.? $",
    re.I,
)


def _plain_number(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "no. 48812" is somebody's, unless it is an article's."""
    return None if _GOODS.search(text, max(0, start - 12), start) else _long(text, match, start)


def _card(text: str, match: re.Match[str], start: int) -> Span | None:
    digits = re.sub(r"\D", "", match["v"])
    return (
        Span(match.start("v"), match.end("v"), "ID")
        if 12 <= len(digits) <= 22 and (passes_luhn(digits) or _IN_FOURS.match(match["v"]))
        else None
    )


_IN_FOURS = re.compile(r"\d{4} \d{4} \d{4}")  # a parcel's: "7021 0950 0001 4432 8817"


def _ssn(text: str, match: re.Match[str], start: int) -> Span | None:
    return Span(match.start("v"), match.end("v"), "ID") if is_ssn(match[2], match[3], match[4]) else None


def _nhs(text: str, match: re.Match[str], start: int) -> Span | None:
    return (
        Span(match.start("v"), match.end("v"), "ID") if is_nhs_number(re.sub(r"\D", "", match["v"])) else None
    )


def _vin(text: str, match: re.Match[str], start: int) -> Span | None:
    value = match["v"]
    if sum(c.isdigit() for c in value) < 5 or sum(c.isalpha() for c in value) < 3:
        return None
    return Span(match.start("v"), match.end("v"), "ID")


def _mixed(text: str, match: re.Match[str], start: int) -> Span | None:
    """Capitals and digits in groups: "4TT7-QW9-HN21"."""
    value = match["v"]
    if sum(map(str.isdigit, value)) < 3 or not any(map(str.isalpha, value)):
        return None
    return Span(match.start("v"), match.end("v"), "ID")


def _plate(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "R66 ROZ"; an "R14 GAT" is a pressure."""
    if kinds().get(match["v"][-3:].lower(), 0) & (CLINICAL | PROTECTED):
        return None
    return _long(text, match, start)


_VEHICLES = (
    r"[Cc]ar|[Vv]an|[Tt]ruck|[Ll]orry|[Mm]oped|[Mm]otorbike|[Tt]axi|[Cc]ab|[Jj]eep|MG|Mini|Ford|Audi|BMW|Vauxhall|Tesla|"
    r"Honda|Toyota|Nissan|Kia|Skoda|Volvo|Fiat|Saab|Mazda|Peugeot|Renault|Citroen|Hyundai|Suzuki|Seat|Volkswagen|VW|"
    r"Mercedes|Rover|Golf|Polo|Fiesta|Corsa|Focus|Astra|Transit|Yaris|Micra|Clio|Bentley|Morris|Triumph"
)

NUMBERS: tuple[Rule, ...] = (
    rule(
        "ID",
        r"\b(?:[Pp]lates?|[Tt]ag|[Ll]icen[cs]e plate|[Rr]eg(?:istration)?)[:#]? (?:is )?(?:[A-Z]{2} "
        r")?[A-Z0-9]{2,4}[ \-][A-Z0-9]{2,4}\b",
        r"[A-Za-z ]+?[:#]? (?:is )?(?P<v>(?:[A-Z]{2} )?(?=[A-Z0-9 \-]*\d)[A-Z0-9]{2,4}[ \-][A-Z0-9]{2,4})\b",
        _mixed,
        caseless=False,
    ),
    rule(
        "ID",
        r"\b[A-Z0-9]{4}-[A-Z0-9]{3,4}-[A-Z0-9]{4}\b",
        r"(?P<v>[A-Z0-9]{4}(?:-[A-Z0-9]{3,4})+)\b",
        _mixed,
        caseless=False,
    ),
    rule(
        "ID",
        r"\b[A-Z]{1,3}-\d{1,4}-[A-Z]{1,4}-\d{2,}",
        r"(?P<v>[A-Z]{1,3}-\d+(?:-[A-Z0-9]+)+)\b",
        _mixed,
        caseless=False,
    ),
    rule(
        "ID",
        r"\b(?:optom|optometrist|optician|dispenser|clo|fbdo|mcoptom|bsc|[a-z]{2,})[ ,(]{1,2}(?:\d\d|d|sd|"
        r"so|cl)-\d{5}\b",
        r"[a-z]+[ ,(]{1,2}(?P<v>(?:\d\d|d|sd|so|cl)-\d{5})(?![\d\-])",
    ),
    rule(
        "ID",
        rf"\b(?:{_STRONG})\b",
        rf"(?=[^\d\n]{{0,24}}\d)(?P<mark>{_JOIN}{_LINK}) ?{_VALUE}",
        _cued,
        at_end=True,
        often=True,
    ),
    rule(
        "ID",
        r"\b(?:nos?|num|number)\b[.:#]{0,2} ?#?[a-z]{0,4}[\-/]?\d{3}|\b(?:no|ref|case|file)\b[.:]{0,2} ?[a-z]{1,5}/[a-z]{1,6}[/\-]\d",
        r"[a-z]+[.:#]{0,2} ?#?(?P<v>[1-9]\d{4,}|(?-i:[A-Z]{1,4}|[a-z])[\-/]?\d{3,}(?:-[A-Z\d]+)*|(?=\S{0,14}\d\d)[a-z]{1,5}/[a-z\d]+(?:[/\-][a-z\d]+)*)"
        r"(?![\w/]|[.:\-]\d)",
        _plain_number,
    ),
    rule("ID", r"# ?\d{5}", r"# ?(?P<v>\d{5,})(?![\d]|[.:/]\d)"),
    rule(
        "ID",
        r"\b(?:by user|username|user ?id|login)[: ]{1,2}[a-z]",
        r"[a-z ]+?[: ]{1,2}(?P<v>[a-z][a-z0-9._]{3,})\b",
    ),
    rule(
        "ID",
        r"\b(?:ending|ends|last (?:4|four)(?: digits)?)(?: in| with)?[: ]{1,2}\d{4}\b",
        r"[a-z4 ]+[: ]{1,2}(?P<v>\d{4})\b",
    ),
    rule(
        "ID",
        r"\b\d{3}[\- ]\d{2}[\- ]\d{4}\b",
        r"(?<![\d.+\-/])(?P<v>(\d{3})[\- ](\d{2})[\- ](\d{4}))(?![\d]|[.\-/]\d)",
        _ssn,
    ),
    rule("ID", r"\b\d{3}[/._]\d{3}[/._]\d{4}\b", r"(?<![\d.])(?P<v>\d{3}[/._]\d{3}[/._]\d{4})(?!\d)", _nhs),
    rule(
        "ID",
        r"\b\d{4}[ \-]?\d{4,6}[ \-]?\d{4,5}",
        r"(?<![\d.])(?P<v>\d{4}(?: \d{4}){2,5}(?: \d{1,4})?|\d{4}(?:[ \-]?\d){9,15})(?![\d]|\.\d)",
        _card,
    ),
    rule(
        "ID",
        r"\b(?:qq|[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z])[ \-]?\d{2}[ \-]?\d{2}[ \-]?\d{2}[ \-]?[a-d]\b",
        r"(?P<v>[a-z]{2}(?:[ \-]?\d{2}){3}[ \-]?[a-d])\b",
    ),
    rule(
        "ID",
        r"\b[A-Z]{1,3}[0-9]{0,1}[A-Z9]{2,4}\d{6}[A-Z9]{2}\d[A-Z]{2}\b",
        r"(?P<v>[A-Z0-9]{16,18})\b",
        caseless=False,
    ),
    rule(
        "ID",
        r"\b[A-HJ-PR-Y][A-HJ-PR-Y]\d{2} ?[A-HJ-PR-Z]{3}\b",
        r"(?P<v>[A-Z]{2}\d{2} ?[A-Z]{3})\b(?!\d)",
        caseless=False,
    ),
    rule(
        "ID",
        r"\b(?:car|vehicle|reg|plate|drives|registration|van|"
        r"parked)\b[^.\n]{0,25}\b[a-z]{1,3}\d{1,3}[ \-]?[a-z]{1,3}\b|"
        r"\b(?:car|vehicle|reg|plate|registration)\b[^.\n]{0,25}\b[a-z]{2,3}[ \-]?\d{2,4}\b|\b(?:plate|"
        r"vehicle|car)\b[^.\n]{0,25}\b\d[a-z]{3}\d{3}\b",
        r"(?:car|vehicle|reg|plate|drives|registration|van|parked)\b[^.\n]{0,25}?\b(?P<v>[A-Z]\d{1,3} "
        r"?[A-Z]{3}|[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]{3}[ \-]?\d{1,4}[A-Z]?|"
        r"\d[A-Z]{3}\d{3}|[A-Z]{2}[ \-]?\d{4,5})\b",
        _plate,
    ),
    rule(
        "ID",
        rf"\b(?:{_VEHICLES})\b[^.\n]{{0,20}}\b[A-Z]{{1,2}}\d{{1,3}} ?[A-Z]{{3}}\b|"
        r"\b[A-Z]{1,2}\d{1,3} ?[A-Z]{3},? (?:parked|blocking|clamped|towed|outside)\b",
        r"[A-Za-z]*[^.\n]{0,30}?\b(?P<v>[A-Z]{1,2}\d{1,3} ?[A-Z]{3})\b",
        _plate,
        caseless=False,
    ),
    rule(
        "ID",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-",
        r"(?P<v>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b",
    ),
    rule(
        "ID",
        r"\b[0-9a-f]{2}[:\-][0-9a-f]{2}[:\-][0-9a-f]{2}[:\-][0-9a-f]{2}[:\-][0-9a-f]{2}[:\-][0-9a-f]{2}\b",
        r"(?<![\w:])(?P<v>[0-9a-f]{2}(?:[:\-][0-9a-f]{2}){5})\b",
    ),
    rule(
        "ID",
        r"\b[A-Z]{2}\d{2} ?[A-Z]{4} ?\d{4}",
        r"(?P<v>[A-Z]{2}\d{2} ?[A-Z]{4}(?: ?\d){8,22})\b",
        caseless=False,
    ),
    rule("ID", r"\b1Z ?[A-Z0-9]{3}", r"(?P<v>1Z(?: ?[A-Z0-9]){14,17})\b", _mixed, caseless=False),
    rule(
        "ID", r"#[A-Z]{1,3}-\d{3,}", r"#(?P<v>[A-Z]{1,3}-\d{3,}[A-Z]?)(?![\w]|\.\d)", _coded, caseless=False
    ),
    rule(
        "ID",
        r"\b(?:charts?|mrns?|accts?|accounts?|records?|ids?|files?|policy|claims?|orders?|jobs?|invoices?|patients?|"
        r"pts?) ?#? ?\d{4,9} (?:vs?\.?|versus|not|and|or|&) #?\d{4}",
        r"[a-z]+ ?#? ?\d+ (?:vs?\.?|versus|not|and|or|&) #?(?P<v>\d{4,9})(?![\d/:]|\.\d)",
        lambda text, match, start: None if _MEASURE.match(text, match.end()) else _long(text, match, start),
    ),
    rule("ID", r"\b[A-HJ-NPR-Z0-9]{17}\b", r"(?P<v>[A-HJ-NPR-Z0-9]{17})\b", _vin, caseless=False),
    rule("ID", r"\b(?:01|D|SD|SO|CL)-\d{4,6}\b", r"(?P<v>(?:01|D|SD|SO|CL)-\d{4,6})\b", caseless=False),
    # Long numbers, and letters with six digits or more: customer, record and order numbers without a cue.
    rule(
        "ID", r"\b\d{9}", r"(?<![\d.+])(?P<v>\d{9}|(?!0\d{10}(?!\d))\d{11,})(?![\d]|\.\d)", _long, often=True
    ),
    rule(
        "ID",
        r"\b[A-Z]{1,5}[\-_]?\d{6}",
        r"(?<![\w\-])(?P<v>[A-Z]{1,5}[\-_]?\d{6,}[A-Z]?)(?![\w]|\.\d)",
        _long,
        often=True,
    ),
    rule(
        "ID",
        r"\b(?:ORD|ORDER|PO|INV|SO|JOB|MRN|PAT|CUST|PX|ACC|ACCT|CLM|POL|BK|RX|WO|REF|OLD|HC|EMR|EHR|PT|SN|"
        r"LIC|MEM|GRP|RO|TKT|AUTH|VCH|ID)[\-_#/]?\d{4}",
        r"(?P<v>[A-Z]+[\-_#/]?\d{4,}(?:[\-/]\d+)*)(?![\w]|\.\d)",
        _tagged,
        caseless=False,
    ),
    rule(
        "ID",
        r"\b[A-Z]{2,5}-[A-Z0-9]{2,5}-\d{2}|\b[A-Z]{1,5}-\d{5,}|\b[A-Z]{2,5}-\d{3,}-[A-Z0-9]|"
        r"\b[A-Z]{2,5}/\d{2,}/\d{2}|"
        r"\b[A-Z]{2,5}/\d{4}/\d{2}|\b[A-Z]{3}\.[A-Z]{3}\.\d{4}",
        r"(?P<v>[A-Z]{1,5}[\-/.][A-Z0-9]+(?:[\-/.][A-Z0-9]+)*)(?![\w/]|\.\d)",
        _coded,
        caseless=False,
        often=True,
    ),
    rule(
        "ID",
        r"\b(?:registration|reg|registered|plate|tag|boat|hull|vessel|trailer)\b[^.\n]{0,15}\b[a-z]{2} "
        r"?\d{3,5} ?[a-z]{0,2}\b",
        r"[a-z]+\b[^.\n]{0,15}?\b(?P<v>(?-i:[A-Z]{2} ?\d{3,5}(?: ?[A-Z]{1,2})?))\b",
    ),
    rule("ID", r"\b[A-Z]{2,5}-\d{4}-\d{3}", r"(?P<v>[A-Z]{2,5}(?:-\d{3,})+)(?!\w)", _long, caseless=False),
    rule("ID", r"\b[A-Z]{2}\d{7}\b", r"(?P<v>[A-Z]{2}\d{7})\b", _long, caseless=False),
    rule("ID", r"\bsort(?: ?code)?[: ]{1,2}\d\d", r"[a-z ]+[: ]{1,2}(?P<v>\d\d[\- ]?\d\d[\- ]?\d\d)\b"),
    rule(
        "ID",
        r"\b[1-9][ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d[\- "
        r"]?[ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d[\- ]?[ac-hj-km-np-rt-y]{2}\d\d\b",
        r"(?P<v>[A-Z\d]{4}[\- ]?[A-Z\d]{3}[\- ]?[A-Z\d]{4})\b",
    ),
)
