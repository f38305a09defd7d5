"""What is the case for a customer: from credit's snapshot, the invoices, and what events said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast

from contracts.events.alerts import Severity, SubjectType
from contracts.money import decimal_string, minor_units
from services.insights.rules.alerts.kinds import KINDS, judge
from services.insights.rules.alerts.model import (
    MOST_DOCUMENTS,
    OURS,
    Condition,
    Facts,
    Owner,
    dedup_key,
)
from services.insights.rules.alerts.signals import FOREIGN, ORDER
from services.insights.rules.alerts.thresholds import Thresholds
from services.insights.rules.prospects import Prospect
from services.insights.rules.receivables import Receivable


@dataclass(frozen=True, slots=True)
class Due:
    """An invoice with its due day. ``amount_minor`` is that of the whole invoice."""

    invoice_id: str
    currency: str
    amount_minor: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal that holds. ``settled``: its order was cancelled."""

    kind: str
    subject: str
    facts: Facts
    settled: bool = False
    until: date = date.max


@dataclass(slots=True)
class Picture:
    """Everything that alerts about one customer (or salesperson, or prospect) depend on.

    Attributes:
        names: what is called so: a customer, a salesperson and a prospect may share an id.
        owner: who looks after the customer.
        next_owner_on: the day on which somebody else begins to.
    """

    customer_id: str
    names: Mapping[SubjectType, str] = field(default_factory=dict)
    owner: str = ""
    next_owner_on: date | None = None
    receivable: Receivable | None = None
    prospect: Prospect | None = None
    due: list[Due] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)


def conditions_of(picture: Picture, day: date, thresholds: Thresholds) -> Iterator[Condition]:
    """Yield everything that is the case on a business day and worth an alert."""
    for kind, subject, facts, documents in _found(picture, day, thresholds):
        severity = judge(kind, facts, thresholds)
        if severity is not None:
            yield _condition(picture, kind, subject, severity, facts, documents)
    for heard in picture.heard:
        if heard.kind == FOREIGN:
            yield _foreign(picture, heard)


_Found = tuple[str, str, Facts, Sequence[str]]


def _found(picture: Picture, day: date, thresholds: Thresholds) -> Iterator[_Found]:
    if picture.receivable is not None:
        yield from _of_receivable(picture.receivable)
        yield from _due_soon(picture.due, picture.receivable, day, thresholds.invoice_due_soon.days)
    if picture.prospect is not None:
        yield from _unvisited(picture.prospect, day, thresholds)
    held = {h.subject: h.facts for h in picture.heard if h.kind == ORDER and not h.settled}
    for heard in picture.heard:
        if heard.kind in (ORDER, "order_escalated"):
            found = _of_order(heard, held, day, thresholds.news.decision_days)
        elif heard.kind == "payment_bounced":
            found = _bounced(heard, day, thresholds.news.bounced_days)
        elif heard.kind == FOREIGN:
            continue
        else:
            found = (heard.kind, heard.subject, heard.facts, _documents(heard.facts))
        if found is not None:
            yield found


def _of_receivable(receivable: Receivable) -> Iterator[_Found]:
    currency, customer_id = receivable.currency, receivable.customer_id
    if receivable.overdue_minor > 0:
        facts: Facts = {
            "amount": decimal_string(receivable.overdue_minor, currency),
            "currency": currency,
            "items": receivable.overdue_items,
            "days": receivable.overdue_days,
        }
        yield "overdue", customer_id, facts, ()
    limit, exposure = receivable.limit_minor, receivable.exposure_minor
    # Without a limit nothing is used up; a limit of 0 is used up by the first thing bought on credit.
    if limit is not None and exposure > 0:
        facts = {
            "percent": exposure * 100 // limit if limit else 100,
            "exposure": decimal_string(exposure, currency),
            "limit": decimal_string(limit, currency),
            "currency": currency,
        }
        yield "limit_nearly_used", customer_id, facts, ()


def _due_soon(due: list[Due], receivable: Receivable, day: date, days: int) -> Iterator[_Found]:
    """Invoices that fall due soon, with what is open of them: the oldest is paid first, so the newest are open."""
    left = receivable.invoiced_minor
    last = day + timedelta(days=days)
    for invoice in sorted(due, key=lambda i: (i.due_on, i.invoice_id), reverse=True):
        if invoice.currency != receivable.currency or invoice.due_on < day:
            continue
        open_minor = max(0, min(invoice.amount_minor, left))
        left -= open_minor
        if open_minor and invoice.due_on <= last:
            facts: Facts = {
                "invoice_id": invoice.invoice_id,
                "amount": decimal_string(open_minor, invoice.currency),
                "currency": invoice.currency,
                "due_on": invoice.due_on.isoformat(),
            }
            yield "invoice_due_soon", invoice.invoice_id, facts, (invoice.invoice_id,)


def _unvisited(prospect: Prospect, day: date, thresholds: Thresholds) -> Iterator[_Found]:
    """A prospect that waits; a visit that is agreed and still to come holds it back.

    The days are those that were passed last, so that the evidence holds until the next ones are.
    """
    if not prospect.waits or (prospect.next_visit is not None and day <= prospect.next_visit):
        return
    assert prospect.entered_on is not None
    reached = [passed for passed in _waiting_days(prospect, thresholds) if passed <= day]
    if reached:
        facts: Facts = {
            "days": (max(reached) - prospect.entered_on).days,
            "entered_on": prospect.entered_on.isoformat(),
            "grade": prospect.grade,
            "owner_id": prospect.salesperson_id,
        }
        yield "prospect_unvisited", prospect.prospect_id, facts, ()


