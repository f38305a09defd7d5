"""Is the audit of access as it was written? Its chain of hashes is computed again from the first entry."""

from services.customers.store.access_chain import read_chain
from services.kit.database import Connection
from services.kit.verify import Problem, Report

CHAIN = "L1 the audit of access is a chain without gaps"


async def check_chain(connection: Connection, report: Report) -> None:
    """Report the first entry that is not what was written, or whose predecessor is missing."""
    chain = await read_chain(connection)
    if chain.broken_at is not None:
        expected = f"entry {chain.entries + 1}: {chain.expected.hex()}"
        report.add(Problem(CHAIN, f"entry {chain.broken_at} of the audit", expected, chain.found.hex()))
