"""How well and how fast passages are found.

corpus     p50 and p95 of one question to the corpus: embedded, searched, ranked (300 paraphrases, one each)
held-out   recall@5: the index lacks one wording of each item, and that wording is asked
documents  a practice's own passages in PostgreSQL, one size after the other: p50 and p95 of the search as a
           practice asks, recall@10 beside a look at every passage; in the same run LlamaIndex's defaults
           (VectorStoreIndex, SimpleVectorStore) over the same passages and vectors, where they are few

    .venv/bin/python benchmarks/retrieval.py [corpus held-out documents] [--sizes 10000:1 1000000:100]
        [--asked 300] [--memory 2GB] [--workers 2] [--json OUT]

A size is passages:practices. Passages are generated: words as rare as in a language (Zipf), vectors around
the subjects that all practices share, so that the nearest of all are mostly another practice's: the hard case
for a filter.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from prentice.embedded import Servers
from prentice.knowledge.corpus import Corpus
from prentice.knowledge.documents.elsewhere import PGVECTOR
from prentice.knowledge.documents.store import DocumentStore
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import of_corpus
from prentice.knowledge.retrieve import Retriever
from prentice.knowledge.vectors import KeptVectors
from prentice.llm.embeddings import DIMENSIONS, Vectors, minilm
from prentice.settings import Settings
from prentice.tenancy.platform import open_platform

GOALS = {"p50": 60.0, "p95": 150.0}  # ms at 10,000 passages; twice that at 1,000,000
RECALL = 0.95
SUBJECTS, VOCABULARY, COMMON = 400, 30_000, 100
SENTENCES, WORDS = 3, 20  # of a passage, of a sentence
PARTS = 100  # passages of a document
AT_ONCE = 2_000
FEW = 20_000  # passages that LlamaIndex's defaults are asked to hold
MOST_BY_DEFAULT = 100  # questions to them: each looks at every vector in Python
Row = dict[str, Any]


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("what", nargs="*", help="corpus, held-out, documents; all without")
    arguments.add_argument("--sizes", nargs="*", default=["10000:1", "1000000:100"])
    arguments.add_argument("--asked", type=int, default=300, help="questions of each measurement")
    arguments.add_argument("--held-out", type=int, default=0, help="items asked for recall@5; 0: all")
    arguments.add_argument("--memory", default="2GB", help="maintenance_work_mem while the index is built")
    arguments.add_argument("--workers", type=int, default=2, help="that build the index")
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--json", type=Path)
    wanted = arguments.parse_args()
    what = wanted.what or ["corpus", "held-out", "documents"]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    rows: list[Row] = []

    def told(found: Row) -> None:
        rows.append(found)
        print(table([found]), flush=True)  # a million passages take long: what is known is shown

    if "corpus" in what or "held-out" in what:
        corpus, kept = Corpus.load(), KeptVectors()
        if "corpus" in what:
            told(corpus_speed(corpus, kept, wanted.asked, wanted.seed))
        if "held-out" in what:
            told(held_out(corpus, kept, wanted.held_out, wanted.seed))
    if "documents" in what:
        for size in wanted.sizes:
            passages, practices = map(int, size.split(":"))
            for found in documents(
                passages, practices, wanted.asked, wanted.seed, memory=wanted.memory, workers=wanted.workers
            ):
                told(found)
    print(f"\n{table(rows)}")
    if wanted.json:
        wanted.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return 0 if all(row["met"] is not False for row in rows) else 1


# The corpus.


def corpus_speed(corpus: Corpus, kept: KeptVectors, asked: int, seed: int) -> Row:
    retriever = Retriever(CorpusIndex(list(of_corpus(corpus)), kept), minilm())
    chosen = np.random.default_rng(seed).permutation(
        [p for item in corpus.items.values() for p in item.paraphrases]
    )
    retriever.search(retriever.asked("what is a lens"))  # the first one compiles
    taken = [_timed(lambda q=str(q): retriever.search(retriever.asked(q))) for q in chosen[:asked]]
    return _row("corpus, embedding and all", len(retriever.index), taken, GOALS)


def held_out(corpus: Corpus, kept: KeptVectors, most: int, seed: int) -> Row:
    """Of each item one paraphrase is taken out and asked; right: the item, or a passage of its article, in
    the first five."""
    random = np.random.default_rng(seed)
    left_out = {id: item.paraphrases[int(random.integers(3))] for id, item in corpus.items.items()}
    passages = [
        replace(p, wordings=tuple(w for w in p.wordings if w != left_out[p.document])) if p.wordings else p
        for p in of_corpus(corpus)
    ]
    retriever = Retriever(CorpusIndex(passages, kept), minilm())
    ids = list(random.permutation(list(corpus.items)))[: most or None]
    hits, taken, missed = 0, [], []
    for id in ids:
        item = corpus.items[str(id)]
        began = time.perf_counter()
        found = retriever.search(retriever.asked(left_out[item.id], item.region), most=5)
        taken.append((time.perf_counter() - began) * 1e3)
        hit = any(one.candidate.passage.document in (item.id, item.article) for one in found)
        hits += hit
        if not hit:
            missed.append(f"{item.id}: {left_out[item.id]}")
    row = _row(f"corpus, {len(ids)} paraphrases held out", len(passages), taken, GOALS)
    recall = hits / len(ids)
    return {**row, "recall": recall, "recall_at": 5, "met": recall >= RECALL and row["met"], "missed": missed}


# Documents.


@dataclass(frozen=True)
class Asked:
    practice: int
    vector: Vectors
    words: tuple[str, ...]


class Made:
    """Passages as they come from a generator: the same for the same seed, a practice at a time."""

    def __init__(self, passages: int, practices: int, seed: int) -> None:
        self.each = passages // practices
        self.practices = practices
        self._seed = seed
        random = np.random.default_rng(seed)
        self._subjects = _unit(random.standard_normal((SUBJECTS, DIMENSIONS), np.float32))
        self._words = np.array([f"w{n}" for n in range(VOCABULARY)])
        rarity = 1 / np.arange(
            COMMON, COMMON + VOCABULARY
        )  # the commonest words of a language carry no meaning
        self._likely = np.cumsum(rarity / rarity.sum())

    def of(self, practice: int) -> Iterator[tuple[Vectors, list[list[list[str]]]]]:
        """Vectors (n, 384) and the sentences of n passages, each a list of words."""
        random = np.random.default_rng([self._seed, practice])
        for start in range(0, self.each, AT_ONCE):
            n = min(AT_ONCE, self.each - start)
            vectors = self._near(random, n)
            words = self._words[self._drawn(random, n * SENTENCES * WORDS)].reshape(n, SENTENCES, WORDS)
            yield vectors, words.tolist()

    def asked(self, how_many: int, practices: Sequence[int]) -> list[Asked]:
        random = np.random.default_rng([self._seed, 1_000_003])
        return [
            Asked(
                practices[i % len(practices)],
                vector,
                tuple(dict.fromkeys(self._words[self._drawn(random, 6)].tolist())),
            )
            for i, vector in enumerate(self._near(random, how_many))
        ]

    def _near(self, random: np.random.Generator, n: int) -> Vectors:
        """Around a subject, the cosine 0.4 to 0.9: as MiniLM's are of texts about one thing."""
        subject = self._subjects[random.integers(0, SUBJECTS, n)]
        cosine = random.uniform(0.4, 0.9, (n, 1)).astype(np.float32)
        aside = _unit(random.standard_normal((n, DIMENSIONS), np.float32))
        return _unit(cosine * subject + np.sqrt(1 - cosine**2) * aside)

    def _drawn(self, random: np.random.Generator, n: int) -> np.ndarray:
        return np.minimum(np.searchsorted(self._likely, random.random(n)), VOCABULARY - 1)


