"""What the routes share: who may call, ids in addresses, and refused requests in the OpenAPI document."""

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.errors import ContractError
from contracts.money import decimal_string, minor_units
from contracts.wire import Amount, Currency, Id, Text
from services.kit.http.auth import Principal, require
from services.kit.http.pages import PageQuery
from services.kit.http.problems import MEDIA_TYPE
from services.kit.runtime import Runtime

Known = Annotated[Principal, Depends(require())]
"""Anybody known: an account, a decision or a dry run, asked for by its id."""

Reader = Annotated[Principal, Depends(require("system", "finance", "manager", "ops"))]
"""Lists and totals over all customers. Salespeople are not among them: they see their own customers only."""

Cashier = Annotated[Principal, Depends(require("system", "finance", "manager"))]
"""Who reports payments."""

Finance = Annotated[Principal, Depends(require("finance", "manager"))]
"""Who grants credit and rules on held orders."""

Manager = Annotated[Principal, Depends(require("manager"))]
"""Who brings a policy into force."""

# An id may contain a slash, as document numbers do.
CustomerId = Annotated[Id, Path(description="the customer", examples=["C-1001"])]
OrderId = Annotated[Id, Path(description="the order", examples=["SO-2026-000200"])]
PaymentId = Annotated[Id, Path(description="the payment", examples=["PAY-3001"])]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must say why")
    return text


Why = Annotated[
    Text,
    Field(min_length=1, description="why, for the journal", examples=["agreed with the owner"]),
    AfterValidator(_not_blank),
]


def _idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="a text of your own: the same request sent again with it gets the same answer, once in effect",
            examples=["7e1f6c1e-6f0e-4d3c-9a57-1d0d1f6f9b1a"],
        ),
    ] = None,
) -> None:
    """Say in the OpenAPI document what the kit reads."""


WRITES = [Depends(_idempotency_key)]
"""Dependencies of every route that changes something."""

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "Refused as things stand: `errors` names the field and the reason",
        "content": _PROBLEM,
    }
}
UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"description": "Nothing is known of it", "content": _PROBLEM}
}


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MoneyQuery(PageQuery):
    """A list with filters by amount."""

    currency: Currency | None = Field(
        None, description="only this currency; amounts to filter by are in it (the company's own if left out)"
    )

    def minor(self, amount: str | None, name: str, runtime: Runtime) -> int | None:
        """Return a filter's amount in minor units.

        Raises:
            ContractError: when the currency does not have so many decimals.
        """
        if amount is None:
            return None
        try:
            return minor_units(amount, self.currency or runtime.settings.currency)
        except ContractError as error:
            field = "query.currency" if error.field == "currency" else f"query.{name}"
            raise ContractError(field, error.reason) from None

    def in_currency(self, runtime: Runtime, *amounts: int | None) -> str | None:
        """Return the currency to restrict the list to: the one asked for, or the one of its amounts."""
        return self.currency or (runtime.settings.currency if any(a is not None for a in amounts) else None)


FilterAmount = Annotated[Amount | None, Query(examples=["1000.00"])]


def money(minor: int, currency: str) -> str:
    """Return an amount as it is spelled on the wire."""
    return decimal_string(minor, currency)


def money_or_none(minor: int | None, currency: str) -> str | None:
    """Return an amount as it is spelled on the wire; None stays None."""
    return None if minor is None else decimal_string(minor, currency)
