"""Words as they are compared: stems, without those that carry no meaning. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

_stemmer = Stemmer.Stemmer("english")
_WORD = re.compile(r"[a-zà-ÿ]+(?:['’][a-z]+)?|[-−+±]?\d+(?:[.,/]\d+)*%?", re.IGNORECASE)
_COMMON = frozenset(
    [
        "a",
        "about",
        "after",
        "again",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "anyone",
        "are",
        "as",
        "at",
        "be",
        "been",
        "before",
        "being",
        "between",
        "both",
        "but",
        "by",
        "can",
        "cannot",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "don",
        "done",
        "down",
        "during",
        "each",
        "few",
        "for",
        "from",
        "further",
        "get",
        "gets",
        "getting",
        "give",
        "given",
        "go",
        "goes",
        "going",
        "gonna",
        "got",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "know",
        "let",
        "like",
        "ll",
        "make",
        "many",
        "may",
        "me",
        "might",
        "mine",
        "more",
        "most",
        "much",
        "must",
        "my",
        "need",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "ok",
        "on",
        "once",
        "one",
        "only",
        "or",
        "other",
        "our",
        "ours",
        "out",
        "over",
        "own",
        "please",
        "quite",
        "re",
        "really",
        "s",
        "same",
        "say",
        "says",
        "shall",
        "she",
        "should",
        "so",
        "some",
        "somebody",
        "someone",
        "something",
        "still",
        "such",
        "t",
        "tell",
        "than",
        "thanks",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "us",
        "use",
        "used",
        "using",
        "ve",
        "very",
        "want",
        "wants",
        "was",
        "way",
        "we",
        "well",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "yours",
        "yourself",
    ]
)
# One idea, several words: compared as the first of them. Spellings of both sides of the Atlantic too.
_SAME = {
    word: group.split()[0]
    for group in """
    spectacle spectacles glasses eyeglass eyeglasses specs
    progressive progressives varifocal varifocals pal pals
    focimeter lensmeter lensometer vertometer
    dioptre dioptres diopter diopters
    centre centres center centers centred centered
    colour colours color colors coloured colored
    fibre fibres fiber fibers
    grey gray
    paediatric pediatric
    side sides temple temples
    ar antireflective antireflection
    polycarbonate poly polycarb
    child children kid kids toddler
    prescription prescriptions rx script scrip
    millimetre millimetres millimeter mm
    optician opticians dispenser dispensers
    pupil pupils
    myopia myopic myope shortsighted nearsighted shortsightedness nearsightedness
    hyperopia hyperopic hypermetropia hypermetropic longsighted farsighted longsightedness farsightedness
    presbyopia presbyopic presbyope presbyopes
    cylinder cyl cylindrical
    sphere sph
    addition add adds
    multifocal multifocals
    sunglass sunglasses shades
    aspheric aspherical
    contact contacts cl cls
    photochromic photochromics transitions
    uv ultraviolet
    doctor gp physician
    hurt hurts hurting sore pain painful painfully ache aches aching
    blurry blurred blur blurring fuzzy hazy unclear
    """.strip().splitlines()
    for word in group.split()
}


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    word = _SAME.get(word, word)
    stem: str = _stemmer.stemWord(word)
    return stem


def stems(text: str) -> list[str]:
    """In order, with repetitions.

    >>> stems("How do I clean my contacts?")
    ['clean', 'contact']
    >>> stems("−6.00 D varifocal lenses") == stems("-6.00 D progressive lens")
    True
    """
    found = []
    for word in _WORD.findall(text.lower().replace("-", " -").replace("−", " -")):
        if word[-1].isdigit() or word[-1] == "%":
            found.append(_number(word))
        elif (bare := word.split("'")[0].split("’")[0]) not in _COMMON:
            found.append(_stem(bare))
    return found


def _number(word: str) -> str:
    """
    >>> [_number(word) for word in ("6.00", "-6", "1,000", "6/12")]
    ['6', '-6', '1000', '6/12']
    """
    word = word.replace(",", "").replace("±", "").lstrip("+")
    if "/" in word:
        return word
    return word.rstrip("0").rstrip(".") if "." in word else word
