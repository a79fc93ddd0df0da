"""Write the SQL of every golden pair anew: `python tests/semantic/regenerate.py`, then read `git diff`."""

from __future__ import annotations

from typing import Any

import yaml
from golden_pairs import FILES, PEOPLE, compiled, read


class _Plain(yaml.SafeDumper):
    """Texts of several lines as blocks, short lists and mappings on one line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)


def rewritten(pair: dict[str, Any]) -> str:
    postgres, duck = compiled(pair)
    query = yaml.dump(pair["query"], Dumper=_Plain, default_flow_style=True, sort_keys=False, width=100_000)
    texts = {
        "parameters": {name: value for name, value in postgres.parameters.items()},
        "postgres": postgres.sql + "\n",
        "duckdb": duck.sql + "\n",
    }
    body = yaml.dump(texts, Dumper=_Plain, sort_keys=False, width=100_000)
    lines = [f"name: {pair['name']}", f"query: {query.strip()}", *body.splitlines()]
    return "\n".join(("- " if i == 0 else "  " if line else "") + line for i, line in enumerate(lines))


def main() -> None:
    for path in (*FILES, *PEOPLE):
        path.write_text("\n\n".join(map(rewritten, read(path))) + "\n", "utf-8")


if __name__ == "__main__":
    main()
