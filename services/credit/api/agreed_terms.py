"""Terms that raise the ordinary limit by more than one person may: asked for, and agreed to while nothing changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.events.terms import OverdueThresholds, TermsSet
from contracts.money import minor_units
from services.credit.api.approval_answers import ApprovalOut
from services.credit.api.common import money_or_none
from services.credit.api.four_eyes import ask
from services.credit.rules.state import Account
from services.credit.store import approvals as store
from services.kit.database import UnitOfWork
from services.kit.http.auth import Principal

_NOT_TERMS = {"customer_id", "reason", "by", "approved_by"}


def terms_in_force(account: Account) -> dict[str, Any]:
    """Return an account's terms as the fields of ``terms.set``."""
    currency, overdue = account.currency, account.thresholds
    return {
        "currency": currency,
        "term_days": account.term_days,
        "limit": money_or_none(account.limit, currency),
        "grace_days": account.grace_days,
        "single_order_max": money_or_none(account.single_order_max, currency),
        "overdue": None
        if overdue is None
        else OverdueThresholds(
            max_amount=money_or_none(overdue.max_amount, currency),
            max_days=overdue.max_days,
            max_items=overdue.max_items,
        ).model_dump(),
        "review_on": None if account.review_on is None else account.review_on.isoformat(),
    }


async def ask_for_terms(
    unit: UnitOfWork,
    principal: Principal,
    account: Account,
    data: TermsSet,
    at: datetime,
    proposal: str | None = None,
) -> ApprovalOut:
    """Ask a second person for terms, once: the account is locked. A request about terms gone by makes room.

    Args:
        proposal: the name of the risk class's proposal that the terms accept.

    Raises:
        Problem: 409 when somebody asked already.
    """
    waiting = await store.open_request(unit.connection, "terms", account.customer_id, None)
    if waiting is not None and not still_about(waiting, account):
        comment = "the terms were changed in between"
        await store.close_request(unit, waiting["approval_id"], "expired", by=None, comment=comment, at=at)
    limit = None if data.limit is None else minor_units(data.limit, data.currency)
    return await ask(
        unit,
        principal,
        "terms",
        account.customer_id,
        currency=data.currency,
        amount=limit,
        request={
            "terms": data.model_dump(mode="json", exclude=_NOT_TERMS),
            "before": terms_in_force(account),
            "proposal": proposal,
        },
        reason=data.reason,
        at=at,
    )


def still_about(asked: Mapping[str, Any], account: Account) -> bool:
    """Whether the account's terms are still those that somebody asked to change."""
    before: dict[str, Any] = asked["request"]["before"]
    return before == terms_in_force(account)


def agreed_terms(asked: Mapping[str, Any], approver: str) -> TermsSet:
    """Return the terms of an approved request, with both names."""
    return TermsSet(
        customer_id=asked["customer_id"],
        reason=asked["reason"],
        by=asked["requested_by"],
        approved_by=approver,
        **asked["request"]["terms"],
    )