def documents(
    passages: int, practices: int, asked: int, seed: int, *, memory: str, workers: int
) -> Iterator[Row]:
    made = Made(passages, practices, seed)
    some = sorted({int(i * practices / 5) for i in range(5)})  # practices that ask
    questions = made.asked(asked, some)
    with tempfile.TemporaryDirectory(prefix="prentice-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), embedded_fsync=False, today=None)
        with Servers.start(settings) as servers:
            engine = open_platform(servers.platform_url)
            built = load(servers.platform_url, made, memory=memory, workers=workers)
            search = DocumentStore(engine).search
            ours = {n: search(_tenant(n)) for n in some}
            for question in questions[:20]:  # a server that has been up for a while has read its index once
                ours[question.practice](question.vector, question.words)
            taken, found = [], []
            for question in questions:
                began = time.perf_counter()
                candidates = ours[question.practice](question.vector, question.words)
                taken.append((time.perf_counter() - began) * 1e3)
                found.append({(c.passage.document.split("#")[0], c.passage.part) for c in candidates})
            engine.dispose()
    exact = Exact(made, some)
    recall = float(np.mean([len(exact.of(q) & hits) / 10 for q, hits in zip(questions, found, strict=True)]))
    goals = GOALS if passages <= 100_000 else {name: 2 * goal for name, goal in GOALS.items()}
    row = _row(f"PostgreSQL, {practices} practice{'s' * (practices > 1)}", passages, taken, goals)
    yield {**row, "recall": recall, "recall_at": 10, **built}
    if passages <= FEW:
        yield by_default(made, questions[:MOST_BY_DEFAULT], exact)


def load(url: str, made: Made, *, memory: str, workers: int) -> Row:
    """COPY, then the index over vectors, as one builds it after a large load."""
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        definition = cursor.execute("select pg_get_indexdef('passages_nearest'::regclass)").fetchone()
        cursor.execute("drop index passages_nearest")
        for table_ in ("documents", "passages"):
            cursor.execute(f"alter table {table_} no force row level security")  # no COPY into it otherwise
        for n in range(made.practices):
            whose = _tenant(n)
            cursor.execute(
                "insert into tenants (id, slug, name, company_id, currency, country, timezone, route) "
                "values (%s, %s, %s, %s, 'GBP', 'GB', 'Europe/London', 'pool')",
                (whose, whose, whose, whose),
            )
            cursor.execute(
                "insert into documents (tenant_id, id, name, version, state, place, kind, sha256, bytes, "
                "passages, left_out, added_by) "
                "select %s, 'doc-' || n, 'Document ' || n, 1, 'ready', %s, 'text', '', 1, %s, 0, 'bench' "
                "from generate_series(0, %s) n",
                (whose, PGVECTOR, PARTS, (made.each - 1) // PARTS),
            )
            with cursor.copy("copy passages from stdin (format binary)") as copy:
                copy.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
                at = 0
                for vectors, told in made.of(n):
                    copy.write(b"".join(_rows(whose, at, vectors, told)))
                    at += len(vectors)
                copy.write(struct.pack(">h", -1))
        loaded = time.perf_counter() - began
        cursor.execute("select set_config('maintenance_work_mem', %s, false)", (memory,))
        cursor.execute("select set_config('max_parallel_maintenance_workers', %s, false)", (str(workers),))
        cursor.execute(definition[0])  # type: ignore[index]
        for table_ in ("documents", "passages"):
            cursor.execute(f"alter table {table_} force row level security")
        cursor.execute("vacuum analyze passages")
        size = cursor.execute("select pg_relation_size('passages_nearest')").fetchone()
    indexed = time.perf_counter() - began - loaded
    return {"load_s": loaded, "index_s": indexed, "index_mb": size[0] / 2**20}  # type: ignore[index]


def _tenant(n: int) -> str:
    return f"bench-{n}"


def _rows(whose: str, at: int, vectors: Vectors, told: list[list[list[str]]]) -> Iterator[bytes]:
    """In PostgreSQL's binary form: the text form of a million vectors takes a quarter of an hour to write."""
    halves = vectors.astype(">f2")
    coded = np.rint(vectors * 127).astype(np.int8)
    for i, sentences in enumerate(told):
        texts = [" ".join(words).encode() for words in sentences]
        lexemes = sorted({word for words in sentences for word in words})
        fields = (
            whose.encode(),
            f"doc-{(at + i) // PARTS}".encode(),
            struct.pack(">i", 1),
            struct.pack(">i", (at + i) % PARTS),
            b"\x01",
            b"Generated",
            b"",
            struct.pack(">iiiii", 1, 0, 25, len(texts), 1)
            + b"".join(struct.pack(">i", len(text)) + text for text in texts),
            struct.pack(">HH", DIMENSIONS, 0) + halves[i].tobytes(),
            coded[i].tobytes() * len(texts),
            struct.pack(">i", len(lexemes)) + b"".join(word.encode() + b"\0\0\0" for word in lexemes),
        )
        yield struct.pack(">h", len(fields)) + b"".join(struct.pack(">i", len(f)) + f for f in fields)


class Exact:
    """The ten nearest of a practice's passages, by a look at all of them."""

    def __init__(self, made: Made, practices: Sequence[int]) -> None:
        self._all = {n: np.concatenate([vectors for vectors, _ in made.of(n)]) for n in practices}

    def of(self, question: Asked) -> set[tuple[str, int]]:
        cosines = self._all[question.practice] @ question.vector
        return {(f"doc-{i // PARTS}", int(i) % PARTS) for i in np.argsort(-cosines)[:10]}


def by_default(made: Made, questions: Sequence[Asked], exact: Exact) -> Row:
    """LlamaIndex as its first page shows it, given the same vectors, the questions' too, as ours is."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import QueryBundle, TextNode

    from prentice.knowledge.llama import MiniLMEmbedding

    nodes, at = [], 0
    for vectors, told in made.of(0):
        for vector, sentences in zip(vectors.tolist(), told, strict=True):
            text = ". ".join(" ".join(words) for words in sentences)
            nodes.append(TextNode(id_=f"doc-{at // PARTS} {at % PARTS}", text=text, embedding=vector))
            at += 1
    retriever = VectorStoreIndex(nodes, embed_model=MiniLMEmbedding()).as_retriever(similarity_top_k=10)
    taken, recalls = [], []
    for question in questions:
        if question.practice:
            continue
        bundle = QueryBundle("", embedding=question.vector.tolist())
        began = time.perf_counter()
        found = retriever.retrieve(bundle)
        taken.append((time.perf_counter() - began) * 1e3)
        named = {(d, int(p)) for d, p in (one.node.node_id.split() for one in found)}
        recalls.append(len(exact.of(question) & named) / 10)
    row = _row("LlamaIndex's defaults", len(nodes), taken, {})
    return {**row, "recall": float(np.mean(recalls)), "recall_at": 10}


# What is printed.


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


def _row(name: str, passages: int, taken: Sequence[float], goals: dict[str, float]) -> Row:
    p50, p95 = (float(np.percentile(taken, at)) for at in (50, 95))
    met = p50 <= goals["p50"] and p95 <= goals["p95"] if goals else None
    return {"name": name, "passages": passages, "asked": len(taken), "p50_ms": p50, "p95_ms": p95, "met": met}


def table(rows: Sequence[Row]) -> str:
    lines = [f"{'':<38}{'passages':>10}{'asked':>7}{'p50 ms':>9}{'p95 ms':>9}{'recall':>14}  goal"]
    for row in rows:
        recall = f"@{row['recall_at']} {row['recall']:.3f}" if "recall" in row else ""
        met = {None: "", True: "met", False: "MISSED"}[row["met"]]
        lines.append(
            f"{row['name']:<38}{row['passages']:>10,}{row['asked']:>7}"
            f"{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}{recall:>14}  {met}"
        )
    lines += [
        f"{row['name']}: loaded in {row['load_s']:.0f} s, indexed in {row['index_s']:.0f} s, "
        f"the index takes {row['index_mb']:.0f} MB"
        for row in rows
        if "load_s" in row
    ]
    return "\n".join(lines)


def _unit(rows: Vectors) -> Vectors:
    made: Vectors = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return made


if __name__ == "__main__":
    sys.exit(main())
