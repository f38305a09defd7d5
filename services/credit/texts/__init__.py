"""What the pages of credit control say."""

from services.credit.texts import (
    calendar,
    customer,
    held,
    policy,
    reasons,
    receivables,
)

TEXTS = (
    calendar.TEXTS,
    customer.TEXTS,
    held.TEXTS,
    policy.TEXTS,
    reasons.TEXTS,
    receivables.TEXTS,
)
