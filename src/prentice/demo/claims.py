"""Who pays: NHS claims in the UK, vision insurance, and the record of every dispense."""

from __future__ import annotations

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, joined, known, money, pick
from prentice.demo.chance import Ints, choose, happens
from prentice.demo.ids import RowIds
from prentice.demo.orders import Orders
from prentice.demo.people import People, nhs_numbers
from prentice.demo.practice import Practice
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, SECOND, Trading, dates, stamps
from prentice.demo.visits import Visits

_REASONS = ("age_under_16", "age_16_18_education", "age_60_plus", "diabetes", "glaucoma",
            "family_history_glaucoma", "universal_credit", "hc2_certificate")  # fmt: skip
_FEE = 2353  # pence; the sight test fee of the General Ophthalmic Services
_STATUSES = ("paid", "accepted", "submitted", "queried", "rejected", "draft")


class Claims:
    def __init__(self, practice: Practice, trading: Trading, seed: int) -> None:
        self.practice, self.trading = practice, trading
        self._claim_ids = RowIds(seed, practice.slug, "claim")
        self._performer_ids = RowIds(seed, practice.slug, "performer")
        self._policy_ids = RowIds(seed, practice.slug, "policy")
        self._dispense_ids = RowIds(seed, practice.slug, "dispense")
        self._staff = Staff(practice, seed)
        self._claimed = self._dispensed = 0

    def nhs(
        self, rng: np.random.Generator, folk: People, seen: Visits, exam_ids: pl.Series, issued: pl.Series
    ) -> Batch:
        """A sight-test claim for each finalized exam of an exempt patient."""
        rows = np.flatnonzero(seen.finalized & folk.exempt[seen.person] & happens(rng, 0.93, len(seen)))
        size, person, day = len(rows), seen.person[rows], seen.at[rows] // DAY
        number = self._claimed + np.arange(size, dtype=np.int64)
        self._claimed += size
        age = seen.age[rows]
        why = choose(rng, (0, 0, 0, 3, 2, 3, 2, 2), size)
        why = np.where(age < 16, 0, np.where(age < 19, 1, np.where(age >= 60, 2, why)))
        status = choose(rng, (86, 4, 5, 2, 2, 1), size)
        status = np.where(self.trading.today - day < 30, choose(rng, (0, 2, 6, 0, 0, 2), size), status)
        paid = status == 0
        sent = status != _STATUSES.index("draft")
        paid_at = np.minimum((day + 30) * DAY + 9 * 3600 * SECOND, self.trading.now)
        sent_at = np.minimum((day + 3) * DAY + 17 * 3600 * SECOND, self.trading.now)
        performer = rng.integers(0, len(self._staff.prescribers), size)
        clerk = self._staff.ids[self._staff.prescribers[performer]]
        return batch(
            "nhs_claims",
            id=self._claim_ids.of(number),
            company_id=self.practice.company_id,
            patient_id=folk.ids[person],
            examination_id=exam_ids[rows],
            practitioner_id=self._performer_ids.of(performer),
            claim_type="GOS1",
            claim_number=pl.Series(number + 500_001).cast(pl.String),
            claim_date=dates(np.minimum(day + 3, self.trading.today)),
            test_date=dates(day),
            patient_nhs_number=nhs_numbers(rng, folk.number[person]),
            patient_exemption_reason=pick(_REASONS, why),
            prescription_issued=issued[rows].is_not_null(),
            referral_made=happens(rng, 0.04, size),
            status=pick(_STATUSES, status),
            submitted_at=known(stamps(sent_at), sent),
            submitted_by=known(clerk, sent),
            claim_amount=money(np.full(size, _FEE)),
            paid_amount=money(np.full(size, _FEE), paid),
            paid_at=known(stamps(paid_at), paid),
            created_at=stamps(seen.at[rows] + 2400 * SECOND),
            updated_at=stamps(np.where(paid, paid_at, sent_at)),
        )

    def insurance(self, rng: np.random.Generator, folk: People) -> Batch:
        """A policy for each insured patient; a child's is a parent's."""
        rows = np.flatnonzero(folk.insured)
        size, row = len(rows), pl.Series(rows)
        own = folk.age[rows] >= 21
        since = stamps(folk.since[rows] * DAY + 9 * 3600 * SECOND)
        born = np.where(own, folk.born[rows], folk.born[rows] - 31 * 365)
        member = pl.Series(rng.integers(10**8, 10**9, size)).cast(pl.String)
        return batch(
            "patient_insurance",
            id=self._policy_ids.of(folk.number[rows]),
            company_id=self.practice.company_id,
            patient_id=folk.ids[row],
            member_id=joined("M", member),
            subscriber_id=joined("S", member),
            group_number=pick([f"GRP-{number}" for number in range(4100, 4140)], rng.integers(0, 40, size)),
            subscriber_first_name=folk.first[row],
            subscriber_last_name=folk.last[row],
            subscriber_dob=stamps(born * DAY),
            relationship_to_subscriber=pick(("child", "self"), own.astype(np.int64)),
            status=pick(("active", "terminated"), choose(rng, (93, 7), size)),
            effective_date=since,
            created_at=since,
            updated_at=since,
        )

    def dispenses(
        self, rng: np.random.Generator, folk: People, seen: Visits, orders: Orders, prescriptions: pl.Series
    ) -> Batch:
        """What was handed over, for most of the completed orders."""
        ready = orders.completed_at
        rows = np.flatnonzero((ready >= 0) & happens(rng, 0.8, len(ready)))
        at = np.minimum(ready[rows] + rng.integers(1, 48, len(rows)) * 3600 * SECOND, self.trading.now)
        visit = orders.visit[rows]
        who = self._staff.dispensers[rng.integers(0, len(self._staff.dispensers), len(rows))]
        number = self._dispensed + np.arange(len(rows), dtype=np.int64)
        self._dispensed += len(rows)
        advice: Ints = choose(rng, (8, 1, 1), len(rows))
        return batch(
            "dispense_records",
            id=self._dispense_ids.of(number),
            order_id=orders.ids[rows],
            prescription_id=prescriptions[visit],
            company_id=self.practice.company_id,
            patient_id=folk.ids[seen.person[visit]],
            dispensed_by_user_id=self._staff.ids[who],
            dispenser_name=pick(self._staff.names, who),
            dispense_date=stamps(at),
            special_instructions=pick((None, "Adaptation explained", "Adjusted at the ear"), advice),
            created_at=stamps(at),
        )
