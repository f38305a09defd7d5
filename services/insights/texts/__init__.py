"""What the pages of insights say."""

from services.insights.texts import (
    alerts,
    common,
    comparisons,
    customer,
    dormant,
    evidence,
    forecasts,
    margins,
    mix,
    ruled,
    salespeople,
    segment_months,
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
    evidence.TEXTS,
    forecasts.TEXTS,
    margins.TEXTS,
    mix.TEXTS,
    salespeople.TEXTS,
    ruled.TEXTS,
    thresholds.TEXTS,
    segment_months.TEXTS,
    segments.TEXTS,
    today.TEXTS,
    told.TEXTS,
)
