"""What customers usually buy: kept in bounded rows, turned into quantities of the next order and of the days ahead."""

import csv
import io
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.topics import consumed_by
from deploy.feed import uci
from deploy.feed.data_folder import UCI, data_folder
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.insights.expecting import Forecaster
from services.insights.forecasting.products import DEFAULT, Usual, chance, expected
from services.insights.store.usual import MOST_PRODUCTS, RECENT
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up
from tests.services.insights.serving import serving, until


def _order(customer: str, day: int, suffix: str = "", **quantities: Any) -> Any:
    lines = [
        {"product_id": p, "quantity": str(q), "unit_price": "10.00", "amount": f"{10 * q:.2f}"}
        for p, q in quantities.items()
    ]
    amount = f"{10 * sum(quantities.values()):.2f}"
    id_ = f"{customer}-{day}{suffix}"
    return event("order.placed", at=day, customer_id=customer, order_id=id_, amount=amount, lines=lines)


async def _usual(processing: Processing) -> dict[str, tuple[int, int, int, date]]:
    [row] = await processing.rows("usual_products", "customer_id = 'C-1'")
    columns = ("product_ids", "times", "quantities_milli", "orders_before", "last_days")
    return {p: tuple(rest) for p, *rest in zip(*(row[c] for c in columns), strict=True)}


async def test_products_of_the_last_order_days(processing: Processing, database: Database) -> None:
    await processing.apply(
        tick("2026-02-20"),
        _order("C-1", 0, TEA=2),
        _order("C-1", 10, TEA=3, CUP=1.5),
        _order("C-1", 10, "again", TEA=1),
        _order("C-1", 20, CUP=2),
    )
    await catch_up(database)
    assert await _usual(processing) == {
        "CUP": (2, 3_500, 1, date(2026, 1, 25)),
        "TEA": (2, 6_000, 0, date(2026, 1, 15)),
    }
    await processing.apply(event("order.cancelled", at=21, customer_id="C-1", order_id="C-1-20"))
    await catch_up(database)
    assert await _usual(processing) == {
        "TEA": (2, 6_000, 0, date(2026, 1, 15)),
        "CUP": (1, 1_500, 1, date(2026, 1, 15)),
    }
    for day in (0, 10):
        await processing.apply(event("order.cancelled", at=22, customer_id="C-1", order_id=f"C-1-{day}"))
    await processing.apply(event("order.cancelled", at=22, customer_id="C-1", order_id="C-1-10again"))
    await catch_up(database)
    assert await processing.rows("usual_products") == []
    assert (await verify(database)).problems == []


async def test_rows_are_bounded(processing: Processing, database: Database) -> None:
    many = {f"P{n:03d}": 1 for n in range(MOST_PRODUCTS + 9)}
    await processing.apply(
        tick("2026-06-20"),
        _order("C-1", 0, OLD=1),
        *[_order("C-1", d, TEA=1) for d in range(1, RECENT)],
        _order("C-1", RECENT + 6, "", **many),
    )
    await catch_up(database)
    usual = await _usual(processing)
    assert len(usual) == MOST_PRODUCTS
    assert "OLD" not in usual, "it was bought before the last order days"
    assert usual["TEA"] == (RECENT - 1, 1_000 * (RECENT - 1), 0, date(2026, 4, 10))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE usual_products SET times[1] = times[1] + 1",
        "UPDATE usual_products SET orders = orders + 1",
        "DELETE FROM usual_products",
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, tampering: str) -> None:
    await processing.apply(tick("2026-02-20"), _order("C-1", 0, TEA=2), _order("C-1", 10, TEA=3, CUP=1))
    await catch_up(database)
    assert (await verify(database)).problems == []
    await database.pool.execute(tampering)
    assert (await verify(database))[INVARIANTS["usual_products"]]


