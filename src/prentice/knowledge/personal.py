"""Questions that ask to decide for a person: what somebody has, what power they need, what medicine to take.

They get what is known in general, after a sentence that says who decides. Each kind is recognised by two things together:
that a person is meant, and that a decision is asked for.
"""

from __future__ import annotations

import re

_SOMEBODY = (
    r"(?:\b(?:i|i'm|i've|me|my|mine|myself|he|she|his|her|him|they|them|we|our|us|patient|px|kid|child|son|daughter|baby|mum|"
    r"mom|dad|husband|wife|mother|father|gran|nan|grandad)\b)"
)
_MEDICINE = (
    r"(?:drops?|medic\w+|tablets?|antibiotics?|steroids?|latanoprost|timolol|atropine|chloramphenicol|dose|doses|dosage|pills?|"
    r"ointment|hydroxychloroquine|plaquenil|dexamethasone|prednisolone|aspirin|ibuprofen|antihistamine\w*|warfarin)"
)
_DISEASE = (
    r"(?:glaucoma|cataracts?|macular\b[\w ]*|amd|conjunctivitis|keratoconus|uveitis|iritis|infect\w+|tumou?r|cancer|melanoma|"
    r"diabet\w*|retinopathy|detach\w*|keratitis|ulcer\w*|blepharitis|stroke|disease|migraine|pterygium|shingles|dry or wet|"
    r"wet or dry|lazy eye|serious|dangerous|going blind|allerg\w+|stye|chalazion|colour ?blind|color ?blind|ms\b|sclerosis)"
)
_ASKS = r"(?:should|can|may|could|shall|do|does|would|must|is it (?:ok|okay|safe|all right|fine)|ok(?:ay)? to|safe to)"

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "I cannot advise on starting, stopping or changing a medicine: ask the prescriber, a pharmacist or an eye doctor.",
        (
            rf"(?=.*\b{_MEDICINE}\b)(?=.*\b{_ASKS} (?:\w+ )?(?:i|we|he|she|they|my \w+|her|him|the (?:patient|px))? ?(?:just |now |safely )?"
            r"(?:stop|start|take|use|double|increase|reduce|change|switch|skip|halve|give|put|come off|cut|share|restart|miss|mix|try)\b)",
            rf"(?=.*\b(?:how (?:many|much|often)|what|which|name|tell me|recommend|suggest|best)\b.*\b{_MEDICINE}\b)(?=.*(?:\b(?:give|take|use|get|put|need|buy|for (?:my|his|her|me|him|a))\b))"
            rf"(?=.*{_SOMEBODY})",
        ),
    ),
    (
        "I cannot prescribe: the power and the lens that somebody needs are found by a sight test or a fitting.",
        (
            r"(?=.*\b(?:power|strength|prescription|rx|script|base curve|lens(?:es)?|add|[+−-]\d+(?:\.\d+)?)\b)"
            r"(?=.*\b(?:should|shall|do|can|could|would) (?:i|we|he|she|they|my \w+) (?:just )?(?:go (?:to|up|down|for)|order|buy|get|wear|need|move|try|use|be wearing|change|increase|drop)\b)"
            r"(?=.*\b(?:which|what|tell me|go to|exactly|how (?:strong|much|many))\b)(?!.*\b(?:material|coating|frame|tint|design|index|colou?r|index|measure|standard|varifocals?|progressives?|cleaner|solution|case)\b)",
            r"\b(?:tell|give|write|work out|calculate) me (?:\w+ ){0,4}(?:power|prescription|rx|script|strength)\b.*\b(?:order|buy|need|wear)\b",
            r"(?:^|\b(?:can|could|will|would) you |\bplease |\bjust )(?:just )?(?:prescribe|(?:write|make up|give|make) (?:me |him |her |us )?(?:\w+ ){0,3}(?:prescription|rx|script))\b",
            r"\bwhat (?:power|prescription|strength|rx|add)\b.*\b(?:shall|should) i (?:make|give|put|order|use)\b",
            rf"\bwhat (?:power|prescription|strength|rx|add)\b(?=.*{_SOMEBODY})(?=.*\b(?:need|needs|order|buy|should)\b)(?!.*\b(?:formula|calculate|compute|vertex|order (?:when|if|for))\b)",
        ),
    ),
    (
        "I cannot tell what somebody has: that takes an examination by an optometrist or a doctor.",
        (
            rf"\b(?:is it|is this|is that|is my|is her|is his|have i|has (?:he|she|my \w+)|do i have|does (?:he|she|my \w+) have|could (?:it|this|i|he|she)|might (?:it|i)|am i|is (?:he|she)|"
            rf"did i|what(?:'s| is) wrong|sounds like|(?:it|this) must be|(?:it|this) is)\b.*\b{_DISEASE}(?=.*\?|.*$)(?<!\bcan )",
            r"\bdiagnos(?:e|is)\b(?=.*\b(?:me|my|i|him|her|his|this|give|patient)\b)|\bwhat (?:do|have) i (?:have|got)\b|\bwhat(?:'s| is) wrong with (?:my|me|his|her|him|the patient)\b",
        ),
    ),
    (
        "I cannot decide that for somebody: it is settled with the eye doctor or optometrist who has examined the eyes.",
        (
            r"\bdecide for (?:me|us|her|him)\b|\b(?:should|shall) (?:i|we|he|she|my \w+) (?:\w+ )?(?:have|get|go for|delay|put off|cancel|agree to) (?:\w+ )?(?:op\b|operation|surgery|laser|lasik|injections?|cataracts? (?:done|out|removed)|procedure)",
        ),
    ),
)  # fmt: skip
_COMPILED = [
    (said, [re.compile(pattern, re.IGNORECASE) for pattern in patterns]) for said, patterns in _KINDS
]
_FIRST_PERSON = re.compile(_SOMEBODY, re.IGNORECASE)


def personal(question: str) -> str:
    """Who decides, in one sentence; "" where the question asks for no such thing.

    >>> personal("Should I stop my glaucoma drops?")[:21]
    'I cannot advise on st'
    >>> personal("What is glaucoma?")
    ''
    """
    text = " ".join(question.replace("’", "'").split())
    if not _FIRST_PERSON.search(text):
        return ""
    return next((said for said, patterns in _COMPILED if any(p.search(text) for p in patterns)), "")
