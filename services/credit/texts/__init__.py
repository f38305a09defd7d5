"""What the pages of credit control say."""

from services.credit.texts import (
    customer,
    held,
    reasons,
    receivables,
)

TEXTS = (customer.TEXTS, held.TEXTS, reasons.TEXTS, receivables.TEXTS,)
