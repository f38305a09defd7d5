"""Who may become a customer. Topic ``prospects``, key ``prospect_id``: a prospect has no customer id yet."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData
from contracts.events.customers import Contact
from contracts.wire import Amount, Currency, Day, Id, Text


class _ProspectCard(EventData):
    """The whole card; a higher ``revision`` replaces a lower one. Sales and need are a year's, in ``currency``."""

    prospect_id: Id
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    name: Text
    short_name: Text = ""
    kind: Text = ""
    region: Text = ""
    category: Text = ""
    business_form: Text = ""
    currency: Currency
    assets: Amount | None = None
    sales_volume: Amount | None = None
    growth_percent: Annotated[int, Field(ge=-100, le=100_000)] | None = None
    potential_need: Amount | None = None
    salesperson_id: Id | None = None
    next_visit: Day | None = None
    source: Text = ""
    notes: Text = ""
    tags: Annotated[list[Text], Field(default_factory=list, max_length=50)]
    contacts: Annotated[list[Contact], Field(default_factory=list, max_length=50)]
    by: Id | None = None


class ProspectEntered(_ProspectCard):
    """Somebody who may become a customer was entered."""

    TYPE: ClassVar[str] = "prospect.entered"
    TOPIC: ClassVar[str] = "prospects"


class ProspectChanged(_ProspectCard):
    """A prospect's card now reads as given here, in full."""

    TYPE: ClassVar[str] = "prospect.changed"
    TOPIC: ClassVar[str] = "prospects"


class ProspectGraded(EventData):
    """A prospect's grade by a version of the grading policy; score 0 to 100; ``visit_days`` null: no visits wanted."""

    TYPE: ClassVar[str] = "prospect.graded"
    TOPIC: ClassVar[str] = "prospects"

    prospect_id: Id
    revision: Annotated[int, Field(ge=1, le=1_000_000)]
    policy_version: Annotated[int, Field(ge=1, le=1_000_000)]
    grade: Id
    score: Amount
    price: Text = ""
    priority: Annotated[int, Field(ge=0, le=100)]
    visit_days: Annotated[int, Field(ge=1, le=3_650)] | None = None


class ProspectConverted(EventData):
    """A prospect became this customer; what was known of the prospect belongs to the customer now."""

    TYPE: ClassVar[str] = "prospect.converted"
    TOPIC: ClassVar[str] = "prospects"

    prospect_id: Id
    customer_id: Id
    by: Id | None = None


class ProspectLost(EventData):
    """A prospect will not become a customer, for this reason."""

    TYPE: ClassVar[str] = "prospect.lost"
    TOPIC: ClassVar[str] = "prospects"

    prospect_id: Id
    reason: Text
    by: Id | None = None
