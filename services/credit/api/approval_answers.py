"""Requests for a second person as callers read them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from contracts.events.credit import ApprovalKind
from services.credit.api.common import money_or_none
from services.credit.store.approvals import State


class ApprovalOut(BaseModel):
    """Something that needs a second person, and what became of it."""

    approval_id: str
    kind: ApprovalKind
    state: State = Field(
        description="expired: the order was decided otherwise, the limit's last day is over, or the terms changed"
    )
    customer_id: str
    order_id: str | None = Field(description="to be released; null: it is about a limit")
    currency: str
    amount: str | None = Field(description="of the order, or the limit asked for (null: unlimited)")
    request: dict[str, Any] = Field(
        description="of a temporary limit: from and until when; "
        "of terms: `terms`, those of `before`, and the `proposal` they accept"
    )
    reason: str
    requested_by: str
    requested_at: datetime
    until_day: date | None = Field(
        description="the last day on which it can be approved; null: as long as it is held, or the terms stay"
    )
    closed_by: str | None
    closed_at: datetime | None
    comment: str = Field(description="of the second person")


def approval_out(row: Mapping[str, Any]) -> ApprovalOut:
    """Return a row of ``approvals`` as callers read it."""
    fields = {name: row[name] for name in ApprovalOut.model_fields if name != "amount"}
    return ApprovalOut(**fields, amount=money_or_none(row["amount"], row["currency"]))
