"""The credit policy: which rules an order must pass, as data. Topic ``clock``: it is in force from a point of time on.

A policy has levels: company, risk class, customer. Each field of each rule is taken from the most specific level that
says it; a field left out (or ``null``, or an empty list) says nothing. A threshold that no level says is no limit,
``0`` is none. To lift a rule for some customers, switch it off on their level.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.events.base import EventData, Part
from contracts.events.orders import PaymentMethod
from contracts.events.terms import Days, RiskClass
from contracts.wire import Amount, Currency, Day, Id, Text

ReleaseOrder = Literal["oldest", "smallest", "promised"]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Percent = Annotated[int, Field(ge=0, le=100)]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Methods = Annotated[list[PaymentMethod], Field(default_factory=list, max_length=3)]
Customers = Annotated[list[Id], Field(default_factory=list, max_length=1_000)]


class CurrencyAmount(Part):
    """A threshold for the accounts that are kept in this currency."""

    currency: Currency
    amount: Amount


Amounts = Annotated[list[CurrencyAmount], Field(default_factory=list, max_length=50)]


class RuleSwitch(Part):
    """A rule without a threshold of its own.

    ``active`` is whether it is applied; ``exclude_customers`` and ``exclude_methods`` are whom it is not applied to.
    """

    active: bool | None = None
    exclude_customers: Customers
    exclude_methods: Methods


class AmountRule(RuleSwitch):
    """Fails above an amount of money, stretched by ``grace_percent``."""

    amounts: Amounts
    grace_percent: Percent | None = None


class DaysRule(RuleSwitch):
    """Fails above so many days and the days of grace."""

    max_days: Days | None = None
    grace_days: Days | None = None


class ItemsRule(RuleSwitch):
    """Fails above so many invoices."""

    max_items: Count | None = None


class ShareRule(RuleSwitch):
    """Fails above so many percent of what the customer owes on invoices."""

    max_percent: Percent | None = None


class GraceRule(RuleSwitch):
    """Fails when a date or a term of the account is exceeded by more than the days of grace."""

    grace_days: Days | None = None


class BehaviourRule(RuleSwitch):
    """Fails above so many days late on average, once so many invoices are settled."""

    max_average_days: Days | None = None
    min_invoices: Count | None = None


class PolicyRules(Part):
    """What one level says about the rules; a rule left out is as the level above says."""

    limit: RuleSwitch | None = None
    overdue_amount: AmountRule | None = None
    overdue_days: DaysRule | None = None
    overdue_items: ItemsRule | None = None
    overdue_share: ShareRule | None = None
    single_order_maximum: AmountRule | None = None
    blacklist: RuleSwitch | None = None
    manual_hold: RuleSwitch | None = None
    expired_review: GraceRule | None = None
    payment_behaviour: BehaviourRule | None = None
    term_change: GraceRule | None = None


class RiskClassRules(Part):
    """The level of one risk class."""

    risk_class: RiskClass
    rules: PolicyRules


class CustomerRules(Part):
    """The level of one customer."""

    customer_id: Id
    rules: PolicyRules


WeekDays = Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)]
Holidays = Annotated[list[Day], Field(default_factory=list, max_length=1_000)]


class DeskRules(Part):
    """How people work on held orders.

    ``deadline_days`` are working days (``null``: no deadline), ``rest_days`` days of the week from 1 (Monday) that are
    not worked on (left out: Saturday and Sunday). An order released by hand may grow by ``growth_percent`` for
    ``growth_days``; a temporary limit that raises the ordinary one by more than ``limit_raise_percent`` needs a second
    person.
    """

    deadline_days: Annotated[int, Field(ge=0, le=365)] | None = 2
    rest_days: WeekDays | None = None
    holidays: Holidays
    escalations: Annotated[int, Field(ge=1, le=100)] = 1
    growth_percent: Annotated[int, Field(ge=0, le=1_000)] = 0
    growth_days: Annotated[int, Field(ge=0, le=3_650)] = 0
    limit_raise_percent: Annotated[int, Field(ge=0, le=10_000)] | None = None


class PolicyDocument(Part):
    """A policy in full. ``release_order`` is the order in which held orders are decided again when room appears."""

    release_order: ReleaseOrder = "oldest"
    company: PolicyRules
    risk_classes: Annotated[list[RiskClassRules], Field(default_factory=list, max_length=4)]
    customers: Annotated[list[CustomerRules], Field(default_factory=list, max_length=1_000)]
    desk: DeskRules | None = None


class PolicyActivated(EventData):
    """A version of the policy, in full, is in force on a partition from ``effective_from`` on.

    It takes effect where it stands in the partition's stream or, if that day has not begun there, with the
    ``clock.day_started`` of that day. Published once per partition.
    """

    TYPE: ClassVar[str] = "policy.activated"
    TOPIC: ClassVar[str] = "clock"

    version: Version
    partition: Annotated[int, Field(ge=0, le=100_000)]
    effective_from: Day
    policy: PolicyDocument
    reason: Text = ""
    by: Id | None = None
