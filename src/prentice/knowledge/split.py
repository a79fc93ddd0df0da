"""Train, development and test: 80, 10 and 10 of a hundred items, cut between clusters. Pure.

Items that ask nearly the same stand in one cluster, and a cluster stands in one part: no wording of a tested
question is ever seen in training. A hash of the cluster's first id decides: it stays as items are added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Literal

import numpy as np

from prentice.knowledge.corpus import Item
from prentice.llm.embeddings import Vectors

Part = Literal["train", "dev", "test"]
NEAR = 0.86  # cosine of two wordings: above it they ask the same (looked over by hand on 200 pairs)


def split(items: Sequence[Item], vectors: Mapping[str, Vectors]) -> dict[str, Part]:
    """Each item's part. `vectors`: of an item's wordings, (4, 384), by its id."""
    return {id: part_of(cluster[0]) for cluster in clusters(items, vectors) for id in cluster}


def clusters(items: Sequence[Item], vectors: Mapping[str, Vectors]) -> list[list[str]]:
    """Ids that belong together, each group sorted; counterparts of two regions are one group."""
    ids = sorted(item.id for item in items)
    at = {id: i for i, id in enumerate(ids)}
    root = list(range(len(ids)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    def join(one: int, other: int) -> None:
        one, other = find(one), find(other)
        root[max(one, other)] = min(one, other)

    for item in items:
        if item.counterpart in at:
            join(at[item.id], at[item.counterpart])
    owners = np.repeat(np.arange(len(ids)), [len(vectors[id]) for id in ids])
    rows = np.concatenate([vectors[id] for id in ids])
    for start in range(0, len(rows), 1_000):
        near = np.argwhere(rows[start : start + 1_000] @ rows.T > NEAR)
        for one, other in {(int(owners[start + i]), int(owners[j])) for i, j in near}:
            join(one, other)
    groups: dict[int, list[str]] = {}
    for i, id in enumerate(ids):
        groups.setdefault(find(i), []).append(id)
    return list(groups.values())


def part_of(cluster: str) -> Part:
    """
    >>> [part_of(f"optics-{n:03}") for n in (1, 2, 3)]
    ['train', 'test', 'train']
    """
    place = int.from_bytes(sha256(cluster.encode()).digest()[:4]) % 100
    return "train" if place < 80 else "dev" if place < 90 else "test"
