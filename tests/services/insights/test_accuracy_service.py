"""The accuracy of forecasts over HTTP, from events to the answer."""

import csv
import io

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.events import event, tick
from tests.services.insights.serving import serving, until
from tests.services.insights.test_service import KEYS, publish

HISTORY = [
    tick("2026-02-16"),
    *[
        event("order.placed", at=d, customer_id=id_, order_id=f"{id_}-{d}")
        for id_, rhythm in (("C-1", 7), ("C-2", 14))
        for d in range(0, 43, rhythm)
    ],
]
ADDRESS = "/insights/forecasts/accuracy"


async def test_accuracy_beside_naive_methods(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> None:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, prefix):
        await until(
            http,
            "/insights/forecasts/customers",
            lambda b: (
                [(i["order_days"], i["forecast_on"]) for i in b["items"]]
                in ([(7, "2026-02-16"), (4, "2026-02-16")], [(4, "2026-02-16"), (7, "2026-02-16")])
            ),
        )
        assert (await http.get(ADDRESS)).json() == []
        later = [event("order.placed", at=51, customer_id="C-1", order_id="new", amount="160.00")]
        await publish(tansu_server, prefix, [tick("2026-02-25"), *later])
        items = await until(http, ADDRESS, lambda body: len(body) == 7)
        by_method = {(i["about"], i["method"]): i for i in items}
        naive = by_method["next_order_day", "own_mean_gap"]
        # Expected on the 23rd, came on the 25th.
        assert (naive["month"], naive["n"], naive["mae"], naive["bias"]) == ("2026-02", 1, "2.000", "-2.000")
        assert (naive["unit"], naive["coverage_percent"]) == ("days", None)
        ours = by_method["next_order_day", "forecast"]
        assert ours["mae"] == naive["forecast_mae"]
        assert ours["coverage_percent"] in {"0.00", "100.00"}
        money = by_method["next_order_amount", "own_mean"]
        assert (money["unit"], money["mae"], money["bias_percent"]) == ("CNY", "60.00", "-37.50")

        only = (await http.get(f"{ADDRESS}?about=next_order_amount&from=2026-02&to=2026-02")).json()
        assert {item["about"] for item in only} == {"next_order_amount"}
        assert (await http.get(f"{ADDRESS}?to=2026-01")).json() == []
        assert (await http.get(f"{ADDRESS}?currency=KWD")).json() == []
        rows = list(
            csv.DictReader(io.StringIO((await http.get(f"{ADDRESS}?format=csv")).text.lstrip("\ufeff")))
        )
        assert [row["method"] for row in rows] == [item["method"] for item in items]
        for asked in ("about=colour", "from=2026-13", "month=2026-02"):
            assert (await http.get(f"{ADDRESS}?{asked}")).status_code == 422
        for role in KEYS:
            answer = await http.get(ADDRESS, headers={"Authorization": f"Bearer {KEYS[role]}"})
            assert answer.status_code == (200 if role in {"finance", "manager"} else 403)
