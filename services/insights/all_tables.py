"""Every table of insights: each module adds its own to one and the same metadata."""

from services.insights import (
    tables_accuracy,
    tables_alerts,
    tables_commission,
    tables_delivery,
    tables_dormancy,
    tables_forecasts,
    tables_mix,
    tables_salespeople,
    tables_segments,
)

MODULES = (
    tables_accuracy,
    tables_alerts,
    tables_commission,
    tables_delivery,
    tables_dormancy,
    tables_forecasts,
    tables_mix,
    tables_salespeople,
    tables_segments,
)
metadata = tables_delivery.metadata
