"""The checker on a right database, and on one with each kind of damage."""

from collections.abc import Sequence

import pytest

from services.credit import verify_customer as one
from services.credit import verify_sql as sql
from services.credit.hashes import journal_hash, state_hash
from services.credit.rebuild import RebuildError, rebuild
from services.credit.verify import check, verify
from services.kit import verify as kit
from services.kit.database import Database
from tests.services.credit.events import activation, event, partition
from tests.services.credit.live import Live, numbered
from tests.services.credit.streams import stream

UNGUARDED = "SET LOCAL session_replication_role = replica; "

DAMAGES: dict[str, tuple[str, Sequence[str]]] = {
    "a balance": (
        "UPDATE accounts SET invoiced = invoiced + 1 WHERE customer_id = 'C-1'",
        [sql.SUMS, one.FOLD],
    ),
    "terms": ("UPDATE accounts SET credit_limit = 99 WHERE customer_id = 'C-1'", [one.FOLD]),
    "an open item": ("UPDATE items SET open = open - 1", [sql.SUMS, sql.SETTLED, one.FOLD]),
    "an allocation": ("UPDATE allocations SET amount = amount - 1", [sql.SETTLED, one.FOLD]),
    "a lost allocation": ("DELETE FROM allocations", [sql.SETTLED, one.FOLD]),
    "a lost order": ("DELETE FROM orders WHERE order_id = 'O-2'", [sql.SUMS, one.FOLD]),
    "a lost account": ("DELETE FROM accounts WHERE customer_id = 'C-1'", [sql.OWNED]),
    "a stray order": (
        "INSERT INTO orders SELECT 'X', 'C-1', 'cancelled', 0, '', 'account', 0, 0, 0, 0, 0, 0, '', NULL, 0, false",
        [one.FOLD],
    ),
    "an undecided order": (
        "UPDATE orders SET version = 0 WHERE order_id = 'O-1'",
        [sql.EFFECTIVE, one.VERSIONS],
    ),
    "an old decision in force": (
        "UPDATE orders SET version = 1 WHERE order_id = 'O-2'",
        [one.VERSIONS, one.FOLD],
    ),
    "a forged entry": (
        UNGUARDED
        + "UPDATE journal SET body = replace(body, '\"amount\":40000', '\"amount\":40001') WHERE kind = 'decision'",
        [one.CHAIN],
    ),
    "a lost entry": (UNGUARDED + "DELETE FROM journal WHERE seq = 2", [one.CHAIN]),
    "a hash": (UNGUARDED + "UPDATE journal SET hash = sha256('x') WHERE seq = 2", [one.CHAIN, sql.TOLD]),
    "an unreadable entry": (UNGUARDED + "UPDATE journal SET body = '{' WHERE seq = 2", [one.FOLD, one.CHAIN]),
    "a column beside the body": (UNGUARDED + "UPDATE journal SET kind = 'terms' WHERE seq = 2", [one.CHAIN]),
    "a lost receipt": (UNGUARDED + "UPDATE journal SET event_key = NULL WHERE seq = 2", [one.ENTRY_RECEIPTS]),
    "another receipt": (UNGUARDED + "UPDATE journal SET event_key = 'x' WHERE seq = 2", [one.ENTRY_RECEIPTS]),
    "no index of receipts": ("DROP INDEX journal_event", [sql.RECEIPTS]),
    "no trigger": ("DROP TRIGGER journal_no_truncate ON journal", [sql.RECEIPTS]),
    "a disabled trigger": (
        "ALTER TABLE journal DISABLE TRIGGER journal_append_only",
        [sql.RECEIPTS, kit.GUARDS],
    ),
    "an untold decision": (
        "DELETE FROM outbox WHERE convert_from(value, 'UTF8') LIKE '%order_held%'",
        [sql.TOLD],
    ),
    "an invented decision": ("UPDATE outbox SET event_id = 'made-up' WHERE position = 0", [sql.TOLD]),
    "a part of a batch": ("DELETE FROM outbox WHERE batch_id = 1 AND position = 0", [kit.OUTBOX]),
    "two contents": (
        """INSERT INTO outbox SELECT batch_id, 99, topic, partition, key, event_id, 'x' FROM outbox
           WHERE batch_id = 1 AND position = 0""",
        [kit.EVENT_IDS, kit.OUTBOX],
    ),
    "a stuck outbox": ("UPDATE outbox_batches SET created_at = now() - interval '1 hour'", [kit.BACKLOG]),
    "a dead letter ahead of its fence": (
        """INSERT INTO dead_letters (log_id, topic, partition, "offset", field, reason)
           VALUES ('l', 'orders', 0, 7, '', '')""",
        [kit.FENCE],
    ),
}


