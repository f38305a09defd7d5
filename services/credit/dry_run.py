"""The dry run's reading: one snapshot of a customer's account, without a lock, and the answer to a till's question."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.errors import ContractError
from contracts.money import minor_units
from contracts.topics import partition_of
from services.credit.queries import accounts as queries
from services.credit.rules.dry_run import DryRun, dry_run
from services.credit.rules.evolve import index_items
from services.credit.rules.exchange import own_of
from services.credit.rules.policy import Policy
from services.credit.rules.state import Account
from services.credit.rules.worth import Own, worth
from services.kit.batch import business_day
from services.kit.runtime import Runtime

IN_A_THREAD = 200
"""From so many open invoices on the search for the fewest leaves the event loop to others."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer, and what it was found from; ``own``: what the order is in its own currency, if that is another."""

    answer: DryRun
    account: Account
    policy: Policy
    day: date
    own: Own | None = None


async def ask(runtime: Runtime, order: Any) -> Asked:
    """Return what would become of an order placed now, from one snapshot that nobody waits for.

    Args:
        order: with the fields of ``order.placed`` that matter.

    Raises:
        ContractError: when amount or exchange rate cannot be.
    """
    amount, currency = minor_units(order.amount, order.currency), order.currency
    account, policy, day = await _snapshot(runtime, order.customer_id)
    own, on_account = _converted(account, order, amount), order.payment_method == "account"
    if own is not None:
        amount, currency = worth(amount, own.factor), account.currency
    elif account.seq == 0:
        # An account nobody gave terms to takes the currency of its first document.
        account.currency = currency

    def work() -> DryRun:
        return dry_run(
            account, amount=amount, currency=currency, on_account=on_account, policy=policy, day=day
        )

    answer = await asyncio.to_thread(work) if len(account.items) >= IN_A_THREAD else work()
    return Asked(answer, account, policy, day, own)


def _converted(account: Account, order: Any, amount: int) -> Own | None:
    try:
        return own_of(account, order, amount, required=False)
    except ContractError as error:
        raise ContractError(error.field.removeprefix("data."), error.reason) from None


async def _snapshot(runtime: Runtime, customer_id: str) -> tuple[Account, Policy, date]:
    settings = runtime.settings
    today = business_day(runtime.clock.now(), settings.zone)
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        partition = partition_of(customer_id.encode(), settings.partitions)
        policy = await queries.read_policy(connection, partition)
        found = await queries.read_account(connection, customer_id, today)
        if found is None:
            day = await queries.read_day(connection, partition, today)
            return Account(customer_id, settings.currency), policy, day
        account, day = found
        if account.held_orders:
            held = await queries.read_held_orders(connection, customer_id)
            account.orders = {order.order_id: order for order in held}
        if account.invoiced:
            items = await queries.read_open_items(connection, customer_id)
            account.items = {item.invoice_id: item for item in items}
    index_items(account)
    account.items_loaded = True
    return account, policy, day
