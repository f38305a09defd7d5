"""Another process of the service: applies the orders of the edge test, as often as it is handed them."""

import asyncio
import random
import sys

from services.kit.database import Database
from tests.services.credit.edge import orders
from tests.services.credit.live import Live, numbered_from


async def main(dsn: str, seed: int) -> None:
    chance = random.Random(seed)
    database = await Database.open(dsn, "credit", 2)
    live = Live(database)
    records = numbered_from(0, orders())
    while records:
        size = chance.choice((1, 3, 30, 100))
        await live.apply(records[:size])
        records = records[size:]
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
