"""The diary: appointments of the span and of the six weeks to come."""

from __future__ import annotations

import numpy as np

from prentice.demo.batch import Batch, batch, known, pick
from prentice.demo.chance import Ints, choose, choose_by_row, happens, stream
from prentice.demo.ids import RowIds
from prentice.demo.practice import Practice
from prentice.demo.register import Register
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, OPENS, SECOND, Month, Trading, opening_times

_TYPES = (
    "eye_examination",
    "contact_lens_fitting",
    "follow_up",
    "frame_selection",
    "dispensing",
    "collection",
    "consultation",
    "emergency",
    "test_room_booking",
)
_TYPE = (0.43, 0.10, 0.11, 0.06, 0.08, 0.16, 0.03, 0.02, 0.01)
_MINUTES = np.array([30, 40, 20, 20, 20, 15, 20, 20, 60])
_CLINICAL = np.array([True, True, True, False, False, False, True, True, True])
_TITLES = (
    "Eye examination",
    "Contact lens fitting",
    "Follow-up",
    "Frame selection",
    "Dispensing",
    "Collection",
    "Consultation",
    "Emergency appointment",
    "Test room booking",
)

STATUSES = ("completed", "no_show", "cancelled", "rescheduled", "scheduled", "confirmed", "in_progress")
_COMPLETED, _NO_SHOW, _CANCELLED, _RESCHEDULED, _SCHEDULED, _CONFIRMED, _IN_PROGRESS = range(7)
_PAST = np.array([0.828, 0.070, 0.060, 0.030, 0.006, 0.006, 0.0])
_TODAY = np.array([0.62, 0.07, 0.06, 0.02, 0.05, 0.13, 0.05])
_COMING = np.array([0.0, 0.0, 0.045, 0.02, 0.625, 0.31, 0.0])
_CANCEL_REASONS = ("Patient unwell", "Work commitment", "No reason given", "Practitioner absent", "Weather")
_SLOTS = 17  # half hours from 9:00; the last one starts at 17:00


class Diary:
    def __init__(
        self, practice: Practice, trading: Trading, register: Register, seed: int, scale: float
    ) -> None:
        self.practice, self.trading, self.register, self.seed = practice, trading, register, seed
        self.volume = practice.volume.appointments * scale
        self._ids = RowIds(seed, practice.slug, "appointment")
        self._staff = Staff(practice, seed)
        self._written = 0

    def month(self, month: Month) -> Batch:
        rng = stream(self.seed, self.practice.slug, "appointments", month.number)
        expected = self.volume * 0.94 * self.trading.share(month.days)
        # The book for the coming weeks fills up as they come nearer.
        ahead = np.maximum(month.days - self.trading.today, 0)
        counts = rng.poisson(expected * np.exp(-ahead / 30))
        day = np.repeat(month.days, counts)
        size = len(day)
        starts = day * DAY + OPENS * SECOND + _slots(rng, counts) * 1800 * SECOND
        kind = choose(rng, _TYPE, size)
        minutes = _MINUTES[kind]
        weights = np.where((day > self.trading.today)[:, None], _COMING, _PAST)
        weights = np.where((day == self.trading.today)[:, None], _TODAY, weights)
        # Friends forget collections, not emergencies; Monday mornings are missed most.
        weights[:, _NO_SHOW] *= np.where((starts % DAY) < 10.5 * 3600 * SECOND, 1.25, 0.94)
        status = choose_by_row(rng, weights)
        booked = np.minimum(starts - rng.integers(1, 40, size) * DAY, self.trading.now - 3600 * SECOND)
        booked = booked // DAY * DAY + opening_times(rng, np.zeros(size, dtype=np.int64))
        booked = np.minimum(booked, self.trading.now - 1800 * SECOND)
        changed = np.where(
            (status == _CANCELLED) | (status == _RESCHEDULED),
            booked + (np.minimum(starts, self.trading.now) - booked) // 3,
            np.where(starts < self.trading.now, starts + minutes * 60 * SECOND, booked),
        )
        staff = self._staff
        examiner = staff.prescribers[rng.integers(0, len(staff.prescribers), size)]
        dispenser = staff.dispensers[rng.integers(0, len(staff.dispensers), size)]
        practitioner = np.where(_CLINICAL[kind], examiner, dispenser)
        cancelled = status == _CANCELLED
        deleted = happens(rng, 0.004, size)
        receptionist = staff.ids[dispenser]
        ids = self._ids.of(self._written + np.arange(size, dtype=np.int64))
        self._written += size
        zoned = self.trading.with_zone
        changed_at = zoned(changed)
        return batch(
            "appointments",
            id=ids,
            company_id=self.practice.company_id,
            patient_id=self.register.portal_user(self.register.known_by(rng, day)),
            practitioner_id=known(staff.ids[practitioner], ~happens(rng, 0.01, size)),
            title=pick(_TITLES, kind),
            appointment_type=pick(_TYPES, kind),
            appointment_status=pick(STATUSES, status),
            start_time=zoned(starts),
            end_time=zoned(starts + minutes * 60 * SECOND),
            duration=minutes,
            location=pick(["Test room 1", "Test room 2", "Dispensing desk"], _rooms(rng, _CLINICAL[kind])),
            reminder_sent=happens(rng, 0.8, size),
            reminder_type=pick((None, "email", "sms", "phone"), choose(rng, (2, 4, 5, 1), size)),
            created_by=receptionist,
            created_at=zoned(booked),
            updated_at=changed_at,
            cancelled_at=known(changed_at, cancelled),
            cancelled_by=known(receptionist, cancelled),
            cancellation_reason=known(pick(_CANCEL_REASONS, choose(rng, (4, 3, 4, 1, 1), size)), cancelled),
            deleted_at=known(changed_at, deleted),
            deleted_by=known(receptionist, deleted),
        )


def _slots(rng: np.random.Generator, counts: Ints) -> Ints:
    """Half hours for each day's appointments: two rooms, none taken twice until both are full."""
    places = 2 * _SLOTS
    order = rng.random((len(counts), places)).argsort(axis=1)
    day = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(day)) - np.repeat(np.cumsum(counts) - counts, counts)
    slot: Ints = order[day, within % places] % _SLOTS
    return slot


def _rooms(rng: np.random.Generator, clinical: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
    return np.where(clinical, rng.integers(0, 2, len(clinical)), 2)
