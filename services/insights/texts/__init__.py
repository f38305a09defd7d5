"""What the pages of insights say."""

from services.insights.texts import (
    alerts,
    common,
    customer,
    today,
)

TEXTS = (alerts.TEXTS, common.TEXTS, customer.TEXTS, today.TEXTS,)
