"""The fixed values that `test_embeddings` holds the numpy model to, computed by other code: torch's own
encoder layers, a WordPiece of twenty lines over `vocab.txt`, the weights read from the file's bytes.

Only to make them anew; needs torch, which no test does:

    python tests/knowledge/embeddings_by_torch.py FOLDER_OF_THE_MODEL
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

OUT = Path(__file__).with_name("embeddings.json")
SENTENCES = (
    "What is Prentice's rule?",
    "A -6.00 D lens decentred 5 mm induces 3 prism dioptres.",
    "astigmatism",
    "Wash and dry your hands before you touch a contact lens, rub and rinse it with fresh solution, and "
    "never top up what is left in the case from the day before.",
    "Revenue by brand last month",
    "The vertex distance is measured from the back surface of the lens to the front of the cornea; in powers "
    "above 4.00 D a change of a few millimetres alters the effective power enough to be noticed, "
    "and the laboratory needs both the distance at which the refraction was done and the one at which the "
    "frame sits. " * 5,
)  # the last one is longer than the 256 tokens that are embedded


def main(folder: Path) -> None:
    import torch
    from torch import nn

    weights = {}
    raw = (folder / "model.safetensors").read_bytes()
    head = int.from_bytes(raw[:8], "little")
    for name, told in json.loads(raw[8 : 8 + head]).items():
        if name != "__metadata__" and told["dtype"] == "F32":
            start, end = (8 + head + at for at in told["data_offsets"])
            weights[name] = torch.frombuffer(bytearray(raw[start:end]), dtype=torch.float32).reshape(
                told["shape"]
            )

    def layer(at: str) -> nn.TransformerEncoderLayer:
        made = nn.TransformerEncoderLayer(384, 12, 1536, 0.0, "gelu", layer_norm_eps=1e-12, batch_first=True)
        names = {
            "self_attn.out_proj": "attention.output.dense", "norm1": "attention.output.LayerNorm",
            "linear1": "intermediate.dense", "linear2": "output.dense", "norm2": "output.LayerNorm",
        }  # fmt: skip
        state = {
            f"{ours}.{kind}": weights[f"{at}.{theirs}.{kind}"]
            for ours, theirs in names.items()
            for kind in ("weight", "bias")
        }
        for kind in ("weight", "bias"):
            parts = [weights[f"{at}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            state[f"self_attn.in_proj_{kind}"] = torch.cat(parts)
        made.load_state_dict(state)
        return made.eval()

    layers = [layer(f"encoder.layer.{i}") for i in range(6)]
    first = nn.LayerNorm(384, 1e-12)
    first.load_state_dict({kind: weights[f"embeddings.LayerNorm.{kind}"] for kind in ("weight", "bias")})
    vocabulary = {word: i for i, word in enumerate((folder / "vocab.txt").read_text("utf-8").splitlines())}
    rows = []
    with torch.no_grad():
        for sentence in SENTENCES:
            ids = torch.tensor(tokens(sentence, vocabulary))
            table = {
                part: weights[f"embeddings.{part}_embeddings.weight"]
                for part in ("word", "position", "token_type")
            }
            x = first(table["word"][ids] + table["position"][: len(ids)] + table["token_type"][0])[None]
            for one in layers:
                x = one(x)
            row = x[0].mean(0)
            rows.append((row / row.norm()).tolist())
    told = [{"text": s, "vector": [round(x, 7) for x in row]} for s, row in zip(SENTENCES, rows, strict=True)]
    OUT.write_text("[\n" + ",\n".join(json.dumps(one) for one in told) + "\n]\n", "utf-8")


def tokens(text: str, vocabulary: dict[str, int], most: int = 256) -> list[int]:
    """WordPiece (Devlin et al. 2019): words and marks apart, each cut into the longest known pieces."""
    found: list[int] = []
    for word in re.findall(r"\w+|[^\w\s]", text.lower()):
        start, pieces = 0, []
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in vocabulary:
                    pieces.append(vocabulary[piece])
                    start = end
                    break
            else:
                pieces = [vocabulary["[UNK]"]]
                break
        found += pieces
    return [vocabulary["[CLS]"], *found[: most - 2], vocabulary["[SEP]"]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
