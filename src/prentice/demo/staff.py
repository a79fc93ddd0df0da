"""The company, its staff, its suppliers, and the patients who use the portal (users without a role)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from prentice.demo.batch import Batch, batch, pick
from prentice.demo.chance import Floats, Ints, stream
from prentice.demo.ids import RowIds
from prentice.demo.practice import Practice
from prentice.demo.trading import DAY, SECOND, Trading, stamps

_CONTACTS = (("Robin", "Ashcombe"), ("Jo", "Lindgren"), ("Sam", "Pettifer"), ("Lee", "Marchetti"))


@dataclass(frozen=True)
class Staff:
    """Who serves, examines and orders. Positions are those of the catalogue."""

    practice: Practice
    seed: int

    @cached_property
    def ids(self) -> pl.Series:
        return RowIds(self.seed, self.practice.slug, "staff").upto(len(self.practice.staff))

    @cached_property
    def supplier_ids(self) -> pl.Series:
        return RowIds(self.seed, self.practice.slug, "supplier").upto(len(self.practice.supplier))

    @cached_property
    def sales_shares(self) -> Floats:
        return np.array([person.sales for person in self.practice.staff])

    @cached_property
    def prescribers(self) -> Ints:
        return self._places(lambda prescribes: prescribes)

    @cached_property
    def dispensers(self) -> Ints:
        return self._places(lambda prescribes: not prescribes)

    @cached_property
    def manager_id(self) -> str:
        roles = [person.role for person in self.practice.staff]
        return str(self.ids[roles.index("store_manager")])

    @cached_property
    def names(self) -> list[str]:
        return [person.name for person in self.practice.staff]

    @cached_property
    def registrations(self) -> list[str]:
        """Invented registration numbers: GOC's 01-NNNNN in the UK, a licence number in the US."""
        form = "01-9{:04d}" if self.practice.british else "046.00{:04d}"
        drawn = stream(self.seed, self.practice.slug, "registration").integers(0, 10_000, len(self.names))
        return [form.format(number) for number in drawn]

    def _places(self, wanted: object) -> Ints:
        assert callable(wanted)
        return np.array(
            [i for i, p in enumerate(self.practice.staff) if wanted(p.prescribes)], dtype=np.int64
        )


def company(practice: Practice, trading: Trading) -> Batch:
    opened = stamps(np.array([(trading.start - 2000) * DAY + 10 * 3600 * SECOND]))
    address = (
        '{"street":"4 Quay Parade","city":"Saltmere","postcode":"HB1 9ZZ","country":"United Kingdom"}'
        if practice.british
        else '{"street":"210 Prairie Ave","city":"Alder Falls","state":"IL","zip":"60999","country":"US"}'
    )
    return batch(
        "companies",
        id=pl.Series([practice.company_id]),
        name=practice.name,
        type="ecp",
        status="active",
        email=f"hello@{practice.slug}.example",
        phone="01632 960001" if practice.british else "(312) 555-0100",
        address=address,
        subscription_plan="premium",
        practice_type="independent",
        primary_practitioner_name=practice.staff[0].name,
        created_at=opened,
        updated_at=opened,
    )


def staff_rows(practice: Practice, trading: Trading, seed: int) -> Batch:
    staff = Staff(practice, seed)
    people = practice.staff
    since = stamps(
        (trading.start - 1900 + 37 * np.arange(len(people), dtype=np.int64)) * DAY + 9 * 3600 * SECOND
    )
    last_login = stamps(np.full(len(people), trading.today * DAY + (8 * 3600 + 2700) * SECOND))
    mail = [f"{p.first_name.lower()}.{p.last_name.lower()}@{practice.slug}.example" for p in people]
    return batch(
        "users",
        id=staff.ids,
        company_id=practice.company_id,
        account_status="active",
        organization_name=practice.name,
        email=pl.Series(mail),
        first_name=pl.Series([p.first_name for p in people]),
        last_name=pl.Series([p.last_name for p in people]),
        role=pl.Series([p.role for p in people]),
        goc_number=pl.Series(
            [n if p.prescribes else None for n, p in zip(staff.registrations, people, strict=True)]
        ),
        is_verified=True,
        last_login_at=last_login,
        can_prescribe=pl.Series([p.prescribes for p in people]),
        created_at=since,
        updated_at=since,
    )


def supplier_rows(practice: Practice, trading: Trading, seed: int) -> Batch:
    houses = practice.supplier
    slugs = [house.lower().replace(" ", "-") for house in houses]
    since = stamps(np.full(len(houses), (trading.start - 1800) * DAY + 9 * 3600 * SECOND))
    contacts = [_CONTACTS[i % len(_CONTACTS)] for i in range(len(houses))]
    return batch(
        "users",
        id=Staff(practice, seed).supplier_ids,
        company_id=practice.company_id,
        account_status="active",
        organization_name=pl.Series(list(houses)),
        email=pl.Series([f"orders@{slug}.example" for slug in slugs]),
        first_name=pl.Series([first for first, _ in contacts]),
        last_name=pl.Series([last for _, last in contacts]),
        role="supplier",
        account_number=pick([f"AC{41_000 + 17 * i}" for i in range(len(houses))], np.arange(len(houses))),
        is_verified=True,
        can_prescribe=False,
        can_dispense=False,
        created_at=since,
        updated_at=since,
    )