async def _history(database: Database) -> Live:
    """A small history with everything in it: O-2 is held, and released by a payment."""
    live = Live(database)
    await live.apply_events(
        event("terms.set", 0, limit="500.00"),
        event("order.placed", 1, amount="400.00"),
        event("order.placed", 2, order_id="O-2", amount="200.00"),
        event("order.invoiced", 3, amount="400.00", closes_order=True),
    )
    await live.apply_events(
        event("payment.received", 4, amount="150.00"),
        event("order.placed", 5, customer_id="C-2", order_id="O-3"),
    )
    return live


async def test_a_random_history_holds(database: Database, credit_dsn: str) -> None:
    live = Live(database)
    records = await numbered(database, stream(1, 1_500))
    for start in range(0, len(records), 100):
        await live.apply(records[start : start + 100])
    report = await verify(credit_dsn)
    assert [str(problem) for problem in report.problems][:20] == []
    assert report.facts["journal entries"] > 500
    assert (await kit.verify(database)).holds


async def test_a_rebuilt_schema_is_identical(database: Database, credit_dsn: str) -> None:
    live = Live(database)
    await live.apply(await numbered(database, stream(2, 600)))
    rebuilt = await rebuild(credit_dsn, "rebuilt")
    assert rebuilt.identical
    assert rebuilt.journal_hash == await journal_hash(database) == await journal_hash(credit_dsn, "rebuilt")
    assert rebuilt.state_hash == await state_hash(database) == await state_hash(credit_dsn, "rebuilt")
    with pytest.raises(RebuildError, match="not empty"):
        await rebuild(credit_dsn, "rebuilt")
    with pytest.raises(Exception, match="append-only"):
        await database.pool.execute("DELETE FROM rebuilt.journal")


async def test_a_rebuild_says_what_differs_and_leaves_nothing_behind(
    database: Database, credit_dsn: str
) -> None:
    await _history(database)
    await database.pool.execute("UPDATE orders SET revision = 7")
    rebuilt = await rebuild(credit_dsn)
    assert rebuilt.differing == ("orders",)
    assert "different: orders" in str(rebuilt)
    assert (
        await database.pool.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'credit_re%'") == 0
    )


async def test_the_small_history_holds(database: Database) -> None:
    live = await _history(database)
    assert await live.refusals() == []
    assert [str(problem) for problem in (await verify(database)).problems] == []


async def test_every_damage_is_found(database: Database) -> None:
    await _history(database)
    for damage, (statement, invariants) in DAMAGES.items():
        async with database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(statement)
            await connection.execute("SET LOCAL session_replication_role = origin")
            problems = (await check(connection)).problems  # type: ignore[arg-type]
            await transaction.rollback()
        assert {problem.invariant for problem in problems} >= set(invariants), damage
        assert {problem.customer for problem in problems} <= {"C-1", "C-2", None}, damage
        assert all(str(problem) for problem in problems)
    assert (await verify(database)).problems == []


async def test_the_history_is_what_the_damages_lean_on(database: Database) -> None:
    await _history(database)
    rows = await database.pool.fetch("SELECT order_id, status, version FROM orders ORDER BY order_id")
    assert [tuple(row) for row in rows] == [
        ("O-1", "invoiced", 1),
        ("O-2", "approved", 2),
        ("O-3", "held", 1),
    ]


async def test_old_decisions_may_have_left_the_outbox_but_only_the_oldest(database: Database) -> None:
    await _history(database)
    await database.pool.execute("INSERT INTO logs VALUES ('l', now() - interval '1 year')")
    await database.pool.execute(
        "DELETE FROM outbox WHERE batch_id = 1; DELETE FROM outbox_batches WHERE batch_id = 1"
    )
    assert (await verify(database)).problems == []


async def test_an_override_without_a_reason(database: Database) -> None:
    live = await _history(database)
    ruling = event("terms.order_release_ruled", 9, customer_id="C-2", order_id="O-3", reason="")
    await live.apply_events(ruling)
    assert [problem.invariant for problem in (await verify(database)).problems] == [one.OVERRIDES]


async def test_an_approval_beyond_the_limit(database: Database) -> None:
    live = Live(database)
    # Another policy may leave the limit aside; that it did not is what the checker must see.
    policy = {"company": {"limit": {"active": False}}}
    await live.apply_events(activation(policy, partition=partition("C-1")))
    await live.apply_events(event("order.placed", 1))
    assert (await verify(database)).problems == []
    await database.pool.execute("""UPDATE policies SET body = '{"company": {}}' WHERE version = 2""")
    assert [problem.invariant for problem in (await verify(database)).problems] == [one.LIMIT]
