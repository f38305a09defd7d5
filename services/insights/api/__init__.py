"""The HTTP side of insights."""

from services.insights.api import (
    accuracy,
    alerts,
    commission,
    dormancy,
    forecasts,
    margin_tiers,

    growth,
    margins,
    mix,
    mix_comparisons,
    months,
    products_ahead,
    revival,
    salespeople,
    segment_history,
    segment_policies,
    segment_why,
    segments,
    stopped,
)

routers = (
    months.router,
    segment_policies.router,
    segment_history.router,
    segments.router,
    segment_why.router,
    accuracy.router,
    products_ahead.router,
    growth.router,
    forecasts.router,
    dormancy.router,
    revival.router,
    margins.router,
    mix_comparisons.router,
    mix.router,
    stopped.router,
    salespeople.router,
    margin_tiers.router,
    commission.router,
    *alerts.routers,
)
"""All routes of this service, paths included."""
