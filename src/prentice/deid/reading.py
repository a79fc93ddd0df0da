"""The SELECTs that read a practice's source: persons, their years, their orders, their notes.

Every column that is read here has a rule other than `drop` in the policy (a test holds that). A table or
column that a practice does not have, or that its own policy drops, reads as NULL, and the facts that it
would give are absent. What is dated after today has not happened, or is a slip of the pen. Statements take
`company`, `first_day`, `today`, `tomorrow`, `zone`, and `ids` where only some persons are read.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from prentice.deid.columns import Columns, quoted


class Reading(Columns):
    """The statements of one practice. `ids` = True reads only the persons of the parameter `ids`."""

    def persons(self) -> str:
        """One row a person not deleted; columns as in `transform.PERSONS_IN`."""
        return f"""
{self._with(False, owners=True)}
select p.id::text as id, {self.text("p", "patients", "date_of_birth")} as born,
  {self.text("p", "patients", "country")} as country,
  {", ".join(f"{part} as {name}" for name, part in self._address().items())},
  {self.flag("p", "patients", "contact_lens_wearer")} as contact_lens_wearer,
  {self.flag("p", "patients", "nhs_exemption")} as nhs_exempt,
  {self._overdue()} as recall_overdue,
  {self._prescribed()},
  {self._print()} as print
from {self.table("patients")} p {self._latest_prescription()} {" ".join(self._prints())}
where {self.counts("p", "patients")}
"""

    def years(self, ids: bool) -> str:
        """One row a person and year in which anything happened: id, year, active, orders, spend."""
        nothing = _nothing("id text, year int, active bool, orders int, spend numeric")
        return f"""
{self._with(ids, owners=False)},
happened as ({" union all ".join(self._happened()) or nothing})
select h.id, h.year, bool_or(h.active) as active, sum(h.orders)::int as orders,
  coalesce(sum(h.spend), 0)::numeric(16, 2) as spend
from happened h group by h.id, h.year
"""

    def orders(self, ids: bool) -> str:
        """One row a person, year and kind of lens: id, year, lens_type, lens_material, coating, orders."""
        if not self.source.has("orders", "patient_id", "order_date"):
            return _nothing("id text, year int, lens_type text, lens_material text, coating text, orders int")
        kinds = ("lens_type", "lens_material", "coating")
        return f"""
{self._with(ids, owners=False)}
select o.patient_id::text as id, {self.year("o", "orders", "order_date")} as year,
  {", ".join(f"{self.text('o', 'orders', kind)} as {kind}" for kind in kinds)}, count(*)::int as orders
