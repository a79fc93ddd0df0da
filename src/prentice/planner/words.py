"""From a typed question to tokens: spelling, plurals and punctuation are made alike, nothing is decided."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from prentice.planner.short_forms import written_out

_MONTH_NAME = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_TOKEN = re.compile(
    r"\d{4}-\d\d?-\d\d?"  # 2026-10-31
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"  # 31/10/2026
    r"|\d+(?:[.,]\d+)*(?:st|nd|rd|th|k|m)?(?![a-z0-9])"  # 1,500, 2.5k, 3rd
    r"|[a-z0-9]+|[£$€%<>]=?|=|\?"
)
# Words that end in an s and are no plural, or are kept as they are heard ("how does", "our glasses").
_NO_PLURAL = ("lens", "glasses", "specs", "does", "series", "always")
_SINGULARS = {
    **{word: word for word in _NO_PLURAL},
    **{"people": "person", "women": "woman", "womens": "woman", "ladies": "woman"},
    **{"men": "man", "mens": "man", "gents": "man"},
    **{"children": "child", "childrens": "child", "kids": "child", "kid": "child"},
    **{"sunnies": "sunglass", "shades": "sunglass"},
    **{"lenses": "lens", "statuses": "status", "busses": "bus", "pos": "po"},
}


def plain(text: str) -> str:
    """Lower case without accents, `&` as 'and', hyphens and underscores between words as spaces.

    Length may change: offsets into the result are offsets into the result only.

    >>> plain("What's Étude's share of Hi-Index_1.67 & CR-39?")
    'what is etude share of hi index 1.67 and cr 39?'
    """
    folded = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'").replace("\u2018", "'"))
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    folded = written_out(folded)
    folded = folded.replace("&", " and ").replace("_", " ")
    folded = re.sub(r"[\u2010-\u2015\u2212]", "-", folded)
    folded = re.sub(r"(?<=[a-z])-(?=[a-z0-9])|(?<=\d)-(?=[a-z])", " ", folded)
    folded = re.sub(r"(?<=[a-z])/(?=[a-z])", " / ", folded)
    folded = re.sub(r"\b(\d) (\d\d)\b(?=$|[^\d:/-])", r"\1.\2", folded) if "index" in folded else folded
    return re.sub(r"\s+", " ", folded).strip()


def lemma(word: str) -> str:
    """The singular of a trade word; other words come back as they are.

    >>> [lemma(w) for w in ("frames", "categories", "lenses", "varifocals", "gross")]
    ['frame', 'category', 'lens', 'varifocal', 'gross']
    """
    if word[0].isdigit():
        return word
    if word in _SINGULARS:
        return _SINGULARS[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@dataclass(frozen=True, slots=True)
class Token:
    """One word of `plain` text, with its place there. `plural` as typed."""

    text: str
    start: int
    end: int

    @property
    def lemma(self) -> str:
        return lemma(self.text)

    @property
    def plural(self) -> bool:
        return self.text != self.lemma

    @property
    def number(self) -> float | None:
        """12, 1,500, 2.5k … or None."""
        m = re.fullmatch(r"(\d+(?:[.,]\d+)*)(k|m)?", self.text)
        if not m:
            return None
        digits = re.sub(r",(?=\d{3}\b)", "", m[1])
        try:
            return float(digits) * {"k": 1e3, "m": 1e6, None: 1}[m[2]]
        except ValueError:
            return None


def tokens(text: str) -> list[Token]:
    """Tokens of `plain` text; punctuation other than currency, percent, comparison and '?' is dropped."""
    return [Token(m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]


@lru_cache(maxsize=20_000)  # a lexicon's phrases are said of several things
def phrase(text: str) -> tuple[str, ...]:
    """The lemmas of a phrase: the form in which lexicon, values and questions are compared."""
    return tuple(t.lemma for t in tokens(plain(text)))
