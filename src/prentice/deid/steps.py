"""The steps of a run, each doing one thing, and what they hand on. `run.anonymise` says in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Literal

import numpy as np
import psycopg
import pyarrow as pa
from psycopg.rows import TupleRow

from prentice import __version__
from prentice.deid import arrow_copy, counts, report, risk, transform, verify
from prentice.deid.audit import LiveSource, audit, may_read, read_source
from prentice.deid.copy import BUILDING, Copy
from prentice.deid.guard import guard
from prentice.deid.lookup import Prf
from prentice.deid.policy import Policy
from prentice.deid.practice import Practice, lookup_key, reports_folder, snapshot_of
from prentice.deid.reading import Reading, parameters
from prentice.deid.tokens import Rows, TokenBook, as_text, mint
from prentice.deid.transform import Tokens
from prentice.deid.vault import Vault
from prentice.ops.ahead import ahead

Kind = Literal["full", "incremental", "rotation"]
OnStep = Callable[[str, int], None]
# Where more than this part of the persons changed, reading everything is quicker than reading them by id.
_MANY = 0.25


@dataclass(slots=True)
class Outcome:
    """How a run ended. All figures; no value of anybody."""

    run_id: str
    kind: Kind
    persons: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    resumed: str | None = None  # the killed run that was finished first
    new_codes: bool = False  # everybody has another code than in the copy before
    readers_ended: int = 0  # sessions that went on reading the copy before
    old_copies_held: int = 0  # copies before it that could not be dropped yet
    coincidences: int = 0  # identifiers of the source that are words of a closed list
    checks: list[counts.Check] = field(default_factory=list)
    removed: dict[str, dict[str, int]] = field(default_factory=dict)
    risk: dict[str, Any] = field(default_factory=dict)
    report: str | None = None  # the signed report's file
    seconds: dict[str, float] = field(default_factory=dict)

    def in_audit(self) -> dict[str, object]:
        """What the audit says of the run; its report says the rest."""
        return {
            "run": self.run_id,
            "run_kind": self.kind,
            "persons": self.persons,
            "new": self.new,
            "changed": self.changed,
            "gone": self.gone,
            "new_codes": self.new_codes,
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "kind": self.kind,
            "persons": self.persons,
            "new": self.new,
            "changed": self.changed,
            "gone": self.gone,
            "resumed": self.resumed,
            "new_codes": self.new_codes,
            "readers_ended": self.readers_ended,
            "old_copies_held": self.old_copies_held,
            "coincidences": self.coincidences,
            "checks": [check.as_json() for check in self.checks],
            "removed": self.removed,
            "risk": self.risk,
            "report": self.report,
            "seconds": {name: round(seconds, 3) for name, seconds in self.seconds.items()},
        }


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What the source says of itself at the moment of the snapshot."""

    counts: dict[str, int | str]
    removed: dict[str, dict[str, int]]
    risk: risk.Risk


