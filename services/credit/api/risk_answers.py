"""Risk as callers read it. Money is in the account's currency; values are decimal strings."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from services.credit.api.account_answers import Money
from services.credit.api.common import money
from services.credit.risk import Standing
from services.credit.rules.calls import InvoiceCall
from services.credit.rules.risk import FactorScore, Proposal
from services.credit.rules.risk_policy import RiskClass, Unit


class FactorOut(BaseModel):
    """A factor with its share in the score."""

    name: str = Field(examples=["overdue_days"])
    unit: Unit = Field(description="of the value; money in the account's currency")
    value: str | None = Field(description="null: there is none", examples=["12"])
    points: int | None = Field(description="0 (bad) to 100; null: left out for want of a value")
    weight: int
    contribution: str = Field(description="what it adds to the score", examples=["10.00"])


class ProposalOut(BaseModel):
    """Terms that the risk class suggests."""

    proposal: str = Field(description="names it, for acceptance or refusal", examples=["v1-B-30-120000.00"])
    term_days: int
    limit: Money


class ProposalRulingOut(BaseModel):
    """What a person ruled on a proposal."""

    number: int
    accepted: bool
    proposal: ProposalOut
    risk_class: RiskClass
    score: str
    policy_version: int
    event: str | None = Field(description="accepted: the event by which the terms were set")
    by: str
    reason: str
    at: datetime


class RiskSummary(BaseModel):
    """A customer's risk as lists show it."""

    customer_id: str
    currency: str
    day: date = Field(description="the business day this holds for")
    journal_seq: int = Field(description="the journal entry up to which it holds")
    score: str = Field(description="0 (bad) to 100", examples=["78.25"])
    risk_class: RiskClass
    policy_version: int
    exposure: Money
    proposal: ProposalOut


class RiskOut(RiskSummary):
    """A customer's risk with every factor."""

    factors: list[FactorOut] = Field(
        description="the score is the sum of their contributions, but for rounding"
    )
    last_ruling: ProposalRulingOut | None = Field(description="the latest on any proposal; null: none yet")


def proposal_name(standing: Standing) -> str:
    """Return what names a proposal: another policy, class, term or limit is another proposal."""
    score = standing.score
    limit = money(score.proposal.limit, standing.currency)
    return f"v{standing.policy_version}-{score.risk_class}-{score.proposal.term_days}-{limit}"


def proposal_out(standing: Standing) -> ProposalOut:
    """Return the proposal of a standing."""
    proposal: Proposal = standing.score.proposal
    return ProposalOut(
        proposal=proposal_name(standing),
        term_days=proposal.term_days,
        limit=money(proposal.limit, standing.currency),
    )


def _factor(factor: FactorScore) -> FactorOut:
    return FactorOut(
        name=factor.name,
        unit=factor.unit,
        value=None if factor.value is None else f"{factor.value:f}",
        points=factor.points,
        weight=factor.weight,
        contribution=str(factor.contribution),
    )


def summary_out(standing: Standing) -> RiskSummary:
    """Return a standing as lists show it."""
    return RiskSummary(**_summary(standing))


def _summary(standing: Standing) -> dict[str, Any]:
    return {
        "customer_id": standing.customer_id,
        "currency": standing.currency,
        "day": standing.day,
        "journal_seq": standing.seq,
        "score": str(standing.score.score),
        "risk_class": standing.score.risk_class,
        "policy_version": standing.policy_version,
        "exposure": money(standing.exposure, standing.currency),
        "proposal": proposal_out(standing),
    }


def risk_out(standing: Standing, ruling: Any | None) -> RiskOut:
    """Return a standing with every factor."""
    return RiskOut(
        **_summary(standing),
        factors=[_factor(factor) for factor in standing.score.factors],
        last_ruling=None if ruling is None else ruling_out(ruling),
    )


def ruling_out(row: Any) -> ProposalRulingOut:
    """Return a ruling from its row."""
    return ProposalRulingOut(
        number=row.number,
        accepted=row.accepted,
        event=row.event,
        by=row.by,
        reason=row.reason,
        at=row.at,
        **row.proposal,
    )


class CallInvoiceOut(BaseModel):
    """An invoice to talk about; chances are 0 to 1, of being paid within the policy's horizon."""

    invoice_id: str
    due_on: date
    open: Money
    expected_on: date = Field(description="when it will be paid if nobody calls")
    latest_on: date = Field(description="by then it is paid with 90 % chance")
    chance: float = Field(description="of being paid within the horizon without a call")
    chance_called: float = Field(description="with a call")
    expected_recovery: Money


class CallOut(BaseModel):
    """A customer to call, and why."""

    customer_id: str
    currency: str
    day: date
    journal_seq: int
    risk_class: RiskClass
    score: str
    expected_recovery: Money = Field(
        description="what the call adds to the money expected within the horizon"
    )
    amount: Money = Field(description="open on the invoices to talk about: overdue, or due soon")
    invoices: int
    overdue_amount: Money
    overdue_invoices: int
    overdue_days: int = Field(description="of the oldest")
    reason: str = Field(description="in words")
    top_invoices: list[CallInvoiceOut] = Field(description="where a call brings most, five at most")


def _call_invoice(call: InvoiceCall, currency: str) -> CallInvoiceOut:
    return CallInvoiceOut(
        invoice_id=call.invoice_id,
        due_on=call.due_on,
        open=money(call.open, currency),
        expected_on=call.expected_on,
        latest_on=call.latest_on,
        chance=round(call.chance, 4),
        chance_called=round(call.chance_called, 4),
        expected_recovery=money(call.gain, currency),
    )


def call_out(standing: Standing) -> CallOut:
    """Return a standing as a line of the worklist."""
    call, currency = standing.call, standing.currency
    return CallOut(
        customer_id=standing.customer_id,
        currency=currency,
        day=standing.day,
        journal_seq=standing.seq,
        risk_class=standing.score.risk_class,
        score=str(standing.score.score),
        expected_recovery=money(call.value, currency),
        amount=money(call.amount, currency),
        invoices=call.count,
        overdue_amount=money(call.overdue_amount, currency),
        overdue_invoices=call.overdue_count,
        overdue_days=call.oldest_days,
        reason=_reason(standing),
        top_invoices=[_call_invoice(invoice, currency) for invoice in call.invoices],
    )


def _reason(standing: Standing) -> str:
    call, habit, currency = standing.call, standing.habit, standing.currency
    parts = []
    if call.overdue_count:
        noun = "invoice is" if call.overdue_count == 1 else "invoices are"
        parts.append(
            f"{call.overdue_count} {noun} overdue with {money(call.overdue_amount, currency)} {currency}, "
            f"the oldest by {_days(call.oldest_days)}"
        )
    if soon := call.count - call.overdue_count:
        amount = money(call.amount - call.overdue_amount, currency)
        parts.append(f"{soon} fall{'s' if soon == 1 else ''} due soon with {amount} {currency}")
    if habit.settled:
        late = round(habit.level)
        usual = "on the due day" if late == 0 else f"{_days(abs(late))} {'late' if late > 0 else 'early'}"
        parts.append(f"the customer usually pays {usual}")
    else:
        parts.append("the customer has paid no invoice yet")
    first = call.invoices[0]
    parts.append(
        f"a call lifts the chance of {first.invoice_id} from {first.chance:.0%} to {first.chance_called:.0%} "
        f"and is worth {money(call.value, currency)} {currency} in all"
    )
    return "; ".join(parts)


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
