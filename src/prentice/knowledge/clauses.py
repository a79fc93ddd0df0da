"""The parts of a question that can be asked alone: a story before it, a belief that it rests on. Pure.

"I see 20/20 so my eyes are healthy. Can I skip the exam?" is one belief and one question; what the corpus
says of the belief is worth more than what comes nearest to both.
"""

from __future__ import annotations

import re

_END = re.compile(r"(?<!\d)[.](?=\s)|[.](?=\s+[A-Z])|[?!;]+(?=\s|$)|:\s|\s[–—-]\s")
# "since …, …", "… so …": the reason and what is asked because of it.
_REASON = re.compile(
    r"^(?:since|because|as|now that|given that|considering|if it is true that|seeing as)\s+"
    r"(?P<reason>[^,]+),\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_HENCE = re.compile(r",?\s+(?:so|therefore|which means(?: that)?|hence|that's why)\s+", re.IGNORECASE)
_BELIEF = re.compile(
    r"^(?:i (?:know|heard|read|thought|think|believe|was told|understand)(?: that)?|apparently|obviously"
    r"|everyone (?:says|knows)(?: that)?|they say(?: that)?)\s+",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:so |and |but )?(?:what|which|who|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|"
    r"should|shall|will|would|may|might|must|has|have|had|am|isn'?t|aren'?t|don'?t|doesn'?t|can'?t|won'?t)\b",
    re.IGNORECASE,
)
_LEAST, _MOST = 3, 4  # words of a part; parts


def clauses(question: str) -> tuple[str, ...]:
    """Up to four, in their order; none where the question is of one piece.

    >>> clauses("I have 20/20 so my eyes are healthy. Can I skip the exam?")
    ('I have 20/20 so my eyes are healthy', 'Can I skip the exam')
    >>> clauses("Since glasses make eyes lazy, how long may I wear them?")
    ('glasses make eyes lazy', 'how long may I wear them')
    >>> clauses("What is vertex distance?")
    ()
    """
    found = [part for sentence in _END.split(question) for part in _parts(sentence.strip(" ,"))]
    kept = [part for part in found if len(part.split()) >= _LEAST]
    return tuple(kept[:_MOST]) if len(found) > 1 else ()


def states(clause: str) -> bool:
    """Whether it says something instead of asking: what it takes for granted may be false.

    >>> states("my eyes are healthy"), states("are my eyes healthy")
    (True, False)
    """
    return not _ASKS.match(clause)


def _parts(sentence: str) -> list[str]:
    if given := _REASON.match(sentence):
        return [given["reason"], given["rest"]]
    pieces = _HENCE.split(sentence, maxsplit=1)
    if len(pieces) == 2 and _ASKS.match(pieces[1]):
        return [_BELIEF.sub("", pieces[0]), pieces[1]]
    return [_BELIEF.sub("", sentence)]