def _waiting_days(prospect: Prospect, thresholds: Thresholds) -> tuple[date, date]:
    """Return the days on which waiting becomes a warning, and critical."""
    assert prospect.entered_on is not None
    bounds = thresholds.prospect_unvisited.of(prospect.grade)
    return (
        prospect.entered_on + timedelta(days=bounds.warning_days),
        prospect.entered_on + timedelta(days=bounds.critical_days),
    )


def _of_order(heard: Heard, held: Mapping[str, Facts], day: date, news_days: int) -> _Found | None:
    facts = heard.facts
    documents = (heard.subject, *_documents(facts))
    if heard.settled:
        return None
    if heard.kind == "order_escalated":
        decision = held.get(heard.subject)
        stands = decision is not None and decision["outcome"] == "held"
        # A decision taken after the missed deadline has a deadline of its own.
        if not stands or _integer(facts, "seq") < _integer(decision or {}, "seq"):
            return None
        return "order_escalated", heard.subject, facts, documents
    outcome = facts["outcome"]
    if outcome == "held":
        return "order_held", heard.subject, facts, documents
    if outcome in ("released", "rejected") and _within(facts, day, news_days):
        return f"order_{outcome}", heard.subject, facts, documents
    return None


def _bounced(heard: Heard, day: date, days: int) -> _Found | None:
    facts = heard.facts
    if not _within(facts, day, days):
        return None
    minor, currency = facts.get("amount_minor"), str(facts.get("currency", ""))
    # Its reversal may arrive before the payment: until then nobody knows how much it was.
    amount = decimal_string(minor, currency) if isinstance(minor, int) else None
    told: Facts = {"payment_id": heard.subject, "amount": amount, "currency": currency, "day": facts["day"]}
    return "payment_bounced", heard.subject, told, (heard.subject,)


def _within(facts: Facts, day: date, days: int) -> bool:
    return day <= date.fromisoformat(str(facts["day"])) + timedelta(days=days)


def _integer(facts: Facts, name: str) -> int:
    return int(cast("int", facts.get(name) or 0))


def _documents(facts: Facts) -> tuple[str, ...]:
    found = facts.get("documents")
    return tuple(found) if isinstance(found, list) else ()


def _condition(
    picture: Picture, kind: str, subject: str, severity: Severity, facts: Facts, documents: Sequence[str]
) -> Condition:
    known = KINDS[kind]
    theirs = picture.owner if known.subject_type == "customer" else ""
    person = str(facts.get("owner_id") or theirs) if known.personal else ""
    return Condition(
        key=dedup_key(kind, picture.customer_id, subject),
        kind=kind,
        customer_id=picture.customer_id,
        subject=subject,
        severity=severity,
        owner=Owner(person) if person else Owner(role=known.role),
        facts={name: fact for name, fact in facts.items() if name not in ("documents", "owner_id")},
        documents=tuple(dict.fromkeys(documents))[:MOST_DOCUMENTS],
        subject_type=known.subject_type,
    )


def _foreign(picture: Picture, heard: Heard) -> Condition:
    facts = heard.facts
    kind, person = str(facts["kind"]), str(facts.get("owner_id") or "")
    known = KINDS.get(kind)
    role = facts.get("owner_role") or (known.role if known else "manager")
    if not person and known is not None and known.personal:
        person = picture.owner
    return Condition(
        key=str(facts["dedup_key"]),
        kind=kind,
        customer_id=picture.customer_id,
        subject=str(facts["subject"]),
        severity=facts["severity"],  # type: ignore[arg-type]
        owner=Owner(person) if person else Owner(role=role),  # type: ignore[arg-type]
        facts={name: facts.get(name, "") for name in ("title", "evidence", "step")},
        documents=_documents(facts)[:MOST_DOCUMENTS],
        subject_type=facts["subject_type"],  # type: ignore[arg-type]
        origin=str(facts["origin"] if facts["origin"] != OURS else "unknown"),
        alert_id=heard.subject,
    )


def next_day(picture: Picture, day: date, thresholds: Thresholds) -> date | None:
    """Return the first day after ``day`` on which something may differ though nothing happens; None: none."""
    news, soon = thresholds.news, thresholds.invoice_due_soon
    days: list[date] = [] if picture.next_owner_on is None else [picture.next_owner_on]
    for due in picture.due:
        days += (due.due_on - timedelta(days=soon.days), due.due_on + timedelta(days=1))
    if picture.prospect is not None and picture.prospect.waits:
        days += _waiting_days(picture.prospect, thresholds)
        if (agreed := picture.prospect.next_visit) is not None and agreed < date.max:
            days.append(agreed + timedelta(days=1))
    for heard in picture.heard:
        if heard.until < date.max:
            days.append(heard.until + timedelta(days=1))
        if heard.kind in (ORDER, "payment_bounced"):
            kept = news.decision_days if heard.kind == ORDER else news.bounced_days
            days.append(date.fromisoformat(str(heard.facts["day"])) + timedelta(days=kept + 1))
    return min((found for found in days if found > day), default=None)


def money_fact(amount: str, currency: str) -> str:
    """Return an amount of an event spelled as facts have it: with the currency's own number of decimals.

    Raises:
        ContractError: for an unknown currency or too many decimals.
    """
    return decimal_string(minor_units(amount, currency, "data.amount"), currency)
