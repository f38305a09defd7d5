"""What the pages of insights say."""

from services.insights.texts import (
    alerts,
    common,
    customer,
    dormant,
    forecasts,
    today,
)

TEXTS = (
    alerts.TEXTS,
    common.TEXTS,
    customer.TEXTS,
    dormant.TEXTS,
    forecasts.TEXTS,
    today.TEXTS,
)
