"""Which metric a question means, where it names one, several or none."""

from __future__ import annotations

from dataclasses import dataclass, field

from prentice.planner.patients import of_patients
from prentice.planner.restrict import Problem
from prentice.planner.slots import Slots, Subject, Threshold, ValueSlot
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Condition, Filter, Order

LISTS = {"low_stock_items": "low", "out_of_stock_items": "out", "dead_stock_items": "dead"}
_LISTED = {"low": "low_stock_items", "out": "out_of_stock_items", "dead": "dead_stock_items"}
# "what percentage of appointments were no-shows": the count and a word of share mean the rate.
RATE_OF = {
    "discount_amount": "discount_rate", "gross_margin": "gross_margin_rate", "refunds": "refund_rate",
    "remade_orders": "remake_rate", "non_adapt_orders": "non_adapt_rate", "no_shows": "no_show_rate",
    "progressive_orders": "progressive_order_share",
    "cancelled_appointments": "cancellation_rate", "refund_amount": "refund_rate",
    "progressive_patients": "progressive_share", "single_vision_patients": "single_vision_share",
    "bifocal_patients": "bifocal_share", "contact_lens_wearers": "contact_lens_share",
    "myopic_patients": "myopia_share", "highly_myopic_patients": "high_myopia_share",
    "hyperopic_patients": "hyperopia_share", "astigmatic_patients": "astigmatism_share",
    "presbyopic_patients": "presbyopia_share", "recall_overdue_patients": "recall_overdue_share",
    "nhs_exempt_patients": "nhs_exempt_share",
}  # fmt: skip
DEFAULT_METRIC = {
    "sales": "revenue", "orders": "orders", "appointments": "appointments", "stock": "stock_on_hand",
    "purchasing": "purchase_spend", "patients": "patients",
}  # fmt: skip
_DURATION = {
    "orders": "average_turnaround_days",
    "completed_orders": "average_turnaround_days",
    "purchase_orders": "average_lead_time_days",
    "stock_on_hand": "days_of_stock",
}
_WORTH = {
    "refunds": "refund_amount", "purchase_orders": "purchase_spend", "transactions": "revenue",
    "units_sold": "revenue", "dead_stock_items": "dead_stock_value", "stock_on_hand": "stock_value",
}  # fmt: skip
_PER_DAY = {"revenue": "revenue_per_trading_day", "transactions": "transactions_per_trading_day"}
_IN_STOCK = Condition(field="stock_quantity", op=">", value=0)
_TYPE_OF = {"appointments": "appointment_type", "orders": "lens_type"}
_OVERVIEW = ("revenue", "transactions", "units_sold", "average_transaction_value")


@dataclass(frozen=True)
class Choice:
    slots: Slots  # as changed by the choice (a filter that became a metric, say)
    subject: Subject
    metrics: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    shareable: bool = True
    order: tuple[Order, ...] | None = None
    having: tuple[Filter, ...] = ()
    filters: tuple[Filter, ...] = field(default=())


