"""Fits the adapter of questions: low-rank weights (LoRA, Hu et al. 2021), so that the right passage is first.

    python training/query_adapter.py [--rank 16] [--passes 3] [--rate 4e-4] [--threads 2] [--out FILE]

Passages, wordings and sentences keep the vectors that they have; only the question's way through the model is
fitted, to the very score that ranks (`knowledge.retrieve`), over the candidates that search brings. Each is
asked of an index that lacks it and a fifth of all others. Training sees the training part alone, and
questions for the practice's figures must not come nearer to anything than they were.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from safetensors.torch import load_file
from tokenizers import Tokenizer

from prentice.ask.leaning.train import FIGURES, examples
from prentice.knowledge import retrieve
from prentice.knowledge.corpus import Corpus
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import of_corpus
from prentice.knowledge.retrieve import Retriever
from prentice.knowledge.split import split
from prentice.knowledge.vectors import KeptVectors
from prentice.llm.embeddings import ADAPTER, MiniLM, packaged

FOLDS = 5  # one of them is out of the index when its wordings are asked
SCALE = 2.0  # LoRA's alpha / rank
SHARP = 30.0  # scores are multiplied by this before softmax
BATCH, AWAY = 64, 12  # wordings, and questions off the subject, of a step
LONGEST = 64
STORY = 90  # characters from which a wording tells a story
LINEAR = (
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
)  # fmt: skip


@dataclass
class Asked:
    """A wording, its candidates as rows of the table of vectors, and what of their score is fixed."""

    text: str
    rows: list[tuple[int, list[int], list[int]]]  # passage, its wordings, its sentences
    fixed: list[float]
    right: list[bool]
    beside: list[bool]  # of the same item's article: neither right nor wrong
    part: str = "train"
    most: float = 0.0  # its best score before training, where nothing answers it


class Table:
    """Every vector of the corpus, and for each fold the wordings that are searched."""

    def __init__(self) -> None:
        self.corpus, self.kept = Corpus.load(), KeptVectors()
        self.passages = list(of_corpus(self.corpus))
        self.at = {p.id: i for i, p in enumerate(self.passages)}
        wordings = [(*p.wordings, *p.also) for p in self.passages]
        sentences = [p.sentences for p in self.passages]
        self.texts = len(self.passages)
        self.wordings = np.cumsum([0, *map(len, wordings)]) + self.texts
        self.sentences = np.cumsum([0, *map(len, sentences)]) + int(self.wordings[-1])
        self.vectors = torch.tensor(
            np.concatenate(
                [
                    self.kept.of([p.indexed for p in self.passages]),
                    self.kept.of([w for told in wordings for w in told]),
                    self.kept.of([s for told in sentences for s in told]),
                ]
            )
        )

    def rows(self, passage: int, fold: int | None) -> tuple[int, list[int], list[int]]:
        first, end = int(self.wordings[passage]), int(self.wordings[passage + 1])
        kept = [row for row in range(first, end) if not out(row - first, fold)]
        return passage, kept, list(range(int(self.sentences[passage]), int(self.sentences[passage + 1])))

    def without(self, fold: int | None) -> Retriever:
        passages = [
            replace(
                p,
                wordings=tuple(w for j, w in enumerate(p.wordings) if not out(j, fold)),
                also=tuple(w for j, w in enumerate(p.also, len(p.wordings)) if not out(j, fold)),
            )
            for p in self.passages
        ]
        return Retriever(CorpusIndex(passages, self.kept), MiniLM(adapter=None))


def out(at: int, fold: int | None) -> bool:
    """Whether a passage's wording is left out of a fold; the question that heads it never is."""
    return fold is not None and at > 0 and at % FOLDS == fold


def wordings(table: Table, share: float) -> Iterator[Asked]:
    """`share`: of the short ones; those that tell a story are all taken."""
    corpus = table.corpus
    parts = split(
        list(corpus.items.values()), {id: table.kept.of(item.wordings) for id, item in corpus.items.items()}
    )
    for fold in range(FOLDS):
        retriever = table.without(fold)
        for passage in (p for p in table.passages if p.wordings):
            item = corpus.items[passage.document]
            for at, wording in enumerate((*passage.wordings, *passage.also)):
                if not out(at, fold) or (len(wording) < STORY and random.random() > share):
                    continue
                asked = _asked(table, retriever, wording, item.region, fold)
                found = [table.passages[row[0]] for row in asked.rows]
                asked.right = [p.id == passage.id for p in found]
                asked.beside = [p.document == item.article for p in found]
                asked.part = parts[item.id]
                yield asked


