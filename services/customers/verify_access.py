"""Is the audit of access as it was written? Its chain of hashes is computed again from the first entry."""

from services.customers.rules.access import link
from services.kit.database import Connection
from services.kit.verify import Problem, Report

CHAIN = "L1 the audit of access is a chain without gaps"


async def check_chain(connection: Connection, report: Report) -> None:
    """Report the first entry that is not what was written, or whose predecessor is missing."""
    previous, expected = b"", 1
    async for row in connection.cursor("SELECT * FROM access_audit ORDER BY seq"):
        texts = (row["by"], row["action"], row["subject"], row["before"], row["after"])
        previous = link(previous, expected, row["at"], *texts)
        if row["seq"] != expected or row["hash"] != previous:
            subject = f"entry {row['seq']} of the audit"
            report.add(Problem(CHAIN, subject, f"entry {expected}: {previous.hex()}", row["hash"].hex()))
            return
        expected += 1
