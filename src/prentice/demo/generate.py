"""Every row of the demo, practice by practice, in pieces that fit in memory.

The till, the stockroom and the diary go month by month; patients and what belongs to them block by block.
Tables come in no particular order: keys are checked when all rows are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from prentice.demo.appointments import Diary
from prentice.demo.batch import Batch
from prentice.demo.chance import stream
from prentice.demo.claims import Claims
from prentice.demo.exams import ConsultingRoom
from prentice.demo.findings import findings
from prentice.demo.ids import RowIds
from prentice.demo.lenses import LensCupboard
from prentice.demo.notes import NoteBook, write_notes
from prentice.demo.office import Office
from prentice.demo.orders import Lab
from prentice.demo.patients import patient_rows, portal_users
from prentice.demo.people import people
from prentice.demo.practice import Cast, Practice, cast
from prentice.demo.purchasing import Purchasing
from prentice.demo.register import Register
from prentice.demo.sales import Till
from prentice.demo.shelf import product_rows, stock_shelf
from prentice.demo.staff import Staff, company, staff_rows, supplier_rows
from prentice.demo.stock import Stockroom
from prentice.demo.trading import AHEAD_DAYS, Trading
from prentice.demo.visits import visits

BLOCK = 20_000  # patients at a time: about 200 MB at the widest table


def demo_rows(seed: int, scale: float, today: date) -> Iterator[Batch]:
    """All rows of all practices. The same arguments give the same rows in the same order."""
    whole = cast()
    for practice in whole.practices:
        trading = Trading(practice, today)
        register = Register(practice, trading, seed, scale)
        yield company(practice, trading)
        yield staff_rows(practice, trading, seed)
        yield supplier_rows(practice, trading, seed)
        yield from _counter(whole, practice, trading, register, seed, scale)
        yield from _people(whole, practice, trading, register, seed)


def _counter(
    whole: Cast, practice: Practice, trading: Trading, register: Register, seed: int, scale: float
) -> Iterator[Batch]:
    """Sales, stock, purchasing and appointments."""
    shelf = stock_shelf(whole, practice, seed, scale)
    till = Till(whole, practice, trading, shelf, register, seed, scale)
    stockroom = Stockroom(practice, trading, shelf, seed)
    purchasing = Purchasing(practice, trading, shelf, seed)
    for month in trading.months():
        if not len(month.days):
            continue
        sales = till.month(month)
        yield sales.transactions
        yield sales.items
        movements, deliveries = stockroom.month(month, sales, till.transaction_ids)
        yield movements
        yield from purchasing.month(month, deliveries)
    yield from purchasing.open_orders()
    manager = Staff(practice, seed).manager_id
    yield product_rows(practice, shelf, stockroom.stock, manager, trading, seed)
    yield Office(practice, trading, register, seed).alerts(shelf, stockroom.stock)
    diary = Diary(practice, trading, register, seed, scale)
    for month in trading.months(AHEAD_DAYS):
        if len(month.days):
            yield diary.month(month)


def _people(
    whole: Cast, practice: Practice, trading: Trading, register: Register, seed: int
) -> Iterator[Batch]:
    """Patients, and what is written about them."""
    lab = Lab(whole, practice, trading, seed)
    room = ConsultingRoom(practice, trading, seed)
    notebook = NoteBook(practice, trading, register, seed)
    claims = Claims(practice, trading, seed)
    cupboard = LensCupboard(practice, trading, seed)
    office = Office(practice, trading, register, seed)
    staff = Staff(practice, seed)
    yield cupboard.stock()
    portal_ids = RowIds(seed, practice.slug, "portal user")
    for first in range(0, register.size, BLOCK):
        number = np.arange(first, min(first + BLOCK, register.size), dtype=np.int64)

        def part(name: str, first: int = first) -> np.random.Generator:
            return stream(seed, practice.slug, name, first)

        folk = people(part("people"), practice, trading, register, number)
        seen = visits(part("visits"), trading, folk)
        yield patient_rows(part("patients"), practice, trading, folk, seen, seed)
        yield portal_users(practice, trading, folk, portal_ids.of(number))
        orders = lab.orders(part("orders"), folk, seen)
        yield from orders.rows
        found = findings(part("findings"), practice, folk, seen)
        notes = write_notes(part("notes"), practice, folk, seen, found, staff)
        exam_ids, prescription_ids, rows = room.exams(part("exams"), folk, seen, found, notes)
        yield from rows
        yield notebook.rows(part("clinical notes"), folk, seen, found, notes)
        if practice.british:
            yield claims.nhs(part("claims"), folk, seen, exam_ids, prescription_ids)
        yield claims.insurance(part("insurance"), folk)
        yield claims.dispenses(part("dispenses"), folk, seen, orders, prescription_ids)
        yield from cupboard.orders(part("lens orders"), folk)
        yield from office.invoices(part("invoices"), folk)
        yield office.surveys(part("surveys"), folk)
