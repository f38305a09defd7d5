"""Journal entries: what happened to an account, with its effect spelled out, so that folding needs no rule.

An entry is encoded as JSON with its field names; the bytes are hashed into the account's chain:
``hash = sha256(previous hash + bytes)``. New kinds and new optional fields may be added; nothing may change meaning.
"""

from datetime import date
from hashlib import sha256

import msgspec

from services.credit.rules.worth import Own


class Entry(msgspec.Struct, tag_field="kind", kw_only=True, gc=False, omit_defaults=True):
    """What all entries carry.

    Attributes:
        customer: the account.
        seq: 1, 2, 3 ... per customer.
        event: producer and id of the event that caused it.
        at: the event's own time (RFC 3339).
        day: the business day it was applied on.
    """

    customer: str
    seq: int
    event: str
    at: str
    day: date


class ReasonEntry(msgspec.Struct, gc=False, omit_defaults=True):
    """A failing rule: value and threshold in minor units, days or items (None: does not apply)."""

    rule: str
    value: int | str | None = None
    threshold: int | str | None = None
    documents: list[str] = []


class Allocation(msgspec.Struct, array_like=True, gc=False):
    """Money of one credit applied to one invoice; negative amounts take it back."""

    credit: str
    invoice: str
    amount: int


class Decided(Entry, tag="decision", kw_only=True):
    """A version of the decision on an order. ``previous`` is the entry of the version before (0: none).

    ``due_on`` is the last day for a ruling on an order that is held by it; None: none, or it was held before.
    ``approved_by`` is the second person of a ruling by two. ``amount`` is in the order's own ``currency``, ``factor``
    what a minor unit of it is worth in the account's (empty: it is the account's, or no rate is known).
    """

    order: str
    amount: int
    currency: str
    method: str
    outcome: str
    version: int
    previous: int = 0
    reasons: list[ReasonEntry] = []
    policy: int
    exposure: int
    limit: int | None
    placed_at: str
    placed_amount: int
    revision: int = 0
    promised_on: date | None = None
    trigger: str = ""
    by: str | None = None
    comment: str = ""
    approved_by: str | None = None
    due_on: date | None = None
    term_days: int | None = None
    factor: str = ""


class Escalated(Entry, tag="escalated", kw_only=True):
    """Nobody ruled on a held order in time.

    ``missed`` was the last day for it, ``due_on`` is the next one (None: it will not escalate again), and ``reasons``
    are the rules the order fails now.
    """

    order: str
    level: int
    missed: date
    due_on: date | None = None
    reasons: list[ReasonEntry] = []


class Amended(Entry, tag="amended", kw_only=True):
    """An order's amount changed without a new decision (it shrank, is unknown yet, or is over).

    ``factor`` None: as it was.
    """

    order: str
    amount: int
    revision: int
    promised_on: date | None = None
    factor: str | None = None


class Cancelled(Entry, tag="cancelled", kw_only=True):
    """What was not invoiced of an order is given up."""

    order: str
    reason: str = ""


class Shipped(Entry, tag="shipped", kw_only=True):
    """Goods left. ``moved`` of the order's open amount is now shipped."""

    order: str
    shipment: str
    amount: int
    moved: int


class Invoiced(Entry, tag="invoiced", kw_only=True):
    """An invoice: which part of the order it uses, and what money in hand pays it at once.

    ``of_order`` is what it invoices of its order, in the order's currency (None: ``amount``). ``transfer`` is the
    customer it was taken over from or, with ``passes_on``, the one to whom money in hand went: then it is no invoice.
    """

    invoice: str
    order: str | None = None
    currency: str
    amount: int
    issued_on: date
    due_on: date
    from_shipped: int = 0
    from_open: int = 0
    closes: bool = False
    allocations: list[Allocation] = []
    own: Own | None = None
    of_order: int | None = None
    transfer: str = ""
    passes_on: bool = False
    reason: str = ""
    by: str | None = None