def choose_metrics(slots: Slots, catalogue: Catalogue) -> Choice | Problem:
    """The metrics, and what else follows from them. A Problem where it names none and hints at none."""
    if slots.by_type:
        name = _TYPE_OF.get(slots.subject or "", "product_type")
        slots = slots.with_(dimensions=tuple(dict.fromkeys((*slots.dimensions, name))), by_type=False)
    if (listed := _listing(slots, catalogue)) is not None:
        return listed
    if slots.listing in ("dead", "out") and not set(slots.metrics) & {
        "dead_stock_items",
        "out_of_stock_items",
    }:
        return Problem("ask", "list_of_what", "I do not know what to tell of those products.")
    metrics = slots.metrics
    assumed: tuple[str, ...] = ()
    if metrics == ("units_sold",) and slots.stocked and not slots.sold:
        metrics = ("stock_on_hand",)
    if slots.rate and metrics and metrics[0] in RATE_OF:
        metrics = (RATE_OF[metrics[0]], *metrics[1:])
    if slots.duration and set(metrics) <= set(_DURATION):
        metrics = tuple(_DURATION[m] for m in metrics) or metrics
    if metrics == ("refunds",) and slots.money and not slots.counted:
        metrics = ("refund_amount",)
    if metrics == ("stock_on_hand",) and slots.money:
        metrics = ("stock_value",)
    if not metrics and slots.coated and slots.share_at is not None:
        metrics = ("orders",)
    if not metrics:
        if slots.overview and slots.subject in (None, "sales") and slots.rank is None:
            return Choice(slots, "sales", _OVERVIEW, ("overview",), shareable=False)
        named = _unnamed(slots)
        if named is None:
            return Problem("ask", "what_to_count", "I do not know what to count.")
        metrics, assumed = named
        if slots.duration and metrics[0] in _DURATION:
            metrics = (_DURATION[metrics[0]],)
    metrics = _of_sales(slots, metrics)
    if slots.counted and slots.active and metrics == ("stock_on_hand",):
        metrics = ("active_products",)  # "how many active frames do we carry"
    if slots.sums:
        counted = [m for m in metrics if m in _WORTH]
        if not counted:
            return Problem("ask", "sums_of_what", "I hold no amount of money for that.")
        metrics = tuple(dict.fromkeys((*metrics, *(_WORTH[m] for m in counted))))
    subject: Subject = catalogue.metrics[metrics[0]].model  # type: ignore[assignment]
    if subject == "orders" and slots.overview and "status" in slots.dimensions and "orders" not in metrics:
        metrics = ("orders", *metrics)
    if slots.share_at is not None and len(metrics) <= 2:
        rates = [RATE_OF[m] for m in metrics if m in RATE_OF]
        if rates:
            metrics = (rates[0],)
    slots, metrics = _by_status(slots, metrics, subject)
    if subject == "patients":
        slots, metrics = of_patients(slots, metrics)
    statuses = [v for v in slots.values if v.dimension == "status" and _plain(v.value) != "completed"]
    if metrics[0] == "average_turnaround_days" and statuses:
        return Problem(
            "ask", "turnaround_of_what", "I know how long orders took, not how long they stayed so."
        )
    if slots.share_at is not None and metrics[:1] in (("cancelled_orders",), ("completed_orders",)):
        slots, metrics = _part_of_orders(slots, metrics[0].removesuffix("_orders"))
    filters: tuple[Filter, ...] = (Condition(field="late", op="=", value=True),) if slots.late else ()
    slots, metrics = _progressives(slots, metrics)
    ratio = catalogue.metrics[metrics[0]].unit == "ratio" or not catalogue.metrics[metrics[0]].additive
    return Choice(
        slots.with_(subject=subject), subject, metrics, assumed, shareable=not ratio, filters=filters
    )


