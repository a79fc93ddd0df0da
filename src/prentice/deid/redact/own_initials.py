"""The patient's own initials: "EJW", "E.J.W.", "Hugs, B."."""

from __future__ import annotations

import re
from functools import lru_cache

from prentice.deid.redact.gazetteer import WORD, kinds, word_set
from prentice.deid.redact.person import Person
from prentice.deid.redact.spans import Span

TWO_LETTERS = word_set(
    "re le od os ou al be do so an at is it in on or of to no us uk am pm he we me my by up go if as oh ok "
    "tv pc ha st va cd cl pd bd"
)
_SHORTHAND = word_set(
    "px rx dx hx tx cc sc ph nv iv ct ac pc ks kc ns co gp mh me ma ga gat hes dr mr pvd amd erm poag iop "
    "oct vf pl ds dc mm cm bd qds tds prn fh foh gh poh bp dm ra ms adv rv fu wnl nad nil neg pos acd "
    "cct led uv ar hc sv bf vfd ppl spk tbut mgd wc am pm lp hm cf npl si bv et xt ht eso exo so xo "
    "po bi bu pi yag pco iol ped srf vh ipl rgp dk gls ats at"
)
_PERSON_AFTER = (
    r"(?:'s)?(?= (?:signed|called|happy|rang|attended|reports|reported|says|said|prefers|will|wants|here|"
    r"was|is|has|phoned|collected|"
    r"to collect|seen|paid|agreed|consented|declined|informed|aware)\b)"
)
_NOT_INITIALS = frozenset(["re", "le", "od", "os", "ou"])
_CUES_OF_INITIALS = ("with", "by", "for", "told", "rang", "d/w")
_COATS = frozenset(("ar", "uv", "hc", "sv", "bf", "cl", "pc", "va", "vf", "ct"))  # asked for, billed for


@lru_cache(maxsize=2_000)
def _initial_forms(initials: str) -> re.Pattern[str]:
    dotted = r"\.[ \-]?".join(initials) + r"\.?"
    if len(initials) > 2:
        dotted = rf"(?:{dotted}|{initials[0]}\.{'-'.join(initials[1:])}\.?)"
    spaced = " ".join(initials)
    plain = initials.lower()
    forms = [dotted] if plain not in _NOT_INITIALS and not set(plain) <= {"r", "l"} else []
    if (
        plain in TWO_LETTERS
        or plain in _SHORTHAND
        or set(plain) <= {"r", "l"}
        or kinds().get(plain, 0) & WORD
    ):
        forms += [rf"{form}{_PERSON_AFTER}" for form in (initials, spaced) if plain not in _NOT_INITIALS]
        cues = ("with", "by", "told", "rang", "d/w") if plain in _COATS else _CUES_OF_INITIALS
        forms += [rf"(?<=\b{cue} ){initials}" for cue in cues] if plain not in _NOT_INITIALS else []
    else:
        forms += [initials, spaced]
    return re.compile(rf"(?<![A-Za-z\d.'/+\-])(?:{'|'.join(forms) or '(?!)'})(?![\w'/+]|-\d|\.\d)")


# "Hugs, B."
_SIGNED_INITIAL = re.compile(
    r"(?:\b(?i:hugs|love|regards|thanks|thank you|thx|ta|cheers|best|wishes|sincerely|yours|xx?|signed|bye|"
    r"take care|speak soon|respectfully|warmly|faithfully|truly|later)[,.! ]{0,3}\s{1,4}|[\-~] ?|\n)"
    r"(?P<v>[A-Z])[.! x]{0,4}\s*$"
)


def initials_of(folded: str, person: Person) -> list[Span]:
    """Each place where the person's initials stand in a folded text."""
    found = [
        Span(*each.span(), "NAME")
        for initials in person.initials
        if len(initials) > 1
        for each in _initial_forms(initials).finditer(folded)
    ]
    if (signed := _SIGNED_INITIAL.search(folded)) and signed["v"].lower() in person.letters:
        found.append(Span(*signed.span("v"), "NAME"))
    return found
