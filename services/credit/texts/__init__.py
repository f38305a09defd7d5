"""What the pages of credit control say."""

from services.credit.texts import (
    calendar,
    ceilings,
    customer,
    held,
    policy,
    reasons,
    receivables,
    risk,
)

TEXTS = (
    calendar.TEXTS,
    ceilings.TEXTS,
    customer.TEXTS,
    held.TEXTS,
    policy.TEXTS,
    reasons.TEXTS,
    receivables.TEXTS,
    risk.TEXTS,
)