class Steps:
    """The steps of one run and what they hand on."""

    def __init__(
        self, practice: Practice, policy: Policy, vault: Vault, copy: Copy, outcome: Outcome, on_step: OnStep
    ) -> None:
        self._practice, self._policy, self._vault, self._copy = practice, policy, vault, copy
        self._outcome, self._on_step = outcome, on_step
        self._key = lookup_key(practice.keyring, practice.scope.tenant_id)
        self._prf = Prf(self._key)
        self.book = TokenBook.empty()
        self._changed: list[str] = []
        scope = practice.scope
        self.parameters = parameters(practice.company_id, scope.today, scope.timezone)
        self._rules = _rules_hash(policy, self.parameters)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._on_step(name, 0)
        began = perf_counter()
        yield
        self._outcome.seconds[name] = perf_counter() - began

    def settle(self) -> None:
        """What a killed run left: one that was verified is finished, one that was not is forgotten. One that
        was killed over its report gets it."""
        last = self._vault.last()
        self._copy.settle()
        if last is not None and last.state == "done" and not self._reported(last.id):
            self._outcome.resumed = last.id
            self.report(last.id, last.detail)
        if last is None or last.state != "verified":
            return
        if self._copy.run_id() != last.id and self._copy.run_id(BUILDING) == last.id:
            self._copy.switch()
        if self._copy.run_id() == last.id:
            self._vault.promote(last.id)
            self._copy.drop_old()
            self._outcome.resumed = last.id
            self.report(last.id, last.detail)

    def look(self, source: psycopg.Connection[TupleRow]) -> None:
        """The live columns against the policy. Raises `PolicyGap` with the lines to add, and
        `SourceUnsuitable` with the grants that are missing."""
        self.source: LiveSource = read_source(source, self._policy)
        self._audit = audit(self.source, self._policy)
        self._audit.check(self._practice.overlay)
        may_read(source, self.source)
        self.readable = self.source.without_dropped(self._policy)  # what verification searches is all of it
        self._reading = Reading(self.readable)

    def guard(self, source: psycopg.Connection[TupleRow]) -> None:
        """What closed lists hold must not look like an identifier. Raises `IdentifierFound`."""
        guard(source, self.source, self._policy, self.parameters)

    def witness(self, source: psycopg.Connection[TupleRow]) -> Witnessed:
        """What the source itself counts."""
        return Witnessed(
            counts.expected_counts(source, self.readable, self.parameters),
            verify.removed(source, self.source, self._policy, self.parameters),
            risk.of_source(source, self.source, self.parameters),
        )

    def witness_beside(self, snapshot: str) -> Witnessed:
        """The same in a session of its own at the same moment, while the copy is made."""
        with snapshot_of(self._practice, snapshot) as source:
            return self.witness(source)

    def begin(self, witness: Future[Witnessed] | None) -> None:
        self._witness = witness
        self._old = self._vault.book()
        standing = self._copy.run_id()
        if self._outcome.kind == "incremental" and (standing is None or standing != self._vault.standing()):
            self._outcome.kind = "full"  # no copy yet, or one that is not of the vault (a backup put back)
        # Two copies side by side that share codes would tell whose birthday or recall lay between: a date.
        self._outcome.new_codes = (
            self._outcome.kind == "rotation" or self._copy.copied_on() != self._practice.scope.today
        )
        self._vault.begin(self._outcome.run_id)
        self._copy.begin()

    def persons(self, source: psycopg.Connection[TupleRow]) -> bool:
        """Everybody's row is made anew, since ages and recalls go by the day. Returns whether everybody's
        years are to be read too: they are where the policy is another or many changed."""
        whole, fresh = self._outcome.kind != "incremental", self._outcome.new_codes
        rows = Rows()
        for batch in _read(source, self._reading.persons(), self.parameters, transform.PERSONS_IN):
            lookups = self._prf.of(batch.column("id"))
            prints = self._prf.sealed(_with_rules(batch.column("print"), self._rules))
            place = self._old.find(lookups)
            known = place >= 0
            if fresh or not known.any():
                tokens = mint(len(batch))
            else:
                tokens = np.where(known[:, None], self._old.tokens[place], mint(len(batch)))
            changed = (
                ~known if not len(self._old) else ~known | (self._old.prints[place] != prints).any(axis=1)
            )
            self._count(known, changed)
            changed = np.ones_like(known) if whole else changed
            made = transform.persons(batch, as_text(tokens), self._practice.scope.today)
            made = made.append_column("changed", pa.array(changed))
            if fresh and not whole and len(self._old):  # where the rows lie that are carried over
                made = made.append_column("was", as_text(self._old.tokens[place]))
            self._copy.stage("person", made)
            if not whole:
                self._changed += batch.column("id").filter(pa.array(changed)).to_pylist()
            rows.add(np.concatenate([lookups, tokens, prints], axis=1))
            self._on_step("persons", self._outcome.persons)
        self._outcome.gone = len(self._old) - (self._outcome.persons - self._outcome.new)
        del self._old
        self.book = rows.book()
        return whole or len(self._changed) > _MANY * max(self._outcome.persons, 40)

    def years(self, source: psycopg.Connection[TupleRow], everybody: bool) -> None:
        """Years, orders and findings: of everybody, or of those who changed with the others' carried over."""
        if not everybody:
            self._copy.carry_over()
            if not self._changed:
                return
        given = self.parameters if everybody else {**self.parameters, "ids": self._changed}
        tokens = Tokens(self._key, self.book)
        only = not everybody

        def staged(name: str, statement: str, schema: pa.Schema, **made: Callable[[Any, Any], Any]) -> None:
            rows = 0
            for batch in _read(source, statement, given, schema):
                codes = tokens.of(batch.column("id"))
                for table, make in made.items():
                    self._copy.stage(table, make(batch, codes))
                rows += len(batch)
                self._on_step(name, rows)

        read, kinds = self._reading, self._policy.categories
        staged("years", read.years(only), transform.YEARS_IN, person_year=transform.years)
        staged("orders", read.orders(only), transform.ORDERS_IN,
               order_year=lambda batch, codes: transform.orders(batch, codes, kinds))  # fmt: skip
        staged("notes", read.notes(only), transform.NOTES_IN,
               finding_year=transform.findings, person_year=transform.noted)  # fmt: skip

    def build(self) -> None:
        version = (
            np.bitwise_xor.reduce(self.book.prints, axis=0) if len(self.book) else np.zeros(16, np.uint8)
        )
        self._copy.build(
            today=self._practice.scope.today,
            run_id=self._outcome.run_id,
            source_version=version.tobytes().hex()[:16],
            policy_hash=self._policy.hash,
        )

    def verify(self, source: psycopg.Connection[TupleRow]) -> None:
        """Raises `NotVerified`. What passed is written down: the run can be finished from here by the next
        one."""
        terms = transform.terms()
        witnessed = self._witness.result() if self._witness else self.witness(source)
        checks = counts.counted(self._copy, witnessed.counts)
        years = (self.parameters["first_day"].year, self._practice.scope.today.year)
        checks += verify.conforms(self._copy, self._policy, self.book, terms, years)
        checks += verify.absent(self._copy, self.readable)
        found, self._outcome.coincidences = verify.searched(
            source, self.source, self._policy, self._copy, terms, self.parameters
        )
        self._outcome.checks = [*checks, *found]
        verify.insist(self._outcome.checks)
        self._outcome.removed = witnessed.removed
        quasi = self._policy.quasi_identifiers
        self._outcome.risk = {
            "before": witnessed.risk.as_json(),
            "after": risk.of_copy(self._copy.rows, BUILDING, quasi).as_json(),
            "findings": risk.diversity(self._copy.rows, BUILDING, quasi),
        }
        facts = {
            "practice": {"slug": self._practice.scope.slug, "name": self._practice.scope.name},
            "copied_on": self._practice.scope.today.isoformat(),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "policy_hash": self._policy.hash,
            "own_policy": self._practice.overlay.exists(),
        }
        self.body = report.body(self._audit, self._outcome.as_json(), facts)
        self._vault.verified(self._outcome.run_id, self.body)

    def report(self, run_id: str, body: Mapping[str, Any]) -> str:
        """Sign and keep the report of a run."""
        folder = reports_folder(self._practice.home, self._practice.scope.slug)
        return str(report.write(folder, run_id, body, self._practice.keyring))

    def _reported(self, run_id: str) -> bool:
        folder = reports_folder(self._practice.home, self._practice.scope.slug)
        return report.is_whole(folder / f"{run_id}.json", self._practice.keyring)

    def _count(self, known: Any, changed: Any) -> None:
        self._outcome.persons += len(known)
        self._outcome.new += int((~known).sum())
        self._outcome.changed += int((known & changed).sum())


def _read(
    source: psycopg.Connection[TupleRow], statement: str, given: dict[str, Any], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    return ahead(arrow_copy.read(source, statement, given, schema), most=2, name="copy ahead")


def _with_rules(prints: pa.Int64Array, rules: bytes) -> Any:
    """Fingerprint and rules in one block: other rules make everybody changed."""
    blocks = np.zeros((len(prints), 16), np.uint8)
    blocks[:, :8] = np.frombuffer(prints.to_numpy().astype(">i8").tobytes(), np.uint8).reshape(-1, 8)
    blocks[:, 8:] = np.frombuffer(rules[:8], np.uint8)
    return blocks


def _rules_hash(policy: Policy, given: Mapping[str, Any]) -> bytes:
    """Of all that decides what becomes of a row: the policy, the vocabulary, Prentice's version, the
    first day that may be read, and the zone in which a moment is."""
    from prentice.deid.findings import terms

    read = given["first_day"], given["zone"]
    whole = repr((policy.hash, __version__, sorted(terms().items()), read))
    return hashlib.sha256(whole.encode()).digest()