class CreditTaken(Entry, tag="credit", kw_only=True):
    """A payment, a credit note or a write-off: what it pays, and what is left of it.

    ``named`` is what it was meant for, known invoices or not; ``prefers`` the invoice that is paid before the oldest.
    Of money in another currency, ``named_own`` is the same in that currency, and ``exchange`` what it counts for more
    (less, if negative) than at its own rate because it pays invoices of its currency; ``amount`` has it in it.
    ``transfer`` is the customer it came from, or who has taken over the invoice it pays.
    """

    credit: str
    currency: str
    amount: int
    allocations: list[Allocation] = []
    intents: dict[str, int] = {}
    order: str | None = None
    named: dict[str, int] = {}
    prefers: str | None = None
    own: Own | None = None
    named_own: dict[str, int] = {}
    exchange: dict[str, int] = {}
    transfer: str = ""
    reason: str = ""
    by: str | None = None


class CreditReversed(Entry, tag="reversed", kw_only=True):
    """A payment was taken back: what it had paid is open again. ``amount`` 0: it had not come in yet.

    ``exchange`` is the part of the amount that was an exchange difference, which is taken back with it.
    """

    credit: str
    amount: int
    allocations: list[Allocation] = []
    reason: str = ""
    exchange: int = 0


class Exchanged(Entry, tag="exchange", kw_only=True):
    """Money in hand counts for ``amount`` more (less, if negative): it is to pay ``invoice``, of its own currency.

    ``invoice`` empty: a document came late, and the difference is what it would have been had it come in time.
    """

    credit: str
    invoice: str = ""
    amount: int


class Reallocated(Entry, tag="reallocated", kw_only=True):
    """A document came late: how the money lies differently had it come in time.

    ``intents`` are those of the credits where they changed, in full.
    """

    allocations: list[Allocation] = []
    intents: dict[str, dict[str, int]] = {}


class TermsChanged(Entry, tag="terms", kw_only=True):
    """The account's terms, in full."""

    currency: str
    term_days: int
    limit: int | None
    grace_days: int
    single_order_max: int | None
    thresholds: tuple[int | None, int | None, int | None] | None = None
    review_on: date | None = None
    reason: str = ""
    by: str | None = None
    approved_by: str | None = None


class TemporaryLimitSet(Entry, tag="temporary_limit", kw_only=True):
    """A limit for a time."""

    limit: int | None
    from_day: date
    until_day: date
    reason: str = ""
    by: str | None = None
    approved_by: str | None = None


class Flagged(Entry, tag="flag", kw_only=True):
    """A blacklisting or manual hold was set, or lifted (``reason`` None)."""

    flag: str
    reason: str | None
    comment: str = ""
    by: str | None = None


class RiskClassSet(Entry, tag="risk_class", kw_only=True):
    """The account's risk class was set (None: taken away)."""

    risk_class: str | None = None
    reason: str = ""
    by: str | None = None


class DayPassed(Entry, tag="day", kw_only=True):
    """A day began that changed the account by itself: items fell overdue, or a temporary limit began or ended."""

    fell_overdue: int = 0
    temporary_ended: bool = False


AnyEntry = (
    Decided
    | Escalated
    | Amended
    | Cancelled
    | Shipped
    | Invoiced
    | CreditTaken
    | CreditReversed
    | Exchanged
    | Reallocated
    | TermsChanged
    | TemporaryLimitSet
    | Flagged
    | RiskClassSet
    | DayPassed
)

MoneyEntry = Invoiced | CreditTaken | CreditReversed | Reallocated
"""What says which money pays which invoice."""

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[AnyEntry] = msgspec.json.Decoder(AnyEntry)


def encode_entry(entry: Entry) -> bytes:
    """Return the bytes that are stored and hashed."""
    return _ENCODER.encode(entry)


def decode_entry(body: bytes | str) -> AnyEntry:
    """Read an entry back."""
    return _DECODER.decode(body)


def chain_hash(previous: bytes, body: bytes) -> bytes:
    """Return the hash of an entry in its chain."""
    return sha256(previous + body).digest()
