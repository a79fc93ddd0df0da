"""Telephones, electronic mail, addresses of the web and the net: 164.514(b)(2)(i)(D) to (F), (N), (O)."""

from __future__ import annotations

import re

from prentice.deid.redact.checksums import is_nhs_number, is_npi
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_NOT_DIGIT = re.compile(r"\D+")
_EXT = r"(?:\s?(?:x|ext\.?|extn\.?|extension)\s?\d{1,5}\b)?"
_NHS = re.compile(r"\bnhs\b[^.\n\d]{0,20}$", re.I)
_POWER = re.compile(r"[+\-]?\d{1,2}\.\d\d(?!\d)")


def _digits(text: str) -> str:
    return _NOT_DIGIT.sub("", text)


def _uk(text: str, match: re.Match[str], start: int) -> Span | None:
    number = match["v"]
    if not 10 <= len(_digits(number)) <= 11 or _POWER.search(number):
        return None
    start = match.start("v")
    return Span(start - 1 if text[start - 1 : start] == "(" else start, match.end(), "PHONE")


def _international(text: str, match: re.Match[str], start: int) -> Span | None:
    number = match["v"]
    if _POWER.match(number) or not 9 <= len(_digits(number)) <= 15:
        return None
    return Span(match.start("v"), match.end(), "PHONE")


def _three_three_four(text: str, match: re.Match[str], start: int) -> Span | None:
    """Ten digits as 3-3-4: an NHS number if it checks or says so, else a telephone of North America."""
    digits = _digits(match["v"])
    start, end = match.start("v"), match.end()
    trunk = (
        match.end() > match.end("v")
        or text[start - 1 : start] == "("
        or _TRUNK.search(text, max(0, start - 3), start)
    )
    if (is_nhs_number(digits) and match["sep"] != ")" and not trunk) or _NHS.search(
        text[max(0, start - 40) : start]
    ):
        return Span(start, match.end("v"), "ID")
    if text[start - 1 : start] == "(":
        start -= 1
    before = text[max(0, start - 3) : start]
    if re.fullmatch(r"(?:\+?1[ .\-])", before[-2:]) or re.fullmatch(r"\+1[ .\-]", before):
        start -= 3 if before.startswith("+") else 2
    return Span(start, end, "PHONE")


_TRUNK = re.compile(r"(?<![\d.\-])\+?1[ .\-]\Z")


def _ten(text: str, match: re.Match[str], start: int) -> Span | None:
    digits = match[0]
    if (
        is_nhs_number(digits)
        or is_npi(digits)
        or _NHS.search(text[max(0, match.start() - 40) : match.start()])
    ):
        return Span(match.start(), match.end(), "ID")
    dialled = digits[0] in "23456789" and digits[3] in "23456789"
    return Span(match.start(), match.end(), "PHONE" if dialled or digits[0] == "0" else "ID")


def _cued(text: str, match: re.Match[str], start: int) -> Span | None:
    number = match["v"].rstrip(" .-(")
    if _NUMBER_CUE.match(text, start) and number.isdigit() and number[0] != "0":
        return None
    count = len(_digits(number))
    if not 6 <= count <= 15 or _POWER.search(number):
        return None
    return Span(match.start("v"), match.start("v") + len(number), "PHONE")


_NUMBER_CUE = re.compile(r"(?:no|num|number|id|card)\b", re.I)


def _octets(text: str, match: re.Match[str], start: int) -> Span | None:
    if all(int(part) <= 255 for part in match["v"].split(".")):
        return Span(match.start("v"), match.end("v"), "IP")
    return None


def _host(text: str, match: re.Match[str], start: int) -> Span | None:
    """A host with all its parts: "portal.hancockvision.example/login"."""
    begin = match.start()
    if text[begin - 1 : begin] == ".":
        before = _PARTS_BEFORE.search(text, max(0, begin - 64), begin)
        if before is None:
            return None
        begin = before.start()
    return Span(begin, match.end(), "URL") if re.search(r"[a-z]{2}", match[0].split(".")[0], re.I) else None


_PARTS_BEFORE = re.compile(r"(?<![@\w.\-])(?:[a-z0-9\-]+\.){1,3}\Z", re.I)


def _mail(text: str, match: re.Match[str], start: int) -> Span | None:
    """The local part is looked for leftwards from the sign, because a scan from the left would start
    anywhere.
    """
    local = _LOCAL.search(text, max(0, match.start() - 64), match.start())
    if local is None or not re.search("[A-Za-z]", local[0]):
        return None
    return Span(local.start(), match.end("v"), "EMAIL")


