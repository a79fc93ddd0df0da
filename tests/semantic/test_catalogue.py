"""The models hold what KPIS.md defines, in words that mean one thing each."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from prentice.errors import BadConfiguration, Forbidden
from prentice.semantic.authorise import authorise
from prentice.semantic.files import ModelEntry
from prentice.semantic.load import build_catalogue
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query

DEFINED = [
    "revenue",
    "gross_revenue",
    "units_sold",
    "transactions",
    "average_transaction_value",
    "items_per_transaction",
    "discount_amount",
    "discount_rate",
    "cost_of_goods",
    "gross_margin",
    "gross_margin_rate",
    "tax_collected",
    "refunds",
    "refund_amount",
    "refund_rate",
    "multiple_pair_rate",
    "revenue_share",
    "units_share",
    "stock_on_hand",
    "stock_value",
    "retail_stock_value",
    "low_stock_items",
    "out_of_stock_items",
    "active_products",
    "dead_stock_items",
    "dead_stock_value",
    "days_of_stock",
    "stock_turns",
    "sell_through_rate",
    "units_received",
    "units_damaged",
    "units_adjusted",
    "orders",
    "open_orders",
    "completed_orders",
    "cancelled_orders",
    "average_turnaround_days",
    "late_orders",
    "on_time_rate",
    "remake_rate",
    "non_adapt_rate",
    "coating_attach_rate",
    "progressive_order_share",
    "appointments",
    "no_show_rate",
    "cancellation_rate",
    "eye_exams",
    "completed_appointments",
    "purchase_spend",
    "purchase_orders",
    "average_lead_time_days",
    "patients",
    "active_patients",
    "progressive_share",
    "single_vision_share",
    "bifocal_share",
    "contact_lens_share",
    "average_sphere",
    "myopia_share",
    "high_myopia_share",
    "hyperopia_share",
    "astigmatism_share",
    "presbyopia_share",
    "spend_per_patient",
    "orders_per_patient",
    "recall_overdue_share",
    "nhs_exempt_share",
    "patients_with_finding",
]


def test_every_metric_is_there_with_its_definition(catalogue: Catalogue) -> None:
    for name in DEFINED:
        metric = catalogue.metric(name)
        assert not metric.hidden
        assert metric.description.endswith(".")
        assert metric.synonyms
    assert {m.name for m in catalogue.visible_to("owner", frozenset({"patients"}))} >= set(DEFINED)


def test_every_dimension_is_there(catalogue: Catalogue) -> None:
    expected = {
        "revenue": "product brand model sku product_type category staff payment_method weekday hour",
        "stock_on_hand": "product brand model sku product_type category stock_quantity "
        "low_stock_threshold low_stock out_of_stock dead_stock",
        "orders": "lens_type lens_material coating frame_type status prescriber weekday",
        "appointments": "appointment_type status practitioner weekday hour",
        "purchase_spend": "supplier status",
        "patients": "age_group country us_state lens_type lens_material coating refractive_group "
        "contact_lens_wearer finding",
    }
    for metric, names in expected.items():
        assert {d.name for d in catalogue.dimensions_of(metric)} >= set(names.split())


def test_status_means_what_its_metric_has(catalogue: Catalogue) -> None:
    labels = [catalogue.dimension("status", m).label for m in ("orders", "appointments", "purchase_orders")]
    assert labels == ["Order status", "Appointment status", "Purchase order status"]
    assert catalogue.dimension("order_status").model == "orders"
    assert catalogue.dimension("staff_member").name == "staff"
    assert catalogue.dimension("type", "appointments").name == "appointment_type"


@pytest.mark.parametrize(
    ("word", "metric"),
    [
        ("takings", "revenue"),
        ("turnover", "revenue"),
        ("ATV", "average_transaction_value"),
        ("gp", "gross_margin"),
        ("DNA rate", "no_show_rate"),
        ("sight tests", "eye_exams"),
        ("remakes", "remade_orders"),
        ("jobs", "orders"),
        ("px", "patients"),
        ("myopes", "myopic_patients"),
        ("nearsighted patients", "myopic_patients"),
        ("varifocal wearers", "progressive_patients"),
        ("average spend per patient", "spend_per_patient"),
    ],
)
def test_trade_words_belong_to_one_metric(catalogue: Catalogue, word: str, metric: str) -> None:
    owners = [m.name for m in catalogue.metrics.values() if word.lower() in [s.lower() for s in m.synonyms]]
    assert owners == [metric]


def test_words_of_values_mean_stored_keys(catalogue: Catalogue) -> None:
    lens, material = catalogue.dimension("lens_type"), catalogue.dimension("lens_material")
    assert lens.meaning("PAL") == ("progressive",)
    assert lens.keys_for("Varifocal") == ("varifocal", "progressive")
    ages = catalogue.dimension("age_group")
    assert ages.meaning("forties") == ages.meaning("40-49") == ("40_49",)
    assert ages.meaning("over 70s") == ("70_79", "80_89", "90+")
    assert material.meaning("hi-index") == ("hi_index_1_60", "hi_index_1_67", "hi_index_1_74")
    assert catalogue.dimension("coating").meaning("MAR") == ("anti_reflective",)
    assert catalogue.dimension("product_type").meaning("specs") == ("frame",)
    assert catalogue.dimension("status", "orders").meaning("unheard of") == ()


def test_costs_and_staff_are_the_owners_and_managers(catalogue: Catalogue) -> None:
    margin = Query(metrics=("gross_margin",))
    by_staff = Query(metrics=("revenue",), dimensions=("staff",))
    filtered = Query.model_validate(
        {"metrics": ["revenue"], "filters": [{"not": {"field": "staff", "value": "Ana"}}]}
    )
    shared = Query(metrics=("units_sold",), shares=("cost_of_goods",))
    for query in (margin, by_staff, filtered, shared):
        for role in ("owner", "manager", "auditor"):
            authorise(query, catalogue, role)
        for role in ("dispenser", "", "Owner"):
            with pytest.raises(Forbidden):
                authorise(query, catalogue, role)
    authorise(Query(metrics=("revenue", "orders"), grain="month"), catalogue, "dispenser")


def test_patients_are_theirs_who_were_given_them(catalogue: Catalogue) -> None:
    given = frozenset({"patients"})
    for metric in (m for m in catalogue.metrics.values() if m.model == "patients"):
        for role in ("owner", "manager", "dispenser", "auditor"):
            authorise(Query(metrics=(metric.name,)), catalogue, role, given)
            assert metric.hidden or metric in catalogue.visible_to(role, given)
            with pytest.raises(Forbidden, match="grant 'patients'"):
                authorise(Query(metrics=(metric.name,)), catalogue, role)
            with pytest.raises(Forbidden, match="grant 'patients'"):
                authorise(Query(metrics=(metric.name,)), catalogue, role, frozenset({"margin"}))
            assert metric not in catalogue.visible_to(role)


def test_a_grant_for_patients_opens_nothing_else(catalogue: Catalogue) -> None:
    with pytest.raises(Forbidden):
        authorise(Query(metrics=("gross_margin",)), catalogue, "dispenser", frozenset({"patients"}))


MODELS = Path(__file__).parents[2] / "src" / "prentice" / "semantic" / "models"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("sales", "SUM(l.quantity)", "SUM(l.quantity", "cannot parse"),
        ("sales", "SUM(l.quantity)", "PG_SLEEP(l.quantity)", "unknown function"),
        ("sales", "SUM(l.quantity)", "l.quantity", "does not aggregate"),
        ("sales", "SUM(l.line_discount)", "SUM(z.line_discount)", "no relation or join is called ['z']"),
        (
            "sales",
            "expr: revenue / transactions",
            "expr: revenue / visitors",
            "unknown measures ['visitors']",
        ),
        (
            "sales",
            "metric: lines_without_cost, of",
            "metric: nothing, of",
            "names unknown metrics ['nothing']",
        ),
        ("orders", "rank_by: orders", "rank_by: jobs", "ranked by the unknown metric 'jobs'"),
        ("orders", "[order count,", "[takings, order count,", "a synonym of two metrics"),
        ("stock", "  stock_on_hand:\n    label", "  revenue:\n    label", "Two metrics are called 'revenue'"),
    ],
)
def test_a_wrong_model_stops_the_start_and_is_named(file: str, old: str, new: str, message: str) -> None:
    entries = []
    for name in ("shared", "sales", "stock", "orders", "appointments", "purchasing"):
        text = (MODELS / f"{name}.yml").read_text("utf-8")
        if name == file:
            assert old in text
            text = text.replace(old, new, 1)
        entries.append(ModelEntry.model_validate(yaml.safe_load(text)))
    with pytest.raises(BadConfiguration) as refused:
        build_catalogue(entries)
    assert message in refused.value.message