def away(table: Table) -> Iterator[Asked]:
    """Questions for the practice's own figures: nothing of the corpus answers them."""
    retriever = table.without(None)
    for example in examples():
        if example.family == FIGURES:
            yield _asked(table, retriever, example.text, "any", None)


def _asked(table: Table, retriever: Retriever, text: str, region: str, fold: int | None) -> Asked:
    asked = retriever.asked(text, region)
    found = retriever.index.search(asked.vector, asked.words)
    rows = [table.rows(table.at[one.passage.id], fold) for one in found]
    fixed = [retrieve.fixed(one, retriever.covered(asked.words, one.words), asked) for one in found]
    return Asked(retriever.plain(text), rows, fixed, [False] * len(rows), [False] * len(rows))


class Questions(torch.nn.Module):
    """MiniLM with low-rank weights beside each of its own, which stay."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        folder = packaged()
        self.kept: dict[str, torch.Tensor] = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)
        self.low = torch.nn.ParameterDict()
        for name in (f"encoder.layer.{i}.{part}" for i in range(6) for part in LINEAR):
            wide, narrow = self.kept[f"{name}.weight"].shape
            key = name.replace(".", "/")
            self.low[f"{key}/down"] = torch.nn.Parameter(torch.randn(rank, narrow) / math.sqrt(narrow))
            self.low[f"{key}/up"] = torch.nn.Parameter(torch.zeros(wide, rank))

    def forward(self, texts: Sequence[str]) -> torch.Tensor:
        """(texts, 384), rows of length 1."""
        tokens = [one.ids for one in self.tokenizer.encode_batch(list(texts))]
        longest = max(map(len, tokens))
        ids = torch.tensor([[*t, *[0] * (longest - len(t))] for t in tokens])
        there = torch.tensor([[1.0] * len(t) + [0.0] * (longest - len(t)) for t in tokens])
        word, place, kind = (
            self.kept[f"embeddings.{n}_embeddings.weight"] for n in ("word", "position", "token_type")
        )
        x = self._norm(word[ids] + place[:longest] + kind[0], "embeddings")
        x = F.dropout(x, 0.1, self.training)
        mask = ((1 - there) * -1e9)[:, None, None, :].expand(-1, 12, longest, -1)
        for at in (f"encoder.layer.{i}" for i in range(6)):
            query, key, value = (
                self._linear(x, f"{at}.attention.self.{n}").view(len(tokens), longest, 12, 32).transpose(1, 2)
                for n in ("query", "key", "value")
            )
            seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
            seen = seen.transpose(1, 2).reshape(len(tokens), longest, 384)
            x = self._norm(x + self._linear(seen, f"{at}.attention.output.dense"), f"{at}.attention.output")
            wide = F.dropout(F.gelu(self._linear(x, f"{at}.intermediate.dense")), 0.05, self.training)
            x = self._norm(x + self._linear(wide, f"{at}.output.dense"), f"{at}.output")
        pooled = (x * there[:, :, None]).sum(1) / there.sum(1, keepdim=True)
        return F.normalize(pooled, dim=-1)

    def _norm(self, x: torch.Tensor, at: str) -> torch.Tensor:
        gain, bias = (self.kept[f"{at}.LayerNorm.{n}"] for n in ("weight", "bias"))
        return F.layer_norm(x, (384,), gain, bias, 1e-12)

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        key = name.replace(".", "/")
        beside = F.linear(F.linear(x, self.low[f"{key}/down"]), self.low[f"{key}/up"]) * SCALE
        return F.linear(x, self.kept[f"{name}.weight"], self.kept[f"{name}.bias"]) + beside

    @torch.no_grad()
    def load(self, file: Path) -> None:
        """What `save` wrote."""
        for key, weight in load_file(file).items():
            size = SCALE if key.endswith(".up") else 1.0
            name, _, kind = key.rpartition(".")
            self.low[f"{name.replace('.', '/')}/{kind}"].copy_(weight.float() / size)

    def save(self, file: Path) -> None:
        told = {}
        for key, weight in self.low.items():
            size = SCALE if key.endswith("/up") else 1.0
            told[key.replace("/", ".")] = (weight.detach() * size).numpy().astype(np.float16)
        save_file(told, file)


def scores(vectors: torch.Tensor, asked: Sequence[Asked], table: Table) -> torch.Tensor:
    """(asked, candidates), as `retrieve` scores; far below where there is no candidate."""
    near = vectors @ table.vectors.T
    shape = len(asked), max(len(q.rows) for q in asked)
    passage = _padded([[[row[0]] for row in q.rows] for q in asked], shape)
    wording = _padded([[row[1] for row in q.rows] for q in asked], shape)
    sentence = _padded([[row[2] for row in q.rows] for q in asked], shape)
    text, word, said = (_best(near, at) for at in (passage, wording, sentence))
    fixed = torch.full(shape, -9.0)
    for n, q in enumerate(asked):
        fixed[n, : len(q.fixed)] = torch.tensor(q.fixed)
    return (
        retrieve.PASSAGE * text + retrieve.SENTENCE * said + retrieve.NEAR * torch.maximum(word, text) + fixed
    )


def _padded(told: Sequence[Sequence[Sequence[int]]], shape: tuple[int, int]) -> torch.Tensor:
    deep = max((len(rows) for q in told for rows in q), default=1) or 1
    found = torch.full((*shape, deep), -1)
    for n, q in enumerate(told):
        for i, rows in enumerate(q):
            found[n, i, : len(rows)] = torch.tensor(rows, dtype=torch.long)
    return found


def _best(near: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    flat = near.gather(1, at.clamp(min=0).view(len(at), -1)).view(at.shape)
    return flat.masked_fill(at < 0, -1.0).amax(-1)


def _marked(asked: Sequence[Asked], name: str, like: torch.Tensor) -> torch.Tensor:
    found = torch.zeros_like(like, dtype=torch.bool)
    for n, q in enumerate(asked):
        found[n, : len(q.rows)] = torch.tensor(getattr(q, name))
    return found


def loss(model: Questions, asked: Sequence[Asked], off: Sequence[Asked], table: Table) -> torch.Tensor:
    found = scores(model([q.text for q in asked]), asked, table) * SHARP
    right = _marked(asked, "right", found)
    found = found.masked_fill(_marked(asked, "beside", found) & ~right, -1e4)
    wanted = torch.logsumexp(found, 1) - torch.logsumexp(found.masked_fill(~right, -1e4), 1)
    nearest = scores(model([q.text for q in off]), off, table).amax(1)
    nearer = F.relu(nearest - torch.tensor([q.most for q in off]))
    return wanted.mean() + nearer.mean() * SHARP


@torch.no_grad()
def recall(model: Questions, asked: Sequence[Asked], table: Table, most: int = 5) -> float:
    model.eval()
    hits = 0
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        for q, row in zip(batch, scores(model([q.text for q in batch]), batch, table), strict=True):
            best = row[: len(q.rows)].argsort(descending=True)[:most].tolist()
            hits += any(q.right[i] or q.beside[i] for i in best)
    model.train()
    return hits / len(asked)


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--rank", type=int, default=16)
    arguments.add_argument("--passes", type=int, default=3)
    arguments.add_argument("--rate", type=float, default=4e-4)
    arguments.add_argument("--share", type=float, default=1.0, help="of the short wordings that are asked")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--start", type=Path, help="an adapter to go on from")
    arguments.add_argument("--out", type=Path, default=ADAPTER)
    wanted = arguments.parse_args()
    torch.set_num_threads(wanted.threads)
    torch.manual_seed(1)
    random.seed(1)
    table = Table()
    told = list(wordings(table, wanted.share))
    training = [q for q in told if q.part == "train" and any(q.right)]
    apart = random.sample([q for q in told if q.part != "train"], 1_500)
    off = list(away(table))
    model = Questions(wanted.rank)
    if wanted.start:
        model.load(wanted.start)
    with torch.no_grad():
        for q in off:
            q.most = float(scores(model([q.text]), [q], table).amax())
    print(f"{len(training)} wordings; recall@5 apart {recall(model, apart, table):.3f}", flush=True)
    adam = torch.optim.AdamW(model.low.parameters(), lr=wanted.rate, weight_decay=0.01)
    steps, step = wanted.passes * (len(training) // BATCH), 0
    for turn in range(wanted.passes):
        random.shuffle(training)
        for start in range(0, len(training) - BATCH + 1, BATCH):
            for group in adam.param_groups:
                group["lr"] = wanted.rate * min(1.0, step / 50) * (1 - step / steps)
            loss(model, training[start : start + BATCH], random.sample(off, AWAY), table).backward()
            torch.nn.utils.clip_grad_norm_(model.low.parameters(), 1.0)
            adam.step()
            adam.zero_grad()
            step += 1
        print(f"pass {turn + 1}: recall@5 apart {recall(model, apart, table):.3f}", flush=True)
        model.save(wanted.out)


if __name__ == "__main__":
    main()
