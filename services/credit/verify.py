"""The invariants of credit, checked beside live processing: on one snapshot, without locks, in bounded memory."""

import time

from services.credit import verify_sql as sql
from services.credit.fold import stored_customers
from services.credit.hashes import journal_hash, state_hash
from services.credit.rules.policy import Policy
from services.credit.store.policies import policy_of
from services.credit.verify_customer import CustomerCheck
from services.kit import verify as kit
from services.kit.database import Connection, Database
from services.kit.verify import Log, Problem, Report, snapshot

__all__ = ["Problem", "Report", "journal_hash", "state_hash", "verify"]

PROGRESS_EVERY_S = 5.0


async def verify(target: Database | str, log: Log = lambda _: None) -> Report:
    """Check every invariant. Runs beside live processing; it sees the state of one moment.

    Args:
        target: the database of the credit service, or its address.
        log: told now and then how far it is.
    """
    async with snapshot(target, "credit") as connection:
        return await check(connection, log)


async def check(connection: Connection, log: Log = lambda _: None) -> Report:
    """Check every invariant on a connection that stands in the schema, inside a transaction."""
    report = Report((*sql.INVARIANTS, *CustomerCheck.INVARIANTS, *kit.INVARIANTS))
    log("checking sums and receipts")
    for invariant, query in sql.QUERIES:
        await kit.add_found(connection, report, invariant, query)
    await sql.check_outbox(connection, report)
    await _fold_everything(connection, report, log)
    await kit.check(connection, report)
    return report


async def _fold_everything(connection: Connection, report: Report, log: Log) -> None:
    """Fold every journal from zero and compare."""
    policies = await read_policies(connection)
    total = await connection.fetchval("SELECT count(*) FROM journal")
    entries = accounts = 0
    last_log = time.monotonic()
    async for customer in stored_customers(connection):
        check = CustomerCheck(customer, policies, report)
        fold = await check.fold()
        check.compare(fold, await customer.stored_documents())
        accounts += 1
        entries += check.entries
        if time.monotonic() - last_log > PROGRESS_EVERY_S:
            last_log = time.monotonic()
            log(f"folded {entries} of {total} journal entries, {accounts} accounts")
    report.facts |= {"accounts": accounts, "journal entries": entries}


async def read_policies(connection: Connection) -> dict[int, Policy]:
    """Return every version of the policy."""
    rows = await connection.fetch("SELECT version, body FROM policies")
    return {row["version"]: policy_of(row["version"], row["body"]) for row in rows}
