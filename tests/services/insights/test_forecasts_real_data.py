"""Forecasts of real customers, made beside the stream, equal those computed from the file from zero."""

from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from contracts.topics import consumed_by
from deploy.feed import uci
from deploy.feed.data_folder import UCI, data_folder
from services.insights.expecting import Forecaster
from services.insights.forecasting import arrays_of, forecast, state_of
from services.insights.store.order_days import populations
from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.expected_months import uci_order_days
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up

pytestmark = pytest.mark.data
DAY = date(2010, 1, 8)
HORIZONS = {"month": 23, "30": 30, "90": 90}


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


async def test_online_retail(database: Database, data: Path) -> None:
    processing = await Processing.on(database, uci.ZONE)
    consumed = consumed_by("insights")
    feed = uci.feed(data, uci.UciOptions(until=DAY))
    events = (event for event in feed.events if event.data.TOPIC in consumed)
    while batch := list(islice(events, 1_000)):
        await processing.apply(*batch)
        await catch_up(database)
    forecaster = Forecaster(database)
    await forecaster.fit()
    while await forecaster.step():
        pass
    rows = sorted(await processing.rows("order_forecasts"), key=lambda row: str(row["customer_id"]))
    assert {row["forecast_on"] for row in rows} == {DAY}

    days: dict[str, list[tuple[int, int]]] = {}
    for customer_id, day, value in uci_order_days(data / f"{UCI}.parquet", DAY).iter_rows():
        days.setdefault(customer_id, []).append((day.toordinal(), value))
    assert len(days) > 900
    assert [row["customer_id"] for row in rows] == sorted(days)
    states = [state for _, history in sorted(days.items()) if (state := state_of(history)) is not None]
    async with database.unit_of_work() as unit:
        population, _ = (await populations(unit.connection))["GBP"]
    made = {
        name: forecast(arrays_of(states), population, DAY.toordinal(), horizon)
        for name, horizon in HORIZONS.items()
    }
    month = DAY.replace(day=1).toordinal()
    for at, (row, state) in enumerate(zip(rows, states, strict=True)):
        assert (row["days"], row["last"].toordinal(), row["amount"]) == (state.days, state.last, state.amount)
        for name, of in made.items():
            assert row[f"{name}_orders" if name == "month" else f"orders_{name}"] == pytest.approx(
                of.orders[at]
            )
            assert row[f"{name}_amount" if name == "month" else f"amount_{name}"] == pytest.approx(
                of.amount[at], abs=1
            )
        near = made["30"]
        found = [row[name].toordinal() for name in ("earliest", "expected_day", "latest")]
        assert found == [near.earliest[at], near.expected_day[at], near.latest[at]]
        assert row["active"] == pytest.approx(near.active[at])
        so_far = [value for day, value in days[row["customer_id"]] if day >= month]
        assert row["whole_orders"] == pytest.approx(len(so_far) + made["month"].orders[at])
        assert row["whole_amount"] == pytest.approx(sum(so_far) + made["month"].amount[at], abs=1)
    assert (await verify(database)).problems == []
