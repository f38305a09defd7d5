"""What the pages of credit control say."""

from services.credit.texts import (
    customer,
    held,
    policy,
    reasons,
    receivables,
)

TEXTS = (
    customer.TEXTS,
    held.TEXTS,
    policy.TEXTS,
    reasons.TEXTS,
    receivables.TEXTS,
)