def _of_sales(slots: Slots, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """ "Sales" is money, but their number where it is counted or where what is busiest is asked."""
    visited = slots.rank is not None and slots.rank.by_visits
    counted = (slots.counted and not slots.money) or slots.most_sales
    if metrics == ("revenue",) and slots.sales_noun and (visited or counted):
        return ("transactions",)
    if metrics == ("average_transaction_value",) and slots.counted and slots.of_items:
        return ("items_per_transaction",)  # "how many items go into a typical sale"
    if metrics == ("purchase_orders",) and slots.spent:
        return ("purchase_spend",)
    by_day = "weekday" in slots.dimensions or any(v.dimension == "weekday" for v in slots.values)
    if slots.averaged and by_day and len(metrics) == 1:
        return (_PER_DAY.get(metrics[0], metrics[0]),)
    return metrics


def _unnamed(slots: Slots) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The metric that verbs, values and ranking words point to."""
    subject = slots.subject
    bound = next((t.unit for t in slots.thresholds if t.unit), None)
    if slots.who and slots.rank is not None and slots.rank.judged and not (slots.sold or slots.money):
        return None  # "who is the best?"
    if subject == "sales" or (subject is None and slots.sold):
        if slots.rank is not None and slots.rank.by_units:
            return ("revenue" if slots.money else "units_sold",), ()
        if slots.rank is not None and slots.rank.by_visits:
            return ("transactions",), ()
        if bound == "currency" and (slots.money or _grouped_by_other_than_products(slots)):
            return ("revenue",), ()
        if bound == "currency":
            return None  # "frames over £200": their price, or what they took?
        if bound == "transactions":
            return ("transactions",), ()
        if slots.rank is not None and not slots.counted and not (slots.sold and bound):
            return ("revenue",), (() if not slots.sold else ("metric",))
        named_only = bool(slots.values) and not slots.times and not slots.dimensions and slots.grain is None
        typed = any(v.dimension in ("product_type", "category") for v in slots.values)
        if slots.counted and named_only and not slots.sold and not typed and bound is None:
            return None  # "how many Nordhaven": sold, or in stock?
        if slots.counted and slots.sales_noun and not slots.money:
            return ("transactions",), ()  # "cash sales: how many?"
        if (slots.counted or slots.sold or bound == "units") and not slots.money:
            return ("units_sold",), ()
        if slots.money:
            return ("revenue",), ()
        if slots.rank is None and not (
            slots.target or slots.thresholds or slots.sales_noun or (slots.compare and slots.growth)
        ):
            return None  # "compare Callum and Siobhan": their takings, or their sales?
        if (
            slots.values
            or slots.dimensions
            or slots.target
            or slots.times
            or slots.trend
            or slots.compare
            or slots.grain
        ):
            return ("revenue",), ("metric",)
        return None
    if subject is None:
        if bound == "currency" and _grouped_by_other_than_products(slots):
            return ("revenue",), ("metric",)
        if slots.rank is not None and slots.rank.by_visits:
            return ("transactions",), ("metric",)
        if slots.money or (slots.rank is not None and (slots.target or slots.grain)):
            return ("revenue",), ("metric",)
        return (("revenue",), ("metric",)) if slots.compare and slots.growth else None
    if (
        subject == "stock"
        and slots.counted
        and slots.target is None
        and not slots.values
        and not slots.stocked
    ):
        return ("active_products",), ()
    return (DEFAULT_METRIC[subject],), ()


def _grouped_by_other_than_products(slots: Slots) -> bool:
    """Brands and months have no price, so that a bound in money on them is one on what they took."""
    groups = {*slots.dimensions, slots.target, slots.grain} - {None}
    return bool(groups) and not groups & {"product", "model", "sku"}


def _listing(slots: Slots, catalogue: Catalogue) -> Choice | None:
    """Lists of products: low in stock, out of stock, dead, unsold."""
    named = [kind for kind, metric in _LISTED.items() if metric in slots.metrics]
    kind = slots.listing or (named[0] if named else None)
    worth = {"stock_value", "dead_stock_value"} if kind == "dead" else set()
    others = [
        m
        for m in slots.metrics
        if m not in _LISTED.values()
        and m not in worth
        and m not in ("stock_on_hand", "units_sold", "active_products")
    ]
    slots = slots.with_(counted=slots.counted or "active_products" in slots.metrics)
    if kind == "dead" and slots.counted and worth & set(slots.metrics) and not others:
        return Choice(slots.with_(listing=None), "stock", ("dead_stock_items", "dead_stock_value"))
    if (
        kind == "dead"
        and (slots.money or worth & set(slots.metrics))
        and not others
        and not slots.times
        and not _lists_products(slots)
    ):
        return Choice(
            slots.with_(listing=None, target=None if slots.target == "product" else slots.target),
            "stock",
            ("dead_stock_value",),
        )
    if kind == "unsold" or (kind == "dead" and slots.times and not others):
        if others and others != ["units_sold"]:
            return None
        target = slots.target or (slots.dimensions[0] if slots.dimensions else "product")
        changed = slots.with_(
            target=target,
            dimensions=(),
            rank=None,
            listing="unsold",
            subject="sales",
            metrics=("units_sold",),
        )
        return Choice(
            changed,
            "sales",
            ("units_sold",),
            shareable=False,
            having=(Condition(field="units_sold", op="=", value=0),),
        )
    by_group = any(d != "product" for d in slots.dimensions)
    if kind is None and (slots.stocked or slots.subject == "stock") and slots.thresholds and not others:
        if by_group and not slots.counted:
            return None  # a bound on each group's stock
        kind = "low"
    if kind is None or others:
        return None
    if slots.counted or (slots.dimensions and slots.dimensions != ("product",)) or slots.grain:
        if kind == "low" and slots.thresholds:
            bound = slots.thresholds[0]
            filters = (Condition(field="stock_quantity", op=bound.op, value=_value(bound)),)
            return Choice(
                slots.with_(thresholds=(), listing=None), "stock", ("active_products",), filters=filters
            )
        beside = tuple(m for m in slots.metrics if m == "stock_on_hand" and _LISTED[kind] in slots.metrics)
        return Choice(slots.with_(listing=None), "stock", (*beside, _LISTED[kind]))
    return _list_products(slots, kind)


def _lists_products(slots: Slots) -> bool:
    return slots.listed or "product" in (slots.target, *slots.dimensions)


def _value(bound: Threshold) -> float | tuple[float, ...]:
    return bound.value if bound.upper is None else (bound.value, bound.upper)


def _list_products(slots: Slots, kind: str) -> Choice:
    target = slots.target if slots.target not in (None, "product_type") else "product"
    changed = slots.with_(target=target, dimensions=(), thresholds=(), rank=None, listing=None)
    if kind == "low" and slots.thresholds:
        bound = slots.thresholds[0]
        where: tuple[Filter, ...] = (Condition(field="stock_quantity", op=bound.op, value=_value(bound)),)
        if slots.in_stock_only:
            where = (*where, _IN_STOCK)
        if target != "product":  # "brands with more than 50 units": a bound on each brand's sum
            having = (Condition(field="stock_on_hand", op=bound.op, value=_value(bound)),)
            return Choice(changed, "stock", ("stock_on_hand",), shareable=False, having=having)
        return Choice(
            changed,
            "stock",
            ("stock_on_hand",),
            shareable=False,
            filters=where,
            order=(Order(by="stock_on_hand", descending=False),),
        )
    field_ = {"low": "low_stock", "out": "out_of_stock", "dead": "dead_stock"}[kind]
    where = (Condition(field=field_, op="=", value=True),)
    if kind == "low":
        order = (Order(by="stock_to_threshold", descending=False),)
        if slots.in_stock_only:
            where = (*where, _IN_STOCK)
        return Choice(
            changed,
            "stock",
            ("stock_on_hand", "low_stock_threshold", "stock_to_threshold"),
            shareable=False,
            filters=where,
            order=order,
        )
    metrics = ("stock_on_hand", "dead_stock_value") if kind == "dead" else ("stock_on_hand",)
    return Choice(
        changed,
        "stock",
        metrics,
        shareable=False,
        filters=where,
        order=(Order(by=metrics[-1], descending=True),),
    )


def _plain(value: str) -> str:
    return value.casefold().replace("_", " ").replace("-", " ")


def _by_status(slots: Slots, metrics: tuple[str, ...], subject: Subject) -> tuple[Slots, tuple[str, ...]]:
    """An exam that is not yet, or not, completed is an appointment of that type."""
    statuses = [v for v in slots.values if v.dimension == "status" and not v.negated]
    ahead = any(t.role == "future" for t in slots.times) or slots.due
    other = [v for v in statuses if _plain(v.value) != "completed"]
    kinds = [v for v in slots.values if v.dimension == "appointment_type"]
    if metrics == ("eye_exams",) and kinds and not (ahead or other):
        return slots, ("completed_appointments",)  # "and contact lens fittings?", after eye exams
    if metrics == ("eye_exams",) and (ahead or other):
        exam = ValueSlot("appointment_type", "eye_examination", ("appointments",), words="eye exams")
        return slots.with_(values=(*slots.values, exam)), ("appointments",)
    if metrics == ("eye_exams",) and statuses:
        return slots.with_(values=tuple(v for v in slots.values if v.dimension != "status")), metrics
    return slots, metrics


def _part_of_orders(slots: Slots, status: str) -> tuple[Slots, tuple[str, ...]]:
    """ "Cancelled orders as a share of all orders": that status among the orders."""
    part = ValueSlot("status", status, ("orders",), words=status, at=-1)
    return slots.with_(values=(*slots.values, part)), ("orders",)


def _progressives(slots: Slots, metrics: tuple[str, ...]) -> tuple[Slots, tuple[str, ...]]:
    """A share of orders that are progressive has a metric of its own; so has one that is coated."""
    if slots.share_at is None or metrics != ("orders",):
        return slots, metrics
    lens = [v for v in slots.values if v.dimension == "lens_type" and not v.negated]
    grouped = bool(slots.dimensions or slots.target)
    if (
        len(lens) == 1
        and (not grouped or (lens[0].at == slots.part_at and "lens_type" not in slots.dimensions))
        and _plain(lens[0].value) == "progressive"
    ):
        return slots.with_(values=tuple(v for v in slots.values if v not in lens)), (
            "progressive_order_share",
        )
    if slots.coated and not lens:
        coats = tuple(v for v in slots.values if v.dimension != "coating" or v.value != "")
        groups = tuple(d for d in slots.dimensions if d != "coating")
        return slots.with_(dimensions=groups, values=coats), ("coating_attach_rate",)
    coat = [v for v in slots.values if v.dimension == "coating" and v.value == "" and v.negated]
    if coat:
        return slots.with_(values=tuple(v for v in slots.values if v not in coat)), ("coating_attach_rate",)
    return slots, metrics
