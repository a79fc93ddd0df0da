"""Words as they are compared: stems, without those that carry no meaning. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import Stemmer
import yaml

_stemmer = Stemmer.Stemmer("english")
_WORD = re.compile(r"[a-zà-ÿ]+(?:['’][a-z]+)?|[-−+±]?\d+(?:[.,/]\d+)*%?", re.IGNORECASE)
_TOLD = yaml.safe_load(files("prentice.knowledge").joinpath("words.yml").read_text("utf-8"))
_COMMON = frozenset(_TOLD["common"].split())
_SAME = {word: group.split()[0] for group in _TOLD["same"] for word in group.split()}
GOODS = frozenset(_TOLD["goods"].split())


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
