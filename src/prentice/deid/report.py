"""The report of a run: what a compliance officer reads and keeps, signed with Ed25519.

The file is the canonical JSON of {body, signature, public_key}: one byte changed anywhere, and it does not
verify. The page beside it is made from it and can be made again, so it is verified too.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from prentice.deid.audit import Audit
from prentice.deid.identifiers import IDENTIFIERS
from prentice.ops.secrets import Keyring

_SECRET = "deid/report-key"
_ALGORITHM = "Ed25519"
_KEYS = {"body", "algorithm", "public_key", "signature"}
FORMAT = "prentice-deid-report/1"
ATTESTATIONS = (
    (
        "The practice's privacy or compliance officer",
        "The practice has no actual knowledge that what the copy holds could be used, alone or with other "
        "information, to identify anybody in it. 45 CFR 164.514(b)(2)(ii). No program can say this.",
    ),
    (
        "The practice's privacy or compliance officer",
        "The rules of the practice's own columns (its overlay file), if any, are right: none that names "
        "anybody is kept.",
    ),
    (
        "The operator",
        "Who may read the copy is held to the practice's agreements; the vault, its key, this server's "
        "backups and copies of other days are not given to anybody who reads the copy: whose age group "
        "changes between two days had a birthday then, and figures may tell the person again. "
        "45 CFR 164.514(c).",
    ),
)
RULES = {
    "dates": "Of every date that belongs to a person the year is kept, at most, and none that shows an age "
    "over 89. No year of birth is kept.",
    "ages": "Age groups of ten years on the day of the copy; everybody of 90 or more is one group, '90+'.",
    "places": "The country; in the United States the state. No ZIP code or postcode is kept, not even its "
    "first digits.",
    "codes": "Each person's code is 128 random bits, derived from nothing about the person (164.514(c)). "
    "The first copy of another day gives everybody a new one: copies of two days cannot be joined by code.",
    "free_text": "No free text is copied. Of notes, terms of a closed vocabulary of findings are taken.",
    "small_groups": "Groups of 1 to 10 people are withheld when the copy is asked, not in the copy, so that "
    "counts stay true.",
}


_RUN = ("run_id", "kind", "persons", "new", "changed", "gone", "resumed", "new_codes")


def body(audit: Audit, run: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed. `run` is the run's outcome, `facts` who, when and which policy."""
    removed: Mapping[str, Mapping[str, int]] = run["removed"]
    rules = [
        {**asdict(line), "identifiers": list(line.identifiers),
         "values_in_source": removed.get(line.table, {}).get(line.column)}
        for line in audit.lines
    ]  # fmt: skip
    return {
        "format": FORMAT,
        "standard": "HIPAA Safe Harbor, 45 CFR 164.514(b)(2)",
        **facts,
        "run": {key: run[key] for key in _RUN},
        "identifiers": _by_letter(rules),
        "free_text": _sum([rule for rule in rules if len(rule["identifiers"]) == len(IDENTIFIERS)]),
        "handling": RULES,
        "risk": run["risk"],
        "verification": {"checks": run["checks"], "coincidences": run["coincidences"]},
        "attestations": [
            {"who": who, "what": what, "name": "", "date": "", "signature": ""} for who, what in ATTESTATIONS
        ],
        "rules": rules,
        "tables_not_read": list(audit.source.others),
    }


def write(folder: Path, run_id: str, content: Mapping[str, Any], keyring: Keyring) -> Path:
    """The signed report as JSON, and its page beside it, each there whole or not at all. Returns the JSON
    file."""
    folder.mkdir(parents=True, exist_ok=True)
    signed = sign(content, keyring)
    file = folder / f"{run_id}.json"
    _put(file.with_suffix(".html"), page(json.loads(signed)).encode())
    _put(file, signed)
    return file


def is_whole(file: Path, keyring: Keyring) -> bool:
    """Whether a run's report is there as it was signed here, with its page."""
    return what_is_wrong(file, known_key(keyring)) is None and file.with_suffix(".html").exists()


def known_key(keyring: Keyring) -> bytes | None:
    """The public key of this installation; None where it has signed nothing yet."""
    secret = keyring.get(_SECRET)
    return None if secret is None else _public(Ed25519PrivateKey.from_private_bytes(_unpadded(secret)))


def key_of(text: str) -> bytes:
    """A public key as a report shows it. Raises ValueError."""
    return _decoded(text, 32)


def sign(content: Mapping[str, Any], keyring: Keyring) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(_unpadded(keyring.get_or_create(_SECRET, 32)))
    return _canonical(
        {
            "body": dict(content),
            "algorithm": _ALGORITHM,
            "public_key": base64.b64encode(_public(key)).decode(),
            "signature": base64.b64encode(key.sign(_canonical(dict(content)))).decode(),
        }
    )


def what_is_wrong(file: Path, key: bytes | None) -> str | None:
    """None where the report was signed with `key` (a public key) and is as it was signed; else what is wrong.

    Without a key nothing is valid: anybody can sign a report of their own making with a key of their own.
    """
    try:
        if file.suffix == ".html":
            wrong = what_is_wrong(file.with_suffix(".json"), key)
            if wrong:
                return f"The report beside the page: {wrong}"
            made = page(json.loads(file.with_suffix(".json").read_bytes()))
            return (
                None
                if file.read_bytes() == made.encode()
                else "The page does not say what the signed report says."
            )
        raw = file.read_bytes()
        held = json.loads(raw)
        if not isinstance(held, dict) or held.keys() != _KEYS or held["algorithm"] != _ALGORITHM:
            return "This is not a report, or it is damaged."
        public, signature = _decoded(held["public_key"], 32), _decoded(held["signature"], 64)
        whole, signed = _canonical(held), _canonical(held["body"])
    except OSError:
        return "The file cannot be read."
    except (ValueError, TypeError, RecursionError):
        return "This is not a report, or it is damaged."
    if raw != whole:
        return "The file was changed after it was signed."
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return "The signature does not fit: the report was changed after it was signed."
    if key is None:
        return (
            "It is as it was signed, but by whom cannot be told: this installation has no key of reports. "
            "Give that of the one that signed it: --public-key."
        )
    return None if key == public else "It was signed with another key than that of this installation."


def page(signed: Mapping[str, Any]) -> str:
    """The report as a page that stands alone: no script, nothing from elsewhere."""
    from jinja2 import Environment, StrictUndefined

    source = files(__package__).joinpath("report.html.j2").read_text("utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(source).render(**signed)


def _by_letter(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each of the 18: in how many columns of the source it stands, and how many values stayed behind."""
    said = []
    for letter, name in IDENTIFIERS.items():
        of_letter = [
            rule for rule in rules if letter in rule["identifiers"] and len(rule["identifiers"]) < 18
        ]
        said.append({"letter": letter, "name": name, **_sum(of_letter)})
    return said


def _sum(rules: list[dict[str, Any]]) -> dict[str, int]:
    there = [rule for rule in rules if rule["state"] != "missing"]
    return {"columns": len(there), "values": sum(rule["values_in_source"] or 0 for rule in there)}


def _canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _decoded(text: str, size: int) -> bytes:
    """Base64 of so many bytes, in the one way to write them. Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    if len(raw) != size or base64.b64encode(raw).decode() != text:
        raise ValueError("not a key or signature")
    return raw


def _put(file: Path, content: bytes) -> None:
    """In place at once: a reader, or whoever comes after a kill, sees the whole file or none."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
