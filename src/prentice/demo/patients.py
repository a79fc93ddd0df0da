"""The patients' own rows, with everything a practice writes down about a person, and their portal users."""

from __future__ import annotations

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, joined, known, numbered, pick
from prentice.demo.chance import Ints, choose, happens
from prentice.demo.forms import Slot, column, fill
from prentice.demo.jsontext import objects
from prentice.demo.people import (
    Addresses,
    People,
    addresses,
    birthdays_as_text,
    landlines,
    mobiles,
    nhs_numbers,
    pools,
)
from prentice.demo.practice import Practice
from prentice.demo.staff import Staff
from prentice.demo.trading import DAY, SECOND, Trading, opening_times, stamps
from prentice.demo.visits import Visits

_LENS_KINDS = ("Soft daily", "Soft monthly", "Toric monthly", "Multifocal", "RGP")
_CONTACT = ("email", "phone", "sms", "post")
_WHEN = ("Morning", "Afternoon", "Saturday only", "After school", "Any")


def patient_rows(
    rng: np.random.Generator, practice: Practice, trading: Trading, folk: People, seen: Visits, seed: int
) -> Batch:
    size, words, common = len(folk), pools()[practice.country], pools()
    staff = Staff(practice, seed)
    where = addresses(rng, practice, size)
    adult, old = folk.age >= 18, folk.age >= 60
    since = opening_times(rng, folk.since)
    last_exam = _last_exam(rng, folk, seen)
    interval = np.where(old | (folk.age < 16) | folk.wearer, 365, 730)
    examined = last_exam >= 0
    deleted = happens(rng, 0.011, size)
    changed = np.minimum(
        np.maximum(since, last_exam) + rng.integers(0, 40 * 24, size) * 3600 * SECOND, trading.now
    )
    screen = happens(rng, np.where(adult & ~old, 0.6, 0.15), size)

    def words_of(pool: list[str], share: float) -> pl.Series:
        return known(pick(pool, rng.integers(0, len(pool), size)), happens(rng, share, size))

    relation = choose(rng, (5, 3, 3, 2, 1), size)
    relative = pick(words["women"] + words["men"], rng.integers(0, len(words["women"] + words["men"]), size))
    has_contact = happens(rng, 0.55, size)
    relative_name = joined(relative, " ", folk.last)
    prescriber = staff.prescribers[rng.integers(0, len(staff.prescribers), size)]
    note = patient_notes(rng, practice, folk, relative, where)
    clerk = staff.ids[staff.dispensers[rng.integers(0, len(staff.dispensers), size)]]
    imported = folk.since < trading.start - 1500
    return batch(
        "patients",
        id=folk.ids,
        customer_number=numbered("C", folk.number + 100_001),
        company_id=practice.company_id,
        name=joined(folk.first, " ", folk.last),
        date_of_birth=birthdays_as_text(rng, practice, folk.born),
        email=folk.email,
        phone=known(landlines(rng, practice, size), happens(rng, 0.5, size)),
        mobile_phone=known(folk.mobile, happens(rng, 0.85, size)),
        work_phone=known(landlines(rng, practice, size), happens(rng, 0.1, size)),
        nhs_number=known(nhs_numbers(rng, folk.number), happens(rng, 0.8, size))
        if practice.british
        else None,
        full_address=known(where.full, ~happens(rng, 0.02, size)),
        address_line_1=where.line_1,
        address_line_2=where.line_2,
        city=where.city,
        county=where.county,
        postcode=where.postcode,
        country=where.country,
        locale="en-GB" if practice.british else "en-US",
        timezone=practice.timezone,
        ecp_id=staff.ids[prescriber],
        previous_optician=words_of(words["opticians"], 0.3),
        gp_name=words_of(words["doctors"], 0.8),
        gp_practice=words_of(words["surgeries"], 0.8),
        gp_phone=known(landlines(rng, practice, size), happens(rng, 0.5, size)),
        emergency_contact_name=known(relative_name, has_contact),
        emergency_contact_phone=known(mobiles(rng, practice, size), has_contact),
        emergency_contact_relationship=known(
            pick(("Spouse", "Daughter", "Son", "Partner", "Neighbour"), relation), has_contact
        ),
        medical_history=objects(
            smoker=pl.Series(happens(rng, 0.14, size)), diabetic=pl.Series(happens(rng, 0.07, size))
        ),
        current_medications=words_of(common["medications"], 0.6),
        allergies=words_of(common["allergies"], 0.55),
        family_ocular_history=words_of(common["family"], 0.5),
        systemic_conditions=known(
            joined('["', pick(common["conditions"], rng.integers(0, len(common["conditions"]), size)), '"]'),
            happens(rng, np.clip(folk.age / 150, 0, 0.6), size),
        ),
        occupation=_occupations(rng, folk, common["occupations"]),
        hobbies=words_of(common["hobbies"], 0.6),
        vdu_user=screen,
        vdu_hours_per_day=known(pl.Series(rng.integers(2, 20, size) / 2), screen),
        driving_requirement=adult & happens(rng, 0.7, size),
        contact_lens_wearer=folk.wearer,
        contact_lens_type=known(pick(_LENS_KINDS, choose(rng, (5, 4, 2, 2, 0.4), size)), folk.wearer),
        contact_lens_brand=known(
            pick(
                list(practice.contact_lens_brands), rng.integers(0, len(practice.contact_lens_brands), size)
            ),
            folk.wearer,
        ),
        preferred_contact_method=pick(_CONTACT, choose(rng, (4, 3, 4, 1), size)),
        preferred_appointment_time=known(pick(_WHEN, rng.integers(0, 5, size)), happens(rng, 0.4, size)),
        reminder_preference=pick(_CONTACT, choose(rng, (4, 1, 5, 1), size)),
        marketing_consent=happens(rng, 0.4, size),
        research_consent=happens(rng, 0.1, size),
        last_examination_date=known(stamps(last_exam), examined),
        next_examination_due=known(stamps((last_exam // DAY + interval) * DAY + 9 * 3600 * SECOND), examined),
        recall_schedule=pick(("12 months", "24 months"), (interval > 365).astype(np.int64)),
        insurance_provider=known(
            pick(words["insurers"], rng.integers(0, len(words["insurers"]), size)), folk.insured
        ),
        insurance_policy_number=known(numbered("POL", rng.integers(10**7, 10**8, size)), folk.insured),
        nhs_exemption=folk.exempt,
        nhs_exemption_type=_exemptions(rng, practice, folk),
        status=pick(("active", "inactive", "archived"), choose(rng, (94, 4, 2), size)),
        vip_patient=happens(rng, 0.02, size),
        patient_notes=note,
        internal_notes=known(
            pick(
                ("Pays by direct debit", "Complaint 2024 resolved", "Bring forward recall"),
                rng.integers(0, 3, size),
            ),
            happens(rng, 0.06, size),
        ),
        created_at=stamps(since),
        updated_at=stamps(changed),
        created_by=clerk,
        external_id=known(numbered("OLD-", rng.integers(1000, 10**6, size)), imported),
        import_source=known(pl.Series(["paper cards"] * size), imported),
        deleted_at=known(stamps(changed), deleted),
        deleted_by=known(clerk, deleted),
    )


def portal_users(practice: Practice, trading: Trading, folk: People, portal_ids: pl.Series) -> Batch:
    """Users without a role. The host's appointments and clinical notes point at these, not at patients."""
    there = np.flatnonzero(folk.portal)
    row = pl.Series(there)
    since = np.minimum(folk.since[there] * DAY + 19 * 3600 * SECOND, trading.now)
    return batch(
        "users",
        id=portal_ids[row],
        company_id=practice.company_id,
        account_status="active",
        email=folk.email[row],
        first_name=folk.first[row],
        last_name=folk.last[row],
        contact_phone=folk.mobile[row],
        can_prescribe=False,
        can_dispense=False,
        created_at=stamps(since),
        updated_at=stamps(since),
    )


def patient_notes(
    rng: np.random.Generator, practice: Practice, folk: People, relative: pl.Series, where: Addresses
) -> pl.Series:
    """Remarks of the front desk: just the kind of text that gives people away. Null for two in three."""
    remarks: list[str] = pools()["remarks"]
    size = len(folk)
    drawn = np.where(happens(rng, 0.34, size), rng.integers(1, len(remarks) + 1, size), 0)
    slots: dict[str, Slot] = {
        "called": column(folk.called),
        "last": column(folk.last),
        "relative": column(relative),
        "city": column(where.city),
        "phone": lambda rows: mobiles(rng, practice, len(rows)),
        "house": lambda rows: pl.Series(rng.integers(1, 90, len(rows))).cast(pl.String),
    }
    return fill([None, *remarks], drawn, np.arange(size, dtype=np.int64), slots)


def _last_exam(rng: np.random.Generator, folk: People, seen: Visits) -> Ints:
    """The latest exam, else one before the span for those registered long ago; -1: none."""
    size = len(folk)
    latest = np.full(size, -1, dtype=np.int64)
    earlier = opening_times(rng, folk.since)
    latest = np.where(happens(rng, 0.9, size), earlier, latest)
    latest[seen.person[seen.last]] = seen.at[seen.last]
    return latest


def _occupations(rng: np.random.Generator, folk: People, pool: list[str]) -> pl.Series:
    drawn = rng.integers(0, len(pool), len(folk))
    drawn = np.where(folk.age < 22, pool.index("Student"), drawn)
    drawn = np.where((folk.age > 67) & happens(rng, 0.85, len(folk)), pool.index("Retired"), drawn)
    return known(pick(pool, drawn), happens(rng, 0.8, len(folk)))


def _exemptions(rng: np.random.Generator, practice: Practice, folk: People) -> pl.Series | None:
    pool: list[str] = pools()[practice.country]["exemptions"]
    if not pool:
        return None
    why = choose(rng, (0, 0, 0, 3, 2, 3, 2, 3), len(folk))
    why = np.where(folk.age < 16, 1, np.where(folk.age < 19, 2, np.where(folk.age >= 60, 0, why)))
    return known(pick(pool, why), folk.exempt)
