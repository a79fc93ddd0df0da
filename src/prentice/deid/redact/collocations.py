"""Words that are also names, before what they are words with: "Bill was sent", "Rose bengal", "Jack "
"knife"."""

from __future__ import annotations

import re
from functools import cache

from prentice.deid.redact.gazetteer import WORD, kinds, lines_of, word_set

_NEXT = re.compile(r" ([A-Za-z]+)")
_HYPHEN = re.compile(r"-([a-z]{3,})(?![a-z])")
# "Amber and violet filters", "Rose or amber lens".
_COLOURS = re.compile(
    r"(?: and | & | or |/)(?:[a-z]+ )?(?:filters?|tints?|lenses|lens|lights?|glass|"
    r"frames?|beads)\b",
    re.I,
)
_TINTS = word_set(
    "amber rose violet jade ruby pearl hazel olive brown green grey gray blue gold silver plum cherry coral "
    "emerald sapphire indigo ebony ivory scarlet ginger rusty sandy lilac saffron lavender crystal opal"
)
_CLAUSES = {
    "bill": re.compile(
        r" (?:(?:was|is|has been|to be|not|already|now|still|being|got) )(?:(?:not|never|now|still|"
        r"already) )?"
        r"(?:sent(?! home| to (?:hosp|a&e|er|the))|mailed|emailed|posted|issued|settled|submitted|overdue|"
        r"outstanding|due\b|"
        r"unpaid|raised|queried|paid|wrong|resent|attached|enclosed|void|written|adjusted|\$|\d)|"
        r" (?:to|for) (?:insurance|vsp|eyemed|medicare|medicaid|lab|exam|the|\$|\d|[A-Z]{2})|"
        r" (?:sent|attached|enclosed|submitted|outstanding|overdue)\b"
    ),
    "hope": re.compile(
        r" (?:to (?!collect|ring|call|bring|pick|attend|pay|phone|email|text|drop|come|return|see\b)[a-z]+|"
        r"that|this|you|we|it|it's|for|not|all|these|they|he|she|there)\b"
    ),
    "will": re.compile(
        r" (?:need|order|send|call back|ring back|review|refer|monitor|try|do|be|not|also|"
        r"require)\b"
    ),
    "grant": re.compile(r" (?:approved|application|funding|form|money|awarded|applied|rejected|pending)\b"),
    "mark": re.compile(r" (?:up\b|OCs?\b|fitting|heights?|as|all|with|the|on (?:lens|cornea|frame|card))"),
    "pat": re.compile(r" (?:dry|down|with|eyes|lashes|the|gently)\b"),
    "rob": re.compile(r" (?:of|from|the)\b"),
    "sue": re.compile(r" (?:for|the|them|us)\b"),
    "patience": re.compile(r" (?:needed|advised|required|with|is needed|urged)\b"),
    "dot": re.compile(r" (?:ha?em\w*|card|test|blot|and blot|&)\b"),
    "chip": re.compile(r" (?:in|on|to|off|at|R|L|edge|noted|lens|temporal)\b"),
    "ray": re.compile(r" (?:of|tracing|diagram)\b"),
    "max": re.compile(r" (?:dose|add|plus|of|VA|IOP|wear|tolerated|\d|strength|medical|minus|power|prism)"),
    "norm": re.compile(r" (?:for|is|values?|range|data|limits|\d)"),
    "gene": re.compile(
        r" (?:tests?|testing|therapy|panel|mutation|variant|study|carrier|positive|"
        r"negative)\b"
    ),
    "grace": re.compile(r" (?:period|days?|and favou?r)\b"),
    "frank": re.compile(
        r" (?:discharge|ha?emorr\w*|discussion|blood|pus|papill\w*|talk|ha?ematuria|"
        r"cataract)\b"
    ),
    "rich": re.compile(
        r" (?:vascular|in\b|history|blood|vessel|network|colou?r|brown|diet|tears|fundus|"
        r"red)\b"
    ),
    "sterling": re.compile(r" (?:result|silver|work|effort|job|value|acuity|vision|equivalent|price)s?\b"),
    "art": re.compile(r" (?:work|class|teacher|tears?|lessons?|student|of|desk|supplies|room|glass)\b"),
    "drew": re.compile(r" (?:blood|round|around|a|the|line|on|up|attention|diagram)\b"),
    "nick": re.compile(r" (?:in|on|to|of|at|noted|lid|lens)\b"),
    "faith": re.compile(r" (?:in|school|group|based|leader)\b"),
    "dawn": re.compile(r" (?:patrol|till|to|phenomenon|light|until|raid|soap|dish)\b"),
    "eve": re.compile(r" (?:of|appt|drops?|dose|clinic)\b"),
    "victoria": re.compile(r" (?:sponge|plums?|blue|line|station)\b"),
}


@cache
def _things() -> dict[str, frozenset[str]]:
    """What each word is a word before, from things.txt."""
    found: dict[str, frozenset[str]] = {}
    for line in lines_of("things.txt"):
        words, _, following = line.partition(": ")
        things = frozenset(following.split())
        for word in words.split():
            found[word] = found.get(word, frozenset()) | things
    return found


@cache
def _heads() -> frozenset[str]:
    return frozenset(_things()) | frozenset(_CLAUSES) | _TINTS


def is_collocation(folded: str, start: int, end: int) -> bool:
    """Whether what follows says that a word is no name here.

    >>> is_collocation("Rose bengal 1%", 0, 4), is_collocation("Rose rang", 0, 4)
    (True, False)
    """
    word = folded[start:end].lower()
    if word not in _heads():
        hyphened = _HYPHEN.match(folded, end) if folded[end : end + 1] == "-" else None
        return hyphened is not None and bool(kinds().get(hyphened[1], 0) & WORD)
    clause = _CLAUSES.get(word)
    if clause is not None and clause.match(folded, end):
        return True
    following = _NEXT.match(folded, end)
    if following and following[1].lower() in _things().get(word, ()):
        return True
    hyphened = _HYPHEN.match(folded, end)
    if hyphened and kinds().get(hyphened[1], 0) & WORD:
        return True
    return word in _TINTS and _COLOURS.match(folded, end) is not None
