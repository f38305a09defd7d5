"""Who the customers are, and how satisfied. Topic ``customers``, key ``customer_id``.

``by`` is who did it, where a person did it through the API of the customers service.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.wire import Day, Id, Text

Ownership = Literal["company", "salesperson", "walk_in"]
SatisfactionSource = Literal["survey", "visit", "call", "message", "complaint", "other"]


class Contact(Part):
    """A person at the customer."""

    name: Text
    role: Text = ""
    phone: Text = ""
    email: Text = ""
    phones: list[Text] = Field(default_factory=list, max_length=10)
    chat: Text = ""
    preferred: bool = False
    notes: Text = ""


class _Profile(EventData):
    """The whole archive card; a higher ``revision`` replaces a lower one."""

    customer_id: Id
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    name: Text
    short_name: Text = ""
    region: Text = ""
    category: Text = ""
    business_form: Text = ""
    ownership: Ownership = "company"
    bank_account: Text = ""
    tags: Annotated[list[Text], Field(default_factory=list, max_length=50)]
    contacts: Annotated[list[Contact], Field(default_factory=list, max_length=50)]
    phones: list[Text] = Field(default_factory=list, max_length=20)
    by: Id | None = None


class CustomerCreated(_Profile):
    """A customer was entered. Credit starts at 0 days and 0 limit: cash only."""

    TYPE: ClassVar[str] = "customer.created"
    TOPIC: ClassVar[str] = "customers"


class CustomerChanged(_Profile):
    """A customer's card now reads as given here, in full."""

    TYPE: ClassVar[str] = "customer.changed"
    TOPIC: ClassVar[str] = "customers"


class CustomerAssigned(EventData):
    """From ``from_day`` on a salesperson looks after the customer; earlier months keep their owner."""

    TYPE: ClassVar[str] = "customer.assigned"
    TOPIC: ClassVar[str] = "customers"

    customer_id: Id
    salesperson_id: Id
    from_day: Day
    by: Id | None = None


class CustomerBlacklisted(EventData):
    """No order of this customer passes, paid in advance or not, until the blacklisting is lifted."""

    TYPE: ClassVar[str] = "customer.blacklisted"
    TOPIC: ClassVar[str] = "customers"

    customer_id: Id
    reason: Text
    by: Id | None = None


class CustomerBlacklistLifted(EventData):
    """The customer is no longer blacklisted."""

    TYPE: ClassVar[str] = "customer.blacklist_lifted"
    TOPIC: ClassVar[str] = "customers"

    customer_id: Id
    reason: Text = ""
    by: Id | None = None


class SatisfactionRecorded(EventData):
    """How satisfied a customer was on a day, from 1 (not at all) to 5 (very), and how we know."""

    TYPE: ClassVar[str] = "satisfaction.recorded"
    TOPIC: ClassVar[str] = "customers"

    satisfaction_id: Id
    customer_id: Id
    score: Annotated[int, Field(ge=1, le=5)]
    source: SatisfactionSource
    on: Day
    contact: Text = ""
    comment: Text = ""
    by: Id | None = None
