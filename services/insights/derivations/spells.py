"""Dormant spells: when customers fell silent, came back, and whose work that was; told as it happens."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal
from uuid import uuid4

from contracts.codec import encode, new_event
from contracts.events.insights import CustomerDormant, CustomerRevived
from contracts.events.policies import CurrencyAmount
from contracts.money import decimal_string
from services.insights.derivations.derivation import Deriving
from services.insights.dormancy import report_dormant
from services.insights.rules.alerts.signals import LONGEST_NEWS_DAYS
from services.insights.rules.revival import Spell, credited_contact, next_turn, spells
from services.insights.store.alerts.settings import thresholds_in_force
from services.insights.store.at_stake import Stake, at_stake_of
from services.insights.store.changes import owners_on
from services.insights.store.policies import policy_in_force
from services.insights.store.spells import Row, contacts_of, days_of, stored_spells, write_spells
from services.kit.outbox import OutboxRow

PRODUCER = "insights"
Told = CustomerDormant | CustomerRevived


async def derive_spells(deriving: Deriving) -> Mapping[str, date]:
    """Find the dormant spells of customers anew from their order days, and tell what is new about them."""
    connection, ids, day = deriving.unit.connection, deriving.customer_ids, deriving.day
    rule = (await policy_in_force(connection)).policy.life_cycle
    days, contacts = await days_of(connection, ids, day), await contacts_of(connection, ids)
    rows: list[Row] = []
    for customer_id, ordered in days.items():
        for spell in spells(ordered, day, rule):
            contact = credited_contact(spell, contacts.get(customer_id, ()), rule)
            rows.append((customer_id, spell, contact.follow_up_id if contact else None))
    before = await stored_spells(connection, ids)
    if rows or before:
        await write_spells(connection, ids, rows)
        await _tell(deriving, [r for r in rows if before.get((r[0], r[1].last_order_day)) != r[1]], before)
    await report_dormant(connection, day, ids, deriving=True)
    due = {customer_id: next_turn(ordered, day, rule) for customer_id, ordered in days.items()}
    return {customer_id: on for customer_id, on in due.items() if on is not None}


async def _tell(deriving: Deriving, rows: Sequence[Row], before: Mapping[tuple[str, date], Spell]) -> None:
    connection, day = deriving.unit.connection, deriving.day
    news = day - timedelta(days=LONGEST_NEWS_DAYS)
    # History that is read for the first time is no news.
    rows = [row for row in rows if row[1].revived_on is None or row[1].revived_on > news]
    if not rows:
        return
    owners = await owners_on(connection, day, {customer_id for customer_id, _, _ in rows})
    stakes = await at_stake_of(connection, sorted({customer_id for customer_id, _, _ in rows}), day)
    now = (await thresholds_in_force(connection)).now
    told = [
        data
        for row in rows
        for data in _news(
            row, before.get((row[0], row[1].last_order_day)), owners[row[0]], stakes.get(row[0], ())
        )
    ]
    deriving.unit.publish_all(
        [
            OutboxRow(data.TOPIC, data.customer_id.encode(), event.id, encode(event))
            for data in told
            for event in [
                new_event(
                    data, id=f"x-{uuid4().hex}", occurred_at=now, key=data.customer_id, producer=PRODUCER
                )
            ]
        ]
    )


def _news(row: Row, before: Spell | None, owner_id: str | None, stakes: Sequence[Stake]) -> Iterator[Told]:
    customer_id, spell, follow_up_id = row
    if spell.revived_on is None:
        definitions: tuple[tuple[Literal["days", "rhythm"], date | None, date | None], ...] = (
            ("days", spell.days_on, before.days_on if before else None),
            ("rhythm", spell.rhythm_on, before.rhythm_on if before else None),
        )
        for definition, on, was in definitions:
            if on is not None and was is None:
                yield CustomerDormant(
                    customer_id=customer_id,
                    definition=definition,
                    dormant_on=on,
                    last_order_day=spell.last_order_day,
                    owner_id=owner_id,
                    at_stake=[
                        CurrencyAmount(currency=s.currency, amount=decimal_string(s.amount_minor, s.currency))
                        for s in stakes
                    ],
                )
    elif before is None or before.revived_on != spell.revived_on:
        began = min(on for on in (spell.days_on, spell.rhythm_on) if on is not None)
        yield CustomerRevived(
            customer_id=customer_id,
            revived_on=spell.revived_on,
            last_order_day=spell.last_order_day,
            dormant_days=(spell.revived_on - began).days,
            by_days=spell.days_on is not None,
            by_rhythm=spell.rhythm_on is not None,
            owner_id=owner_id,
            follow_up_id=follow_up_id,
        )
