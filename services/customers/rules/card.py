"""The archive card of a customer, and the customer as the archive has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from contracts.bodies import plain_body
from contracts.envelope import Event


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at the customer."""

    name: str
    role: str
    phone: str
    email: str
    phones: Sequence[str] = ()
    chat: str = ""
    preferred: bool = False
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a card says."""

    name: str
    short_name: str
    region: str
    category: str
    business_form: str
    ownership: str
    bank_account: str
    tags: Sequence[str]
    contacts: Sequence[Contact]
    phones: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A card in one revision, in full; written once."""

    customer_id: str
    revision: int
    changed_at: datetime
    profile: Profile
    event_id: str
    producer: str
    digest: bytes

    @property
    def body(self) -> str:
        """The profile as JSON."""
        return _JSON.encode(self.profile).decode()


@dataclass(slots=True)
class Customer:
    """A customer as the archive has it now.

    Attributes:
        revision: of the card in force; 0: traded, assigned or judged, but nobody has entered a card yet.
        created: digest of the card the customer was entered with; None: only changes of it are known.
        stored, changed: whether the database has it, and whether it differs from what the database has.
        contacts_changed: whether the contacts have to be written again.
    """

    customer_id: str
    revision: int = 0
    changed_at: datetime | None = None
    name: str = ""
    short_name: str = ""
    region: str = ""
    category: str = ""
    business_form: str = ""
    ownership: str = "company"
    bank_account: str = ""
    tags: Sequence[str] = ()
    created: bytes | None = None
    created_at: datetime | None = None
    blacklisted: bool = False
    blacklist_reason: str = ""
    blacklist_changed_at: datetime | None = None
    phones: Sequence[str] = ()
    contacts: Sequence[Contact] = ()
    stored: bool = False
    changed: bool = False
    contacts_changed: bool = False


_JSON = msgspec.json.Encoder()


def card_of(event: Event[Any]) -> Card:
    """Return the card of a ``customer.created`` or ``customer.changed``."""
    data = event.data
    profile = Profile(
        name=data.name,
        short_name=data.short_name,
        region=data.region,
        category=data.category,
        business_form=data.business_form,
        ownership=data.ownership,
        bank_account=data.bank_account,
        tags=list(data.tags),
        contacts=[
            Contact(c.name, c.role, c.phone, c.email, list(c.phones), c.chat, c.preferred, c.notes)
            for c in data.contacts
        ],
        phones=list(data.phones),
    )
    facts = _JSON.encode((data.revision, _said(profile)))
    return Card(
        customer_id=data.customer_id,
        revision=data.revision,
        changed_at=event.occurred_at,
        profile=profile,
        event_id=event.id,
        producer=event.producer,
        digest=blake2b(facts, digest_size=16).digest(),
    )


def _said(profile: Profile) -> dict[str, Any]:
    """What a card says, without later fields that it leaves empty: a card from before they were there is the same."""
    said: dict[str, Any] = plain_body(profile)
    for contact in said["contacts"]:
        _drop_empty(contact, ("phones", "chat", "preferred", "notes"))
    _drop_empty(said, ("phones",))
    return said


def _drop_empty(fields: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        if not fields[name]:
            del fields[name]


def create(customer: Customer, card: Card) -> None:
    """The customer was entered with this card."""
    customer.created = card.digest
    customer.created_at = card.changed_at
    put(customer, card)


def put(customer: Customer, card: Card) -> None:
    """Bring a card into force if it is newer: by revision, then by time for systems that count no revisions."""
    customer.changed = True
    if customer.changed_at is not None and (card.revision, card.changed_at) < (
        customer.revision,
        customer.changed_at,
    ):
        return
    profile = card.profile
    customer.revision = card.revision
    customer.changed_at = card.changed_at
    customer.name = profile.name
    customer.short_name = profile.short_name
    customer.region = profile.region
    customer.category = profile.category
    customer.business_form = profile.business_form
    customer.ownership = profile.ownership
    customer.bank_account = profile.bank_account
    customer.tags = profile.tags
    customer.phones = profile.phones
    customer.contacts = profile.contacts
    customer.contacts_changed = True
