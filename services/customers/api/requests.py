"""What callers send. Unknown fields are refused."""

from typing import Annotated

from pydantic import Field

from contracts.events.customers import Ownership
from contracts.wire import Day, Id, Text
from services.customers.api.common import Body, ContactIn, ShownText


class ProfileIn(Body):
    """The whole archive card but for the bank account."""

    name: ShownText
    short_name: Text = ""
    region: Text = ""
    category: Text = ""
    business_form: Text = ""
    ownership: Ownership = "company"
    tags: Annotated[list[Text], Field(default_factory=list, max_length=50)]
    contacts: Annotated[list[ContactIn], Field(default_factory=list, max_length=50)]
    phones: Annotated[list[Text], Field(default_factory=list, max_length=20)]


class CustomerIn(ProfileIn):
    """A new customer. It starts cash only: 0 days, limit 0, until finance sets its terms."""

    customer_id: Id
    bank_account: Text = ""


class CardChangeIn(ProfileIn):
    """A customer's card from now on, in full. ``revision`` is the one it was read at, unless If-Match says so."""

    revision: Annotated[int, Field(ge=1, le=999_999)] | None = None
    bank_account: Text | None = Field(
        None,
        description="left out, or as it is shown masked: it stays as it is; empty: there is none any more",
    )


class AssignmentIn(Body):
    """From ``from_day`` on this salesperson looks after the customer; earlier months keep their owner."""

    salesperson_id: Id
    from_day: Day


class BlacklistIn(Body):
    """Why no order of the customer passes any more."""

    reason: ShownText


class LiftIn(Body):
    """Why the customer is no longer blacklisted."""

    reason: Text = ""