from {self.table("orders")} o join live p on p.id = o.patient_id::text
where {self.counts("o", "orders")} and {self.happened("o", "orders", "order_date")}
group by 1, 2, 3, 4, 5
"""

    def notes(self, ids: bool) -> str:
        """One row a note: id, year, text."""
        parts = [f"select id, year, text from ({part}) part where text <> ''" for part in self._notes()]
        return f"{self._with(ids, owners=True)}\n" + (
            "\nunion all\n".join(parts) or _nothing("id text, year int, text text")
        )

    def kinds(self, table: str, column: str) -> str:
        """The distinct values of a text column."""
        return (
            f"select distinct t.{quoted(column)}::text from {self.table(table)} t "
            f"where {self.counts('t', table)} and t.{quoted(column)} is not null"
        )

    def names(self) -> str | None:
        """Whether one of the parameter `values` (lower case) is some patient's whole name; None where none is
        kept."""
        if not self.source.has("patients", "name"):
            return None
        where = f"{self.counts('p', 'patients')} and lower(p.name) = any(%(values)s)"
        return f"select exists (select from {self.table('patients')} p where {where})"

    def _with(self, ids: bool, *, owners: bool) -> str:
        """`live`: the persons that are read; `owner`: whose each clinical note is.

        The host's notes name a user of the portal, not a patient: the patient is then the one with the same
        mail address, where there is exactly one. That is settled among everybody, also where only some are
        read.
        """
        patients, kept = self.table("patients"), self.counts("p", "patients")
        some = " and p.id::text = any(%(ids)s)" if ids else ""
        said = [f"live as not materialized (select p.id::text as id from {patients} p where {kept}{some})"]
        if owners and self.source.has("clinical_notes", "patient_id", "note_date"):
            said.append(
                "written as (select distinct x.patient_id::text as said "
                f"from {self.table('clinical_notes')} x where {self.counts('x', 'clinical_notes')})"
            )
            direct = (
                f"select w.said, p.id::text as id from written w join {patients} p on p.id::text = w.said "
                f"where {kept}"
            )
            by_mail = ""
            if self.source.has("users", "id", "email") and self.source.has("patients", "email"):
                by_mail = f"""
  union all select w.said, min(p.id::text) from written w join {self.table("users")} u on u.id::text = w.said
    join {patients} p on lower(p.email) = lower(u.email) and p.email <> ''
    where {kept} and {self.counts("u", "users")} and not exists (select from named n where n.said = w.said)
    group by w.said having count(*) = 1"""
            said += [f"named as ({direct})", f"owner as (select said, id from named{by_mail})"]
        return "with " + ", ".join(said)

    def _overdue(self) -> str:
        if not self.source.has("patients", "next_examination_due"):
            return "false"
        return f"coalesce({self.day('p', 'patients', 'next_examination_due')} < %(today)s, false)"

    def _address(self) -> dict[str, str]:
        """State and country of an address that is an object (or a list that begins with one); else its
        words."""
        null = dict.fromkeys(("address_country", "address_state", "address_text"), "null::text")
        if not self.source.has("patients", "full_address"):
            return null
        if self.source.tables["patients"]["full_address"].family != "json":
            return {**null, "address_text": "p.full_address::text"}
        whole = "p.full_address::jsonb"
        first = f"(case jsonb_typeof({whole}) when 'array' then {whole} -> 0 else {whole} end)"

        def part(*keys: str) -> str:
            found = ", ".join(f"nullif(btrim({first} ->> '{key}'), '')" for key in keys)
            return f"case jsonb_typeof({first}) when 'object' then coalesce({found}) end"

        words = f"case jsonb_typeof({first}) when 'string' then {whole} #>> '{{}}' end"
        return {
            "address_country": part("country", "Country", "countryCode", "country_code"),
            "address_state": part("state", "State", "stateCode", "state_code", "region", "province"),
            "address_text": words,
        }

    def _prescribed(self) -> str:
        eyes = ("od_sphere", "od_cylinder", "od_add", "os_sphere", "os_cylinder", "os_add")
        if not self.source.has("prescriptions", "patient_id"):
            return "false as has_prescription, " + ", ".join(f"null::float8 as {eye}" for eye in eyes)
        return "rx.id is not null as has_prescription, " + ", ".join(f"rx.{eye}" for eye in eyes)

    def _latest_prescription(self) -> str:
        if not self.source.has("prescriptions", "patient_id"):
            return ""
        order = [
            f"r.{column} desc nulls last"
            for column in ("issue_date", "created_at", "id")
            if self.source.has("prescriptions", column)
        ]
        eyes = ("od_sphere", "od_cylinder", "od_add", "os_sphere", "os_cylinder", "os_add")
        columns = ", ".join(f"{self.dioptres('r', 'prescriptions', eye)}::float8 as {eye}" for eye in eyes)
        return f"""
left join (select distinct on (r.patient_id) r.patient_id::text as id, {columns}
  from {self.table("prescriptions")} r where {self.counts("r", "prescriptions")}
  order by {", ".join(["r.patient_id", *order])}) rx on rx.id = p.id::text"""

    def _happened(self) -> list[str]:
        """What makes a year of a person: orders, sales, exams, prescriptions, up to today. (And notes:
        `transform.noted`.)"""
        said = []
        person = "join live p on p.id = x.patient_id::text"
        if self.source.has("orders", "patient_id", "order_date"):
            said.append(f"""
select p.id, {self.year("x", "orders", "order_date")} as year, true as active, 1 as orders,
  0::numeric as spend
from {self.table("orders")} x {person} where {self.counts("x", "orders")}
  and {self.happened("x", "orders", "order_date")}""")
        if self.source.has(
            "pos_transactions", "patient_id", "transaction_date", "payment_status", "total_amount"
        ):
            sale = "(lower(x.payment_status::text) = 'completed')"
            tax = f"coalesce({self.number('x', 'pos_transactions', 'tax_amount')}, 0)"
            net = f"{self.number('x', 'pos_transactions', 'total_amount')} - {tax}"
            said.append(f"""
select p.id, {self.year("x", "pos_transactions", "transaction_date")}, coalesce({sale}, false), 0,
  case when {sale} then {net} else 0 end
from {self.table("pos_transactions")} x {person} where {self.counts("x", "pos_transactions")}
  and {self.happened("x", "pos_transactions", "transaction_date")}""")
        if self.source.has("eye_examinations", "patient_id", "examination_date"):
            said.append(f"""
select p.id, {self.year("x", "eye_examinations", "examination_date")}, {self._finalized()}, 0, 0
from {self.table("eye_examinations")} x {person} where {self.counts("x", "eye_examinations")}
  and {self.happened("x", "eye_examinations", "examination_date")}""")
        if self.source.has("prescriptions", "patient_id", "issue_date"):
            said.append(f"""
