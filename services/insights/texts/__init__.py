"""What the pages of insights say."""

from services.insights.texts import (
    alerts,
    common,
    comparisons,
    customer,
    dormant,
    forecasts,
    mix,
    rules,
    salespeople,
    segments,
    thresholds,
    today,
    told,
)

TEXTS = (
    alerts.TEXTS,
    common.TEXTS,
    comparisons.TEXTS,
    customer.TEXTS,
    dormant.TEXTS,
    forecasts.TEXTS,
    mix.TEXTS,
    salespeople.TEXTS,
    rules.TEXTS,
    thresholds.TEXTS,
    segments.TEXTS,
    today.TEXTS,
    told.TEXTS,
)
