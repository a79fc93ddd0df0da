"""Eye examinations and the prescriptions that come of them."""

from __future__ import annotations

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, known, pick
from prentice.demo.chance import choose, happens
from prentice.demo.findings import Findings
from prentice.demo.ids import RowIds
from prentice.demo.jsontext import objects
from prentice.demo.notes import Notes
from prentice.demo.orders import prescription_columns
from prentice.demo.people import People
from prentice.demo.practice import Practice
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, SECOND, Trading, stamps
from prentice.demo.visits import Visits

_LENS_ADVICE = ("Single Vision", "Progressive", "Bifocal", "Occupational")
_NEAR = ("N5", "N5", "N6", "N8", "N10")
_JAEGER = ("J1+", "J1", "J2", "J3", "J5")


class ConsultingRoom:
    """Writes one practice's exams and prescriptions, a block of patients at a time."""

    def __init__(self, practice: Practice, trading: Trading, seed: int) -> None:
        self.practice, self.trading = practice, trading
        self.exam_ids = RowIds(seed, practice.slug, "exam")
        self.prescription_ids = RowIds(seed, practice.slug, "prescription")
        self._staff = Staff(practice, seed)
        self._seen = 0

    def exams(
        self, rng: np.random.Generator, folk: People, seen: Visits, found: Findings, notes: Notes
    ) -> tuple[pl.Series, pl.Series, list[Batch]]:
        """Ids of the exams, ids of their prescriptions (null where there is none), and the rows."""
        size = len(seen)
        number = self._seen + np.arange(size, dtype=np.int64)
        self._seen += size
        exam_ids = self.exam_ids.of(number)
        issued = seen.finalized & happens(rng, 0.97, size)
        prescription_ids = known(self.prescription_ids.of(number), issued)
        examiner = self._staff.prescribers[rng.integers(0, len(self._staff.prescribers), size)]
        exams = self._exam_rows(rng, exam_ids, folk, seen, found, notes, pl.Series(examiner))
        prescriptions = self._prescription_rows(
            rng, exam_ids, prescription_ids, folk, seen, found, np.flatnonzero(issued), examiner
        )
        return exam_ids, prescription_ids, [exams, prescriptions]

    def _exam_rows(
        self,
        rng: np.random.Generator,
        ids: pl.Series,
        folk: People,
        seen: Visits,
        found: Findings,
        notes: Notes,
        examiner: pl.Series,
    ) -> Batch:
        size, rx = len(seen), seen.rx
        ended = stamps(np.minimum(seen.at + 2400 * SECOND, self.trading.now))
        clock = stamps(seen.at // (300 * SECOND) * 300 * SECOND).dt.strftime("%H:%M")
        deleted = happens(rng, 0.005, size)
        acuity = objects(
            od_unaided=found.unaided[0], od_aided=found.aided[0],
            os_unaided=found.unaided[1], os_aided=found.aided[1],
        )  # fmt: skip
        refraction = objects(
            od_sphere=pl.Series(rx.sphere[0] / 4), od_cylinder=pl.Series(rx.cylinder[0] / 4),
            od_axis=pl.Series(rx.axis[0]), os_sphere=pl.Series(rx.sphere[1] / 4),
            os_cylinder=pl.Series(rx.cylinder[1] / 4), os_axis=pl.Series(rx.axis[1]),
            add=pl.Series(rx.add / 4),
        )  # fmt: skip
        tonometry = objects(
            method="GAT", od=pl.Series(found.pressure[0]), os=pl.Series(found.pressure[1]), time=clock
        )
        return batch(
            "eye_examinations",
            id=ids,
            company_id=self.practice.company_id,
            patient_id=folk.ids[seen.person],
            ecp_id=self._staff.ids[examiner],
            examination_date=stamps(seen.at),
            status=pick(("in_progress", "finalized"), seen.finalized.astype(np.int64)),
            reason_for_visit=notes.reason,
            visual_acuity=acuity,
            refraction=refraction,
            tonometry=tonometry,
            grading_system="CCLRU" if self.practice.british else "Efron",
            finalized=seen.finalized,
            gos_form_type=known(
                pl.Series(["GOS1"]).new_from_index(0, size), folk.exempt[seen.person] & self.practice.british
            ),
            notes=notes.whole(),
            created_at=stamps(seen.at),
            updated_at=ended,
            deleted_at=known(ended, deleted),
        )

    def _prescription_rows(
        self,
        rng: np.random.Generator,
        exam_ids: pl.Series,
        prescription_ids: pl.Series,
        folk: People,
        seen: Visits,
        found: Findings,
        rows: np.ndarray[tuple[int], np.dtype[np.int64]],
        examiner: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> Batch:
        size, row = len(rows), pl.Series(rows)
        rx, at, age = seen.rx.of(rows), seen.at[rows] + 1800 * SECOND, seen.age[rows]
        who = examiner[rows]
        distance = (rx.pd_right + rx.pd_left) / 2
        years = np.where((age < 16) | (age >= 70), 365, 730)
        near = pick(_NEAR if self.practice.british else _JAEGER, choose(rng, (6, 5, 2, 1, 0.5), size))
        advice = np.where(rx.add == 0, 0, choose(rng, (2, 6, 1, 1), size))
        follow = happens(rng, 0.12, size)
        referred = happens(rng, 0.04, size)
        curves = [np.round(rng.normal(43.4, 1.5, size) * 4) / 4 for _ in range(2)]
        deleted = happens(rng, 0.004, size)
        signed = happens(rng, 0.98, size)
        prescriber = self._staff.ids[who]
        return batch(
            "prescriptions",
            id=prescription_ids[row],
            company_id=self.practice.company_id,
            examination_id=exam_ids[row],
            patient_id=folk.ids[seen.person[rows]],
            ecp_id=prescriber,
            issue_date=stamps(at),
            expiry_date=stamps((at // DAY + years) * DAY),
            **prescription_columns(rx),
            pd_right=pl.Series(rx.pd_right / 2),
            pd_left=pl.Series(rx.pd_left / 2),
            binocular_pd=pl.Series(distance),
            near_pd=known(pl.Series(distance - 3), rx.add > 0),
            back_vertex_distance=known(
                pl.Series(rng.integers(22, 30, size) / 2),
                rx.strongest >= 4,  # it matters from 4 dioptres
            ),
            prescription_type=pick(("distance", "multifocal", "near"), np.where(rx.add == 0, 0, 1)),
            prescriber_goc_number=pick(self._staff.registrations, who),
            prescriber_name=pick(self._staff.names, who),
            prescriber_qualifications="BSc MCOptom" if self.practice.british else "OD",
            test_room_name=pick(("Test room 1", "Test room 2"), rng.integers(0, 2, size)),
            od_visual_acuity_unaided=found.unaided[0][row],
            od_visual_acuity_aided=found.aided[0][row],
            os_visual_acuity_unaided=found.unaided[1][row],
            os_visual_acuity_aided=found.aided[1][row],
            od_near_vision=near,
            os_near_vision=near,
            od_k_reading_1=known(pl.Series(curves[0]), folk.wearer[seen.person[rows]]),
            os_k_reading_1=known(pl.Series(curves[1]), folk.wearer[seen.person[rows]]),
            intraocular_pressure_od=pl.Series(found.pressure[0][rows]).cast(pl.String),
            intraocular_pressure_os=pl.Series(found.pressure[1][rows]).cast(pl.String),
            follow_up_required=follow,
            follow_up_date=known(stamps((at // DAY + 90) * DAY + 10 * 3600 * SECOND), follow),
            recommended_lens_type=pick(_LENS_ADVICE, advice),
            usage_purpose=pick(("General", "Driving", "VDU", "Reading"), choose(rng, (7, 1, 1, 1), size)),
            driving_suitable=age >= 17,
            referral_made=referred,
            referral_to=known(pl.Series(["Hospital eye service"]).new_from_index(0, size), referred),
            is_signed=signed,
            signed_by_ecp_id=known(prescriber, signed),
            signed_at=known(stamps(at), signed),
            created_at=stamps(at),
            created_by=prescriber,
            deleted_at=known(stamps(at + 3600 * SECOND), deleted),
        )