select p.id, {self.year("x", "prescriptions", "issue_date")}, false, 0, 0
from {self.table("prescriptions")} x {person} where {self.counts("x", "prescriptions")}
  and {self.happened("x", "prescriptions", "issue_date")}""")
        return said

    def _finalized(self) -> str:
        said = []
        if self.source.has("eye_examinations", "finalized"):
            said.append(self.flag("x", "eye_examinations", "finalized"))
        if self.source.has("eye_examinations", "status"):
            said.append("lower(x.status::text) = 'finalized'")
        return f"coalesce({', '.join([*said, 'false'])})"

    def _notes(self) -> list[str]:
        """Notes of exams and prescriptions, and clinical notes: each gives id, year, text."""
        said = []
        for table, moment, column in (
            ("eye_examinations", "examination_date", "notes"),
            ("prescriptions", "issue_date", "ocular_health_notes"),
        ):
            if self.source.has(table, "patient_id", moment, column):
                said.append(f"""
select p.id, {self.year("x", table, moment)} as year, x.{column}::text as text
from {self.table(table)} x join live p on p.id = x.patient_id::text
where {self.counts("x", table)} and x.{column} is not null and {self.happened("x", table, moment)}""")
        if self.source.has("clinical_notes", "patient_id", "note_date"):
            said.append(f"""
select p.id, {self.year("x", "clinical_notes", "note_date")} as year, {self._note_text()} as text
from {self.table("clinical_notes")} x join owner on owner.said = x.patient_id::text
join live p on p.id = owner.id
where {self.counts("x", "clinical_notes")} and {self.happened("x", "clinical_notes", "note_date")}""")
        return said

    def _note_text(self) -> str:
        """The whole note, and the parts of it that are not in it already."""
        content = self.text("x", "clinical_notes", "content")
        parts = [
            f"case when position(x.{part} in coalesce({content}, '')) = 0 then x.{part} end"
            for part in ("subjective", "objective", "assessment", "plan")
            if self.source.has("clinical_notes", part)
        ]
        return f"concat_ws(E'\\n', {', '.join([content, *parts])})"

    def _print(self) -> str:
        """One number of all that makes a person's years: how many rows of each table, and what they hold."""
        parts = ", ".join(f"coalesce({name}.n, 0), coalesce({name}.h, 0)" for name in self._printed())
        return f"hashtextextended(concat_ws(',', {parts or '0'}), 0)"

    def _prints(self) -> list[str]:
        """The joins that give `_print` its numbers: `n` and `h` of each table."""
        return [
            f"left join (select id, count(*) as n, bit_xor(h) as h from ({rows}) r group by id) {name} "
            f"on {name}.id = p.id::text"
            for name, rows in self._printed().items()
        ]

    def _printed(self) -> dict[str, str]:
        said = {}
        read = {
            "orders": ("order_date", "lens_type", "lens_material", "coating"),
            "pos_transactions": ("transaction_date", "payment_status", "total_amount", "tax_amount"),
            "eye_examinations": ("examination_date", "finalized", "status", "notes"),
            "prescriptions": ("issue_date", "ocular_health_notes"),
        }
        for table, columns in read.items():
            if not self.source.has(table, "patient_id", columns[0]):
                continue
            held = ", ".join(f"x.{column}" for column in ("id", *columns) if self.source.has(table, column))
            said[f"of_{table}"] = (
                f"select x.patient_id::text as id, hashtextextended(row({held})::text, 0) as h "
                f"from {self.table(table)} x where {self.counts('x', table)} "
                f"and {self.happened('x', table, columns[0])}"
            )
        if self.source.has("clinical_notes", "patient_id", "note_date"):
            held = ", ".join(
                f"x.{column}"
                for column in ("id", "note_date", "content", "subjective", "objective", "assessment", "plan")
                if self.source.has("clinical_notes", column)
            )
            said["of_clinical_notes"] = (
                f"select owner.id, hashtextextended(row({held})::text, 0) as h "
                f"from {self.table('clinical_notes')} x join owner on owner.said = x.patient_id::text "
                f"where {self.counts('x', 'clinical_notes')} "
                f"and {self.happened('x', 'clinical_notes', 'note_date')}"
            )
        return said


def parameters(company_id: str, today: date, zone: str, ids: list[str] | None = None) -> dict[str, Any]:
    """What the statements take."""
    return {
        "company": company_id,
        "today": today,
        "tomorrow": today + timedelta(days=1),
        # Who did something in an earlier year is over 89 now: 164.514(b)(2)(i)(C) lets no such year stand.
        "first_day": date(today.year - 89, 1, 1),
        "zone": zone,
        "ids": ids,
    }


def _nothing(columns: str) -> str:
    return (
        "select "
        + ", ".join(
            f"null::{kind} as {name}" for name, kind in (column.split() for column in columns.split(", "))
        )
        + " where false"
    )