def _spoken(text: str, match: re.Match[str], start: int) -> Span | None:
    local = _SPOKEN.search(text, max(0, match.start() - 64), match.start())
    return Span(local.start(), match.end(), "EMAIL") if local else None


_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-']*\Z")
_SPOKEN = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]*(?:(?: ?[(\[] ?| )(?:dot|underscore|dash|hyphen)(?: ?[)\]] ?|"
    r" )[A-Za-z0-9]+)*\Z"
)
_LOCAL.search("")  # compiled once
_TLD = (
    r"(?:com|co|org|net|edu|gov|uk|us|ie|eu|nhs|info|io|biz|me|health|care|clinic|app|dev|ac|example|test|"
    r"invalid|local|"
    r"de|fr|es|it|pl|ca|au|nz|in|ai|tv|online|shop|vision|eye|doctor|med|pro|mobi|name|co\.uk|nhs\.uk)"
)
_PROVIDER = (
    r"(?:gmail|googlemail|hotmail|yahoo|ymail|outlook|icloud|aol|btinternet|nhs|live|msn|sky|virginmedia|"
    r"me|mac|protonmail|talktalk)"
)
CONTACTS: tuple[Rule, ...] = (
    rule(
        "EMAIL",
        r"@[A-Za-z0-9\-]+\.[A-Za-z]",
        r"(?P<v>@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,})",
        _mail,
        often=True,
    ),
    rule("EMAIL", rf"@{_PROVIDER}\b", rf"(?P<v>@{_PROVIDER}\b)", _mail),
    rule("EMAIL", r"@\s[A-Za-z0-9\-]+\.", rf"(?P<v>@\s[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.{_TLD}\b)", _mail),
    rule(
        "EMAIL",
        r"(?: ?[(\[{<] ?at ?[)\]}>] ?| at | ?@ ?)[a-z0-9\-]+(?: ?[(\[{<] ?dot ?[)\]}>] ?| dot |\. ?)[a-z]{2}",
        rf"(?: ?[(\[{{<] ?at ?[)\]}}>] ?| at | ?@ ?)[a-z0-9\-]+(?:(?: ?[(\[{{<] ?dot ?[)\]}}>] ?| dot |"
        rf"\.)[a-z0-9\-]+)*?"
        rf"(?: ?[(\[{{<] ?dot ?[)\]}}>] ?| dot |\.){_TLD}\b(?:(?: dot |\.){_TLD}\b)*(?![/\w])",
        _spoken,
        often=True,
    ),
    rule(
        "EMAIL",
        rf" ?[(\[] ?at ?[)\]] ?{_PROVIDER}\b| at {_PROVIDER}\b",
        rf" ?[(\[]? ?at ?[)\]]? ?{_PROVIDER}\b",
        _spoken,
    ),
    rule(
        "URL",
        r"(?:(?:https?|ftps?|sftp)://|www\.)[^\s]",
        r"(?:(?:https?|ftps?|sftp)://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)\]']",
    ),
    rule(
        "URL",
        r"\b[a-z0-9\-]{2,}\.(?:com|co\.uk|org|net|nhs\.uk|org\.uk|gov\.uk|ac\.uk|ie|edu|gov|info|io|uk|me|"
        r"example|health)\b",
        r"(?<![@\w\-])[a-z0-9\-]{2,}(?:\.[a-z0-9\-]+)*\.(?:com|co\.uk|org|net|nhs\.uk|org\.uk|gov\.uk|"
        r"ac\.uk|ie|edu|gov|"
        r"info|io|uk|me|example|health)\b(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]'])?(?!@)",
        _host,
        often=True,
    ),
    rule(
        "URL",
        r"\b(?:insta|instagram|twitter|facebook|fb|tiktok|snapchat|handle|ig|linkedin|skype)\b"
        r"[ :(]{1,3}@?[a-z0-9_.]|\bx[ :(]{1,3}@[a-z0-9_.]",
        r"(?P<k>insta|instagram|twitter|facebook|fb|tiktok|snapchat|handle|ig|linkedin|skype|x)\b[ :(]{1,3}"
        r"(?P<v>@[a-z0-9_.]*[a-z0-9_]|[a-z0-9.]*[a-z][a-z0-9.]*(?:_[a-z0-9._]+|\d{2,}))",
    ),
    rule(
        "URL",
        r"\b[a-z0-9_.]+ on (?:insta|instagram|twitter|facebook|tiktok|snapchat)\b",
        r"(?P<v>[a-z][a-z0-9.]*[_\d][a-z0-9_.]*) on ",
    ),
    rule(
        "URL",
        r"(?:^|[\s(,])@[a-z][a-z0-9_.]{3}",
        r"[\s(,]?(?P<v>@[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)",
        lambda text, match, _: (
            Span(match.start("v"), match.end("v"), "URL") if re.search(r"[_\d.]", match["v"]) else None
        ),
    ),
    rule(
        "IP",
        r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b",
        r"(?<![\d.])(?P<v>\d{1,3}(?:\.\d{1,3}){3})(?![\d]|\.\d)",
        _octets,
    ),
    rule(
        "IP",
        r"\b[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:]+\b",
        r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}|"
        r"(?:[0-9a-f]{1,4}:){3,7}:)(?![\w:])",
        lambda text, match, _: (
            Span(match.start(), match.end(), "IP") if re.search("[a-f]|::", match[0], re.I) else None
        ),
    ),
    rule(
        "PHONE",
        r"\b0\d{1,4}[ .\-)]{0,2}\d{2}(?:[ .()\-]{0,2}\d){3}",
        rf"(?<![\d.+/\-])(?P<v>0\d(?:[ .()\-]{{0,2}}\d){{8,9}})(?!\d|[./]\d){_EXT}",
        _uk,
        often=True,
    ),
    rule(
        "PHONE",
        r"(?:\+ ?|\b00)\d{1,3}(?:[ (\-]{1,2}\d|\d{5})|\+1\.\d{3}\.",
        rf"(?<![\d.])(?P<v>(?:\+ ?|00)\d{{1,3}}[ .\-]?(?:\(0?\d*\)[ .\-]?)?(?:\(?\d+\)?[ .\-]?){{1,"
        rf"5}}\d)(?!\d){_EXT}",
        _international,
        often=True,
    ),
    rule(
        "PHONE",
        r"\b\d{3}[) .\-]{1,2}\d{3}[ .\-]\d{4}\b",
        rf"(?<![\d.])(?P<v>\d{{3}}(?P<sep>[) .\-])[ ]?\d{{3}}[ .\-]\d{{4}})(?!\d|[.]\d){_EXT}",
        _three_three_four,
        often=True,
    ),
    rule("PHONE", r"\b\d{3}/\d{3}[\-. ]\d{4}\b", r"(?<![\d.\-/])\d{3}/\d{3}[\-. ]\d{4}(?!\d|[./\-]\d)"),
    rule("PHONE", r"\b\d{10}\b", r"(?<![\d.+\-])\d{10}(?![\d]|\.\d)", _ten),
    rule("PHONE", r"\b1\d{10}\b", r"(?<![\d.+\-])1[2-9]\d{9}(?![\d]|\.\d)"),
    rule(
        "PHONE",
        r"\b[2-9]\d\d-\d{4}\b",
        rf"(?<![\d.+\-/])[2-9]\d\d-\d{{4}}(?![\d]|[\-./]\d){_EXT}",
        often=True,
    ),
    rule(
        "PHONE",
        r"\b(?:tel|telephone|ph|phone|phoned|mob|mobile|cell|fax|call|called|calls|ring|rang|text|txt|"
        r"texted|contact|"
        r"contactable|whatsapp|landline|home|work|pager|bleep|t|m|f|number|num|no|dial|reach|sms|"
        r"messaged?|answerphone|"
        r"vm|voicemail|daytime|evening|alt|hm|wk)\b(?: (?:no|number|num|is|on|at|her|him|them|back|me|tel|"
        r"phone|mobile|"
        r"mob|to|us|patient|px|pt|mum|dad|via))*[.:#]? ?[:(+]?\(?\d",
        r"[a-z .:#]+?[.:#]? ?[:]?(?P<v>[(+]{0,2}\d(?:[ .()\-]{0,2}\d){5,14})(?![\d]|[/:]\d)",
        _cued,
        often=True,
    ),
    rule(
        "PHONE",
        r"\b(?:[Tt]el|[Tt]elephone|[Pp]hone|TEL|[Pp]h)[.:]? ?[A-Z][a-z]+(?: [A-Z][a-z]+)? \d{2,6}\b",
        r"[A-Za-z]+[.:]? ?(?P<v>[A-Z][a-z]+(?: [A-Z][a-z]+)? \d{2,6})(?![\d/]|[.:]\d)",
        caseless=False,
    ),  # an exchange and a number, "Tel Edale 244"
    rule(
        "PHONE",
        r"\b(?:ext|extn|extension|bleep|pager)[.: ]{1,2}\d{2}",
        r"[a-z]+[.: ]{1,2}(?P<v>\d{2,6})(?!\d|[./]\d)",
    ),
)