async def test_quantities_of_the_next_order_and_of_the_days_ahead(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> None:
    history = [
        tick("2026-02-20"),
        event("product.created", product_id="TEA", name="=Green tea"),
        event("customer.created", customer_id="C-1", region="North"),
        event("customer.created", customer_id="C-2", region="South"),
        *[_order("C-1", d, "", **({"TEA": 2, "CUP": 6} if d % 14 else {"TEA": 4})) for d in range(0, 43, 7)],
        *[_order("C-2", d, TEA=1) for d in (0, 20, 41)],
    ]
    async with serving(postgres_server, tansu_server, history) as (http, _):
        body = await until(
            http,
            "/insights/forecasts/customers",
            lambda b: sorted(i["order_days"] for i in b["items"]) == [3, 7],
        )
        [item] = (await http.get("/insights/forecasts/customers/C-1")).json()
        tea, cup = item["products"]
        # 22 of 7 order days; of three customers' products too few to fit how products are repeated at all.
        prior = {"TEA": Usual(7, 22.0, 0), "CUP": Usual(3, 18.0, 1)}
        for found, usual in ((tea, prior["TEA"]), (cup, prior["CUP"])):
            assert found["chance"] == pytest.approx(chance(usual, 7, DEFAULT), abs=1e-4)
            assert float(found["quantity"]) == pytest.approx(expected(usual, 7, DEFAULT), abs=1e-3)
        assert (tea["product_id"], tea["times"], tea["order_days"], tea["last_bought"]) == (
            *("TEA", 7, 7, "2026-02-16"),
        )
        assert (tea["name"], cup["name"], cup["quantity_if"]) == ("=Green tea", "", "6")

        address = "/insights/forecasts/products"
        orders = {i["customer_id"]: i for i in body["items"]}
        theirs = Usual(3, 3.0, 0)
        for days, n in ((30, "orders_30"), (90, "orders_90")):
            items = (await http.get(f"{address}?days={days}")).json()["items"]
            by_id = {i["product_id"]: i for i in items}
            whole = orders["C-1"][n] * expected(prior["TEA"], 7, DEFAULT) + orders["C-2"][n] * expected(
                theirs, 3, DEFAULT
            )
            assert float(by_id["TEA"]["quantity"]) == pytest.approx(whole, rel=1e-2)
            assert by_id["TEA"]["customers"] == 2
            assert float(by_id["CUP"]["quantity"]) == pytest.approx(
                orders["C-1"][n] * expected(prior["CUP"], 7, DEFAULT), rel=1e-2
            )
        half = (await http.get(f"{address}?days=15&product=TEA&region=South")).json()["items"]
        assert [i["product_id"] for i in half] == ["TEA"]
        assert float(half[0]["quantity"]) == pytest.approx(
            orders["C-2"]["orders_30"] / 2 * expected(theirs, 3, DEFAULT), rel=1e-2
        )
        assert (await http.get(f"{address}?currency=KWD")).json()["items"] == []
        for asked in ("days=0", "days=91", "sort=colour"):
            assert (await http.get(f"{address}?{asked}")).status_code == 422
        text = (await http.get(f"{address}?format=csv&sort=product")).text.lstrip("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["product_id"] for row in rows] == ["CUP", "TEA"]
        assert not rows[1]["name"].startswith("=")


@pytest.mark.data
async def test_online_retail(database: Database) -> None:
    """Rows of real customers equal those folded order by order in plain Python, and their repetition is fitted."""
    folder: Path = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    processing = await Processing.on(database, uci.ZONE)
    consumed = consumed_by("insights")
    feed = uci.feed(folder, uci.UciOptions(until=date(2010, 1, 8)))
    events = [event for event in feed.events if event.data.TOPIC in consumed]
    bought: dict[str, dict[date, dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    for of in events:
        if of.data.TYPE == "order.placed":
            day = bought[of.data.customer_id][of.occurred_at.astimezone(uci.ZONE).date()]
            for line in of.data.lines:
                day[line.product_id] += float(line.quantity)
    for at in range(0, len(events), 2_000):
        await processing.apply(*events[at : at + 2_000])
    await catch_up(database)
    await Forecaster(database).fit()
    rows = {row["customer_id"]: row for row in await processing.rows("usual_products")}
    # Some orders are of nothing that is a product, such as postage.
    bought = {customer_id: days for customer_id, days in bought.items() if any(days.values())}
    assert set(rows) == set(bought)
    for customer_id, days in bought.items():
        usual: dict[str, tuple[int, float, int]] = {}
        for before, (_, order) in enumerate(sorted(days.items())[-RECENT:]):
            for product, quantity in order.items():
                times, total, first = usual.get(product, (0, 0.0, before))
                usual[product] = (times + 1, total + quantity, first)
        row = rows[customer_id]
        kept = zip(row["times"], row["quantities_milli"], row["orders_before"], strict=True)
        found = {p: (t, q / 1000, b) for p, (t, q, b) in zip(row["product_ids"], kept, strict=True)}
        assert found == {p: usual[p] for p in found}
        assert len(found) == min(len(usual), MOST_PRODUCTS)
        left = [times for p, (times, _, _) in usual.items() if p not in found]
        assert max(left, default=0) <= min(row["times"])
    [population] = await processing.rows("order_populations")
    assert 0.01 < population["repeat_chance"] < 0.5
    assert (await verify(database)).problems == []
