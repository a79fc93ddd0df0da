"""No Query, whatever it asks, lets a row of another practice into an answer.

The two practices share every table. Whatever happens to the rows of `south`, the answers to `north`
stay the same to the last digit, and no word of `south` is ever among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from warehouse.hosts import TODAY, House, fill, open_house

from prentice.embedded import Servers
from prentice.errors import BadQuery
from prentice.semantic.compile import compile_query
from prentice.semantic.defaults import with_defaults
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Query

CATALOGUE = Catalogue.load()
MODELS = {
    model: sorted(metric.name for metric in CATALOGUE.metrics.values() if metric.model == model)
    for model in CATALOGUE.models
    if model != "patients"  # those stand in a database of each practice's own
}
DIMENSIONS = sorted({dimension.name for dimension in CATALOGUE.dimensions})
WORDS = [
    "south Brand",
    "north Brand",
    "Frame One",
    "Ann south",
    "Ann north",
    "completed",
    "south",
    "north",
    "x",
]

# What south does between one look of north's and the next. Its items, appointments and purchases point
# at rows of north's as well: that must neither move a number of north's nor name one of its people.
STIRRED = """
update products set stock_quantity = coalesce(stock_quantity, 0) + 3, name = 'Frame One',
  brand = 'north Brand', cost = 1 where company_id = 'south';
update pos_transactions set subtotal = subtotal + 7, total_amount = total_amount + 7, refunded_at = now(),
  payment_status = case payment_status when 'completed' then 'refunded' else 'completed' end
  where company_id = 'south';
update pos_transaction_items set product_id = 'north-p1', quantity = quantity + 1 where id like 'south%';
update orders set ecp_id = 'north-u1', coating = 'mirror', order_date = order_date + interval '1 day'
  where company_id = 'south';
insert into inventory_movements select gen_random_uuid(), 'south', 'north-p1', 'received', 100, '2026-10-02';
insert into appointments
  select gen_random_uuid(), 'south', 'north-u2', 'x', 'emergency', 'no_show', '2026-10-02';
insert into purchase_orders select gen_random_uuid(), 'south', 'north-s', 'sent', 9, '2026-10-02';
insert into pos_transactions
  select gen_random_uuid(), 'south', 'north-u2', 5, 0, 0, 5, 'cash', 'completed', null, '2026-10-02';
"""


@pytest.fixture(scope="module")
def house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(servers, tmp_path_factory.mktemp("walls")) as house:
        fill(house.source_url, "north", "south")
        for slug in ("north", "south"):
            house.add(slug, slug)
        yield house


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    """Metrics of one model, by what they can be broken down by, filtered by either practice's words."""
    model = draw(st.sampled_from(list(MODELS.values())))
    metrics = draw(st.lists(st.sampled_from(model), min_size=1, max_size=2, unique=True))
    fields = sorted(set.intersection(*(set(CATALOGUE.metric(name).dimensions) for name in metrics)))
    dimensions = draw(st.lists(st.sampled_from(fields or DIMENSIONS), max_size=2, unique=True))
    filters = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "field": st.sampled_from(fields or DIMENSIONS),
                    "op": st.sampled_from(["=", "!=", "contains"]),
                    "value": st.sampled_from(WORDS),
                }
            ),
            max_size=1,
        )
    )
    asked: dict[str, Any] = {"metrics": metrics, "dimensions": dimensions, "filters": filters}
    if draw(st.booleans()):
        asked["range"] = {"from": "2026-09-01", "to": "2026-10-31"}
    if draw(st.booleans()):
        asked["grain"] = draw(st.sampled_from(GRAINS))
    if dimensions and draw(st.booleans()):
        asked["include_empty"] = True
    if draw(st.booleans()):
        asked["shares"] = metrics[:1]
    return asked


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=queries())
def test_what_another_practice_does_changes_no_answer(house: House, asked: dict[str, Any]) -> None:
    try:
        query = with_defaults(Query.model_validate(asked), CATALOGUE, TODAY)
        statement = compile_query(query, CATALOGUE, today=TODAY)
    except (BadQuery, ValidationError):
        return
    scope = house.scope("north")
    before = house.warehouse.run(scope, statement, fresh=True).rows
    with house.admin() as admin:
        admin.execute(STIRRED)
    assert house.warehouse.run(scope, statement, fresh=True).rows == before
    assert house.warehouse.run(scope, statement).rows == before
    assert "south" not in str(before)


def test_the_other_practice_did_change(house: House) -> None:
    """The test above would prove nothing if its changes changed nothing."""
    sql = "select count(*), sum(subtotal), max(sold_at) from prentice.sales"
    before = house.run("south", sql).rows
    with house.admin() as admin:
        admin.execute(STIRRED)
    assert house.run("south", sql).rows != before
    assert house.run("south", "select name from prentice.staff where name like '%%north%%'").rows == []
    assert house.warehouse.values(house.scope("south"))["prescriber"] == []


def test_values_for_linking_stay_at_home(house: House) -> None:
    with house.admin() as admin:
        admin.execute(STIRRED)
    assert "south" not in str(house.warehouse.values(house.scope("north")))
