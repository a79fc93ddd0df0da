"""Short forms, slips and turns of speech, written out before a question is cut into words.

Each rule keeps the meaning; what could change it is left for the planner to ask about.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_MONTH_NAME = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_ONE = "|".join(_ONES)
_UNIT = "(day|week|month|quarter|year)"
Instead = str | Callable[[re.Match[str]], str]


def _number(m: re.Match[str]) -> str:
    return str(_TENS[m[1]] + _ONES[m[2]])


def _hundreds(m: re.Match[str]) -> str:
    count = 1 if m[1] == "a" else _ONES.get(m[1]) or int(m[1])
    return str(count * {"hundred": 100, "thousand": 1000}[m[2]])


# The order counts: what a rule leaves is what the next one reads.
_SPELLING: tuple[tuple[str, Instead], ...] = (
    (r"\b(how|who|what|where|when|why)'?d\b(?= )", r"\1 did"),
    (r"\b(what|who|how|where|when|that|it|there|here|let)'s\b", r"\1 is"),
    (r"\b(have|has|had|do|does|did|is|are|was|were|would|could|should)n'?t\b", r"\1 not"),
    (r"\b(?:can't|cannot|can not)\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"\b(we|they|you|i)'(?:ve|re|d|ll|m)\b", r"\1"),
    (r"\bdna(?:'d|ed|s)\b", "dna"),
    (r"\bfta(?:'d|s)\b", "fta"),
    (r"\bno[ -]show'?(?:ed|ing)\b", "no show"),
    (r"(?<= )'?em\b", "them"),
    (r"\by'?all\b", "we"),
    (r"(?<=[a-z0-9])'s\b", ""),
    (r"\bthru\b", "through"),
    (r"\b(?:i\.e|e\.g|etc)\b\.?", ""),
    (r"\b(?:incl|inc)\b\.?(?= )", "including"),
    (r"(?<=s)'(?=\s|$)", ""),
    (r"'", ""),
    (r"\bgimme\b", "give me"),
    (r"\blemme\b", "let me"),
    (r"\b(?:teh|hte)\b", "the"),
    (r"\b(?:nad|adn)\b", "and"),
    (r"\b(?:hve|hav)\b", "have"),
    (r"\b(?:wot|wat)\b", "what"),
    (r"\brat\b", "rate"),
    (r"\bdailies\b", "daily lenses"),
    (r"\bmonthlies\b", "monthly lenses"),
    (r"\bgrey\b", "gray"),
    (r"\bsam(?= (?:but|again|for|thing|as|in))", "same"),
)
_SHORTENED: tuple[tuple[str, Instead], ...] = (
    (r"\b(?:avg|ave|av)\b\.?", "average"),
    (r"\b(?:yr|yrs)\b", "year"),
    (r"\b(?:mth|mnth|mo)\b", "month"),
    (r"\b(?:mths|mnths|mos)\b", "months"),
    (r"\bwk\b", "week"),
    (r"\bwks\b", "weeks"),
    (r"\b(?:qtr|qrtr)\b", "quarter"),
    (r"\blst\b", "last"),
    (r"\bprev\b\.?", "previous"),
    (r"\brn\b", "right now"),
    (r"\bw/o\b", "without"),
    (r"\bb/w\b", "between"),
    (r"\bw/ ?(?=[a-z]{2})", "with "),
    (r"\bw/c\b", "week commencing"),
    (r"\bw/e\b", "week ending"),
    (r"\bappt(s?)\b\.?", r"appointment\1"),
    (r"\btxns?\b", "transactions"),
    (r"\brev\b", "revenue"),
    (r"\bpts?\b", "patients"),
    (r"\bqty\b", "quantity"),
    (r"\b(?:%|per ?cent)age\b", "percentage"),
    (r"\bno\.? of\b|# ?of\b|\bnr of\b", "number of"),
    (r"\bdr\b\.? (?=[a-z])", ""),
    (r"\blo (?=(?:on|in) stock|stock)", "low "),
    (r"^(?:good )?(?:morning|afternoon|evening)(?: (?:all|team|everyone|there))?\s*[!,.:-]+", ""),
)
_NUMBERS: tuple[tuple[str, Instead], ...] = (
    (rf"\b({'|'.join(_TENS)})[- ]({_ONE})\b", _number),
    (rf"\b(a|{_ONE}|\d) (hundred|thousand)\b(?! and)", _hundreds),
    (rf"(?<=order )({_ONE})\b(?= (?:more|box|frame|pair))", lambda m: str(_ONES[m[1]])),
)
_TIMES: tuple[tuple[str, Instead], ...] = (
    (r"\b(last|this|next|past)(week|month|year|quarter)\b", r"\1 \2"),
    (r"\b([qh][1-4]) ?[-\u2010-\u2015] ?([qh][1-4])\b", r"\1 to \2"),
    (rf"\b{_MONTH}\.? ?[-\u2010-\u2015] ?{_MONTH}\b", r"\1 to \2"),
    (
        rf"\b{_UNIT}s? (?:of|in|out of|over) the last (\d+|three|six|twelve)(?=[ ?,]|$)"
        rf"(?! (?:complete |full )?{_UNIT})",
        r"\1s of the last \2 \1s",
    ),
    (
        rf"\b(?:the )?{_UNIT} (?:that |which )?(?:has |we )?just (?:closed|ended|finished|gone|went)\b",
        r"last \1",
    ),
    (r"\b(?:vs|versus|against|than) (?:last|the last|the previous)(?= ?\??$)", "vs the one before"),
    *((rf"\b(?:the )?{word}(?: of)? (?={_MONTH_NAME}\b)", f"{i} ") for i, word in enumerate(_ORDINALS, 1)),
    *(
        (rf"\b({_MONTH_NAME}) (?:the )?{word}\b(?! (?:week|half|quarter|day))", rf"\1 {i}")
        for i, word in enumerate(_ORDINALS, 1)
    ),
)
_TURNS: tuple[tuple[str, Instead], ...] = (
    (r"\bcosts? of (?:the |our )?(?=(?:\w+ ){1,3}(?:we )?sold\b)(?!goods|sales)", "cost of goods for "),
    (r"\bliv(?:e|es|ed|ing) in\b", "are in"),
    (r"\b(?:customers|clients|shoppers|people) (?:spend|spent)\b(?! per)", "we take"),
    (r" \+ ", " and "),
    (r"\b\w+ ?(?:\.{2,}|,|-) ?(?:no wait|no|sorry|i mean|i meant|scratch that), ?(?=\w)", ""),
    (r"\b(more|less|fewer|greater|higher|lower|better|worse|bigger|larger) then\b", r"\1 than"),
    (
        r"\bleav(?:e|ing) ((?:the )?[\w-]+(?: [\w-]+){0,3}?) out(?: of (?:it|them|this|that))?\b",
        r"excluding \1",
    ),
    (r"\b(?:highest|biggest|largest|longest|most|slowest|best|top)(?: [a-z]+)? first\b", "highest first"),
    (
        r"\b(?:lowest|smallest|shortest|least|fewest|worst|fastest|quickest)(?: [a-z]+)? first\b",
        "lowest first",
    ),
    (r"\b(?:two|three|2|3) (?:numbers|figures|things|answers)\b", ""),
    (r"\b(?:um+|uh+|erm?|hmm+)\b,?", ""),
    (r"\b(?:ended|end|ending) up\b(?= [a-z]+(?:ed|ing)\b)", ""),
    (r" before now\b", ""),
    (r"\bturn(?:ed|ing)? (?:\w+ ){1,2}a?round\b", "turnaround"),
    (
        r"\b(?:i'?m |i am )?(?:just )?(?:trying|wanting|looking) to (?:plan|see|find|know|check|get)\b",
        "",
    ),
    (
        r"\b(?:how much|what)(?: money)? (?:was|were|is|are|did|do|does) (?:that|it|they|those|these|this)"
        r"(?: all)? (?:come to|total|worth|amount to|add up to|in money|in total)\b"
        r"(?: in (?:money|total))?(?! at )",
        "what they came to",
    ),
    (
        r"\b(?<=and )how much(?: money)? (?:was|were|is|are) (?:that|it|they|those|these)\b",
        "what they came to",
    ),
    (r"\b(?:top|tops|topped|beat|beats|passed|cleared|went over|go over)(?= [£$€] ?\d)", "more than"),
    (r"\bin (?:descending )?order of\b", "ranked by"),
    (r"\b(?:on|in|from) (?:the|our) frames? (?:boards?|bars?|walls?|displays?)\b", "frames on the shelf"),
    (r"\bon (?:the|our) (?:boards?|displays?|walls?)\b", "on the shelf"),
    (
        r"\b(?:the )*(?:price |figure |number |amount )?before (?:any |the |all )?(?:whole[ -])?"
        r"(?:ticket|transaction|sale|basket)(?:[ -]level)? discounts?"
        r"(?: (?:come|came|are|were|is|was)(?: taken)? (?:off|applied))?\b",
        "before transaction discounts",
    ),
)
_RULES = tuple(
    (re.compile(pattern), instead)
    for group in (_SPELLING, _SHORTENED, _NUMBERS, _TIMES, _TURNS)
    for pattern, instead in group
)


def written_out(text: str) -> str:
    """Lower-case `text` with its short forms written out.

    >>> written_out("how'd we do w/o exams in the thirty five days")
    'how did we do without exams in the 35 days'
    """
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
