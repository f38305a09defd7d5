"""What every command answers: the event it became, and what that event did."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from services.credit.api.account_answers import AccountOut, account_out
from services.credit.api.decision_answers import ReleasedOut, released_out
from services.credit.commands import Applied


class CommandOut(BaseModel):
    """A command's effect on an account."""

    event: str = Field(description="producer and id of the event it became", examples=["credit-api/5f1c..."])
    at: datetime = Field(description="the event's time")
    day: date = Field(description="the business day it was applied on")
    by: str = Field(description="who gave it")
    released: list[ReleasedOut] = Field(description="held orders that pass because of it")
    account: AccountOut = Field(description="the account as it stands now")


def command_out(applied: Applied, by: str) -> CommandOut:
    """Return the answer to a command."""
    event, day = applied.received.event, applied.received.day
    return CommandOut(
        event=f"{event.producer}/{event.id}",
        at=event.occurred_at,
        day=day,
        by=by,
        released=released_out(applied.decisions),
        account=account_out(applied.account, day),
    )
