"""Lab orders fit the eyes they are made for and the mix of the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from prentice.demo.practice import Practice, cast

from .frames import TODAY, Rows


@pytest.mark.parametrize("column", ["lens_type", "lens_material", "coating"])
def test_the_mix_is_that_of_the_catalogue(rows: Rows, column: str) -> None:
    shares = dict(rows["orders"][column].value_counts(normalize=True).iter_rows())
    wanted: dict[str, float] = getattr(cast().orders, column)
    assert set(shares) == set(wanted)
    for value, share in wanted.items():
        assert shares[value] == pytest.approx(share, abs=0.05), value


def test_additions_are_ordered_for_those_who_need_them(rows: Rows) -> None:
    orders = rows["orders"]
    near = orders.filter(pl.col("lens_type").is_in(["progressive", "bifocal", "reading"]))
    assert near["od_add"].is_not_null().all()
    assert (
        orders.filter(pl.col("od_add").is_null())["lens_type"].is_in(["single_vision", "occupational"]).all()
    )


def test_an_order_carries_a_prescription_of_its_patient(rows: Rows) -> None:
    shared = ["patient_id", "od_sphere", "os_sphere", "pd"]
    exams = rows["eye_examinations"].select("id", "patient_id")
    known = rows["prescriptions"].select(shared).unique()
    missing = rows["orders"].join(known, on=shared, how="anti")
    # Three exams in a hundred were finalized without a prescription on file.
    assert len(missing) < 0.05 * len(rows["orders"])
    assert rows["orders"].join(exams, on="patient_id", how="anti").is_empty()


def test_recent_orders_are_open_and_old_ones_done(rows: Rows) -> None:
    orders = rows["orders"]
    open_now = orders.filter(~pl.col("status").is_in(["completed", "cancelled"]))
    assert {"pending", "in_production", "quality_check", "shipped", "on_hold"} == set(open_now["status"])
    assert open_now.select((pl.col("order_date") > pl.datetime(2026, 9, 25)).mean()).item() > 0.7
    late = open_now.filter(pl.col("due_date") < pl.datetime(2026, 10, 31))
    assert len(late) >= 4
    assert 0.02 < (orders["status"] == "cancelled").mean() < 0.045
    done = orders.filter(pl.col("status") == "completed")
    assert done.filter(pl.col("completed_at").is_null()).is_empty()
    assert done.filter(pl.col("completed_at") <= pl.col("order_date")).is_empty()
    assert done["completed_at"].max() < datetime(2026, 11, 1)
    assert 0.08 < done.select((pl.col("completed_at") > pl.col("due_date")).mean()).item() < 0.22
    assert orders.filter(pl.col("status") != "completed", pl.col("completed_at").is_not_null()).is_empty()
    assert orders["due_date"].is_null().any()
    assert 5 < len(orders.filter(pl.col("deleted_at").is_not_null())) < 100


def test_some_orders_come_back_twice_and_some_in_both_ways(rows: Rows) -> None:
    returns, non_adapts = rows["returns"], rows["non_adapts"]
    assert set(returns["return_type"]) == set(cast().orders.return_types)
    assert set(non_adapts["resolution_type"].drop_nulls()) == set(cast().orders.non_adapt_resolutions)
    assert non_adapts["resolution_type"].is_null().any()
    assert not returns.group_by("order_id").len().filter(pl.col("len") == 2).is_empty()
    assert not returns.join(non_adapts, on="order_id", how="semi").is_empty()
    assert non_adapts["order_id"].n_unique() == len(non_adapts)


def test_appointments_keep_opening_hours_on_the_practices_own_clock(rows: Rows, practice: Practice) -> None:
    booked = rows["appointments"].filter(pl.col("company_id") == practice.company_id)
    zone = ZoneInfo(practice.timezone)
    for text in booked["start_time"].unique().sample(2000, seed=1):
        local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S+00").replace(tzinfo=UTC).astimezone(zone)
        assert local.isoweekday() != 7
        assert (9, 0) <= (local.hour, local.minute) <= (17, 0)
        assert local.minute in (0, 30)


def test_appointments_have_shares_and_a_future(rows: Rows) -> None:
    booked = rows["appointments"].with_columns(
        pl.col("start_time").str.slice(0, 10).str.to_date().alias("day")
    )
    past = booked.filter(pl.col("day") < TODAY)["appointment_status"]
    assert 0.055 < (past == "no_show").mean() < 0.085
    assert 0.045 < (past == "cancelled").mean() < 0.075
    coming = booked.filter(pl.col("day") > TODAY)
    assert set(coming["appointment_status"]) == {"scheduled", "confirmed", "cancelled", "rescheduled"}
    assert len(coming) > 150
    assert coming["day"].max().toordinal() - TODAY.toordinal() > 30  # type: ignore[union-attr, operator]
    users = rows["users"]["id"]
    assert booked["patient_id"].drop_nulls().is_in(users.implode()).all()
