"""The verifier finds what does not follow from the audit, invariant by invariant."""

import json
from datetime import date

import pytest

from contracts.events import EVENT_TYPES
from services.customers import verify_people as people
from services.customers.verify import verify
from services.kit.database import Database
from tests.services.customers.grading import POLICY
from tests.services.customers.prospects import FACTS, told
from tests.services.customers.test_follow_ups import RECORDED, day_started, step
from tests.services.customers.test_rules import EVERYTHING
from tests.services.customers.test_store import apply
from tests.services.events import make

STAFF = make(
    EVENT_TYPES["staff.entered"](salesperson_id="S-1", name="Li Lei", active_from=date(2020, 1, 1)), 0
)
STORY = [
    *EVERYTHING,
    STAFF,
    RECORDED,
    step("follow_up.recorded", 2, follow_up_id="F-2", outcome="ordered", next_step=""),
    *FACTS,
    told("prospect.entered", 1, prospect_id="P-2", assets="10.00", kind="tea house"),
    day_started(8),
]

CORRUPTIONS: list[tuple[str, str]] = [
    (people.AUDIT, "DELETE FROM changes WHERE part = 'card'"),
    (people.AUDIT, "DELETE FROM changes WHERE part = 'blacklist'"),
    (people.OWNERS, "UPDATE assignments SET salesperson_id = 'S-3'"),
    (people.OWNERS, "DELETE FROM staff WHERE salesperson_id = 'S-2'"),
    (people.STAFF, "UPDATE staff SET active_to = '2021-01-01' WHERE salesperson_id = 'S-1'"),
    (people.STAFF, "UPDATE staff SET revision = 2 WHERE salesperson_id = 'S-1'"),
    (people.STEPS, "UPDATE follow_ups SET open = NOT open"),
    (people.STEPS, "UPDATE follow_ups SET remind_on = '2030-01-01' WHERE follow_up_id = 'F-1'"),
    (people.STEPS, "UPDATE follow_ups SET step = 'completed'"),
    (people.DUE, "UPDATE follow_ups SET due_told_on = NULL"),
    (people.PROSPECT, "UPDATE prospects SET region = 'nowhere'"),
    (people.PROSPECT, "UPDATE prospects SET revision = 9"),
    (people.STATUS, "UPDATE prospects SET status = 'lost'"),
    (people.STATUS, "UPDATE prospects SET customer_id = 'C-1' WHERE prospect_id = 'P-2'"),
    (people.GRADES, "UPDATE prospects SET score = score + 1"),
    (people.GRADES, "UPDATE prospects SET graded_by = 2"),
]


@pytest.mark.parametrize(("invariant", "corruption"), CORRUPTIONS)
async def test_each_invariant_finds_its_corruption(
    database: Database, invariant: str, corruption: str
) -> None:
    await database.pool.execute(
        "INSERT INTO grading_policies VALUES (1, $1, now(), NULL, 'for the test')", json.dumps(POLICY)
    )
    assert await apply(database, STORY) == []
    # The kit stores the day that each partition has reached; here the batch is applied without it.
    await database.pool.execute("INSERT INTO partition_days VALUES (0, '2026-03-10') ON CONFLICT DO NOTHING")
    report = await verify(database)
    assert report.holds, [problem for problems in report.values() for problem in problems]
    await database.pool.execute(corruption)
    assert (await verify(database))[invariant]
    await database.pool.execute("DELETE FROM partition_days")
