"""Transfers through the database: late documents after them, the books rebuilt, and sides that do not agree."""

from datetime import timedelta

from services.credit.rebuild import rebuild
from services.credit.verify import verify
from services.kit.database import Database
from tests.rules.credit.test_transfers import money, receivable
from tests.services.credit.events import DAY, event
from tests.services.credit.live import Live

HISTORY = [
    event("terms.set", -10, "t-1", limit=None, overdue={}),
    event("terms.set", -10, "t-2", customer_id="C-2", limit=None, overdue={}),
    event("order.invoiced", 1, "i-1", invoice_id="I-1", order_id=None, amount="60.00", due_on=DAY),
    event("payment.received", 2, "p-1", amount="100.00"),
    event(
        "order.invoiced",
        3,
        "i-2",
        customer_id="C-2",
        invoice_id="I-2",
        order_id=None,
        amount="15.00",
        due_on=DAY,
    ),
    *money(4, "30.00"),
    event("payment.reversed", 5, "r-1"),
    *receivable(6, "50.00", number=2),
]
BOOKS = """SELECT customer_id, invoiced, unapplied, overdue_amount, settled_items FROM accounts ORDER BY 1"""
ITEMS = "SELECT customer_id, invoice_id, open, passes_on FROM items ORDER BY 1, 2"


async def test_documents_that_come_after_a_transfer_they_were_before_end_alike(
    databases: list[Database],
) -> None:
    in_time, late, _ = databases
    await Live(in_time).apply_events(*HISTORY)
    live = Live(late)
    # The other customer's invoice comes last, after the money that came over had nothing to pay.
    for one in (*HISTORY[:4], *HISTORY[5:], HISTORY[4]):
        await live.apply_events(one)
        live.lose_memory()
    for query in (BOOKS, ITEMS):
        expected = [tuple(row) for row in await in_time.pool.fetch(query)]
        assert [tuple(row) for row in await late.pool.fetch(query)] == expected
    for database in (in_time, late):
        assert (await verify(database)).problems == []
        assert await database.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
    assert [tuple(row) for row in await in_time.pool.fetch(ITEMS)] == [
        ("C-1", "I-1", 10_00, False),
        ("C-1", "transfer:T-1", 30_00, True),
        ("C-2", "I-2", 0, False),
        ("C-2", "transfer:T-2", 35_00, False),
    ]


async def test_a_transfer_that_comes_late_pays_what_it_would_have_paid(databases: list[Database]) -> None:
    in_time, late, _ = databases
    out, into = money(4, "15.00")
    owed_first = event(
        "order.invoiced",
        5,
        "i-3",
        customer_id="C-2",
        invoice_id="I-3",
        order_id=None,
        amount="15.00",
        due_on=DAY - timedelta(days=9),
    )
    await Live(in_time).apply_events(*HISTORY[:5], out, into, owed_first)
    live = Live(late)
    for one in (*HISTORY[:5], out, owed_first, into):
        await live.apply_events(one)
        live.lose_memory()
    expected = [tuple(row) for row in await in_time.pool.fetch(ITEMS)]
    assert ("C-2", "I-2", 0, False) in expected
    assert ("C-2", "I-3", 15_00, False) in expected
    assert [tuple(row) for row in await late.pool.fetch(ITEMS)] == expected


async def test_it_is_rebuilt_bit_for_bit(database: Database, credit_dsn: str) -> None:
    await Live(database).apply_events(*HISTORY)
    assert (await rebuild(credit_dsn)).identical


async def test_sides_that_do_not_agree_are_found(database: Database) -> None:
    out, _ = money(4, "30.00")
    _, more = money(4, "31.00")
    await Live(database).apply_events(*HISTORY[:5], out, more)
    [problem] = (await verify(database)).problems
    assert (problem.subject, problem.expected) == ("transfer:T-1", "3000 CNY with C-1")
    assert problem.found == "3100 CNY with C-1"
