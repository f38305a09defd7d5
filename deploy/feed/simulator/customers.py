"""The customers of the simulated business: rhythm, size, credit and paying habits."""

from dataclasses import dataclass, field
from datetime import date
from math import exp
from random import Random

from deploy.feed.parameters import Distributor
from deploy.feed.simulator.catalogue import Catalogue, Taste, amount_of
from deploy.feed.simulator.names import BusinessName, business_name

MAX_ORDERS_PER_DAY = 1.2


@dataclass(slots=True)
class OpenInvoice:
    """An invoice on account that is not paid in full. Amounts in minor units."""

    invoice_id: str
    issued_on: date
    due_on: date
    open_minor: int
    pay_on: date


@dataclass(slots=True)
class Customer:
    """One customer with its habits (fixed) and its account (changing).

    Attributes:
        orders_per_day: of business time.
        gap_shape: shape of its gamma-distributed gaps; large is regular.
        leave_share: chance that an order was its last.
        usual_order_minor: mean amount of its orders.
        term_days: 0 is cash only.
        limit_minor: None is unlimited.
        days_late: its mean, relative to the due date.
        pay_weekday: the day of the week on which it pays.
        stops_paying_on: None for customers who go on paying.
        joined: None for those who were there before the start.
        credit_minor: credit notes not yet taken off a payment.
    """

    customer_id: str
    called: BusinessName
    salesperson_id: str
    arrivals: Random
    orders_per_day: float
    gap_shape: float
    leave_share: float
    taste: Taste
    usual_order_minor: int
    term_days: int
    limit_minor: int | None
    days_late: float
    pay_weekday: int
    names_invoices: bool
    stops_paying_on: date | None = None
    joined: date | None = None
    invoices: list[OpenInvoice] = field(default_factory=list)
    credit_minor: int = 0
    orders: int = 0
    payments: int = 0
    paying_on: set[date] = field(default_factory=set)
    chased_on: date | None = None

    @property
    def cash_only(self) -> bool:
        """Whether it gets no credit."""
        return self.term_days == 0


def round_up(amount_minor: float, digits: int = 2) -> int:
    """Round up to so many leading digits, as limits are granted."""
    step: int = max(10 ** (len(str(int(amount_minor))) - digits), 100)
    return -(-int(amount_minor) // step) * step


def make_customer(
    number: int, prefix: str, seed: int, parameters: Distributor, catalogue: Catalogue
) -> Customer:
    """Draw the customer with this number; it does not depend on how many others there are."""
    random = Random(f"{seed}|customer|{number}")
    rhythm, habits, assumed = parameters.rhythm, parameters.payments, parameters.assumptions
    rate = random.gammavariate(rhythm.rate_shape, 1 / (rhythm.rate_shape * rhythm.mean_gap_days))
    # UCI's customers leave per order; scaled by the pace, so that they stay as long as there.
    leave = (
        random.betavariate(rhythm.leave_a, rhythm.leave_b) * rhythm.mean_gap_days / rhythm.uci_mean_gap_days
    )
    taste = catalogue.taste(random)
    usual = sum(amount_of(catalogue.basket(taste, random)) for _ in range(30)) // 30
    customer = Customer(
        customer_id=f"{prefix}-C{number:05d}",
        called=business_name(random, number),
        salesperson_id="",
        arrivals=Random(f"{seed}|arrivals|{number}"),
        orders_per_day=min(max(rate, 0.001), MAX_ORDERS_PER_DAY),
        gap_shape=exp(random.normalvariate(rhythm.regularity_log_mean, rhythm.regularity_log_sd)),
        leave_share=leave,
        taste=taste,
        usual_order_minor=usual,
        term_days=0,
        limit_minor=0,
        days_late=random.normalvariate(habits.customer_mean_days, habits.customer_sd_days),
        pay_weekday=random.randrange(5),
        names_invoices=random.random() < assumed.names_invoices_share,
    )
    if random.random() >= assumed.cash_only_share:
        grant_credit(customer, random, parameters)
    return customer


def grant_credit(customer: Customer, random: Random, parameters: Distributor) -> None:
    """Give term days and a limit: a multiple of what the customer buys during its term, at least of one order."""
    granting, assumed = parameters.credit, parameters.assumptions
    terms, shares = zip(*assumed.term_days_share, strict=True)
    customer.term_days = random.choices(terms, shares)[0]
    during_term = customer.usual_order_minor * customer.orders_per_day * customer.term_days
    multiple = (
        exp(random.normalvariate(granting.limit_log_mean, granting.limit_log_sd)) * assumed.limit_headroom
    )
    customer.limit_minor = round_up(multiple * max(during_term, customer.usual_order_minor))
    if random.random() < granting.unlimited_share:
        customer.limit_minor = None
