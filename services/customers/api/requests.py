"""What callers send. Unknown fields are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.events.customers import Contact, Ownership
from contracts.wire import Day, Id, Text

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)

ShownText = Annotated[Text, Field(min_length=1)]
"""A text that says something."""


class ContactIn(Contact):
    """A person at the customer."""

    model_config = _STRICT


class _Body(BaseModel):
    model_config = _STRICT


class ProfileIn(_Body):
    """The whole archive card."""

    name: ShownText
    short_name: Text = ""
    region: Text = ""
    category: Text = ""
    business_form: Text = ""
    ownership: Ownership = "company"
    bank_account: Text = ""
    tags: Annotated[list[Text], Field(default_factory=list, max_length=50)]
    contacts: Annotated[list[ContactIn], Field(default_factory=list, max_length=50)]


class CustomerIn(ProfileIn):
    """A new customer. It starts cash only: 0 days, limit 0, until finance sets its terms."""

    customer_id: Id


class CardChangeIn(ProfileIn):
    """A customer's card from now on, in full. ``revision`` is the one it was read at, unless If-Match says so."""

    revision: Annotated[int, Field(ge=1, le=999_999)] | None = None


class AssignmentIn(_Body):
    """From ``from_day`` on this salesperson looks after the customer; earlier months keep their owner."""

    salesperson_id: Id
    from_day: Day


class BlacklistIn(_Body):
    """Why no order of the customer passes any more."""

    reason: ShownText


class LiftIn(_Body):
    """Why the customer is no longer blacklisted."""

    reason: Text = ""
