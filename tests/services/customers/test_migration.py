"""What was in the archive before it had an audit is in the audit after the upgrade."""

import asyncio
import shutil
from pathlib import Path

from deploy.local.postgres import LocalPostgres
from services.customers import verify_people as people
from services.customers.verify import verify
from services.kit.database import Database
from services.kit.migrate import SERVICES, migrate
from tests.services.customers.test_rules import EVERYTHING
from tests.services.customers.test_store import apply
from tests.services.events import body, make

TABLES = ("customers", "contacts", "cards", "assignments", "blacklistings")


async def test_an_upgrade_brings_cards_owners_and_steps_into_the_audit(
    postgres_server: LocalPostgres, database: Database, tmp_path: Path
) -> None:
    await apply(database, EVERYTHING)
    shutil.copytree(SERVICES / "customers" / "migrations", tmp_path / "customers" / "migrations")
    for version in (tmp_path / "customers" / "migrations" / "versions").glob("[0-9]*.py"):
        if not version.name.startswith("0001"):
            version.unlink()
    url = await asyncio.to_thread(postgres_server.create_database, "customers_upgrade")
    assert await migrate(url, ["customers"], root=tmp_path) == {"customers": ["0001"]}
    old = await Database.open(url, "customers", 2)
    for table in TABLES:
        columns = [
            row["column_name"]
            for row in await old.pool.fetch(
                """SELECT column_name FROM information_schema.columns
                   WHERE table_schema = 'customers' AND table_name = $1 ORDER BY ordinal_position""",
                table,
            )
        ]
        rows = await database.pool.fetch(f"SELECT {', '.join(columns)} FROM {table}")
        await old.pool.copy_records_to_table(
            table, records=[tuple(row) for row in rows], columns=columns, schema_name="customers"
        )
    # Cards from before know nothing of phones.
    await old.pool.execute("UPDATE cards SET body = body - 'phones'")
    await migrate(url, ["customers"])
    assert [row["salesperson_id"] for row in await old.pool.fetch("SELECT * FROM staff ORDER BY 1")] == [
        "S-2",
        "S-3",
    ]
    report = await verify(old)
    assert report.holds, [problem for problems in report.values() for problem in problems]
    assert await old.pool.fetchval("SELECT count(*) FROM changes WHERE part = 'card'") == 4
    # What comes next finds its place behind what was there.
    await apply(old, [make(body("customer.changed", revision=4, name="Green Door"), 60)])
    report = await verify(old)
    assert not report[people.AUDIT]
    await old.close()
    await asyncio.to_thread(postgres_server.drop_database, "customers_upgrade")
