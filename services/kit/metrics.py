"""Every metric there is, in one list, each with what it means and its unit."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_EVENTS = (1, 5, 10, 25, 50, 100, 250, 500, 1000, 2000, 5000)

# Consuming
CONSUMER_LAG: Final = Gauge(
    "tallyman_consumer_lag_events",
    "Events on the broker that are not applied yet",
    ["service", "topic", "partition"],
)
APPLIED_EVENTS: Final = Counter("tallyman_applied_events_total", "Events applied", ["service", "topic"])
DUPLICATE_EVENTS: Final = Counter(
    "tallyman_duplicate_events_total", "Events dropped because they were applied before", ["service"]
)
FENCED_RECORDS: Final = Counter(
    "tallyman_fenced_records_total", "Records dropped because they lie below the stored offset", ["service"]
)
BATCH_EVENTS: Final = Histogram(
    "tallyman_batch_events", "Events per transaction", ["service"], buckets=_EVENTS
)
BATCH_SECONDS: Final = Histogram(
    "tallyman_batch_seconds",
    "Seconds from the start of a batch's transaction to its commit",
    ["service"],
    buckets=_SECONDS,
)
DEAD_LETTERS: Final = Counter("tallyman_dead_letters_total", "Records set aside", ["service", "topic"])
DEAD_LETTERS_OPEN: Final = Gauge(
    "tallyman_dead_letters_open", "Records set aside and not yet dealt with", ["service"]
)
TRANSIENT_ERRORS: Final = Counter(
    "tallyman_transient_errors_total", "Errors that were retried", ["service", "error"]
)
REBALANCES: Final = Counter("tallyman_rebalances_total", "Assignments taken up by the consumer", ["service"])

# Publishing
PUBLISHED_EVENTS: Final = Counter(
    "tallyman_published_events_total", "Events acknowledged by the broker", ["service"]
)
SWEPT_EVENTS: Final = Counter(
    "tallyman_swept_events_total",
    "Events published by the sweep because a process had ended before it could",
    ["service"],
)
OUTBOX_BACKLOG: Final = Gauge(
    "tallyman_outbox_backlog_events", "Committed events not yet on the broker", ["service"]
)

# Deciding
DECISIONS: Final = Counter("tallyman_credit_decisions_total", "Decisions by outcome", ["outcome"])
RULE_FAILURES: Final = Counter("tallyman_credit_rule_failures_total", "Failing rules in decisions", ["rule"])
DECISION_SECONDS: Final = Histogram(
    "tallyman_credit_decision_seconds",
    "Seconds from the order record's arrival on the broker to the published decision",
    buckets=_SECONDS,
)
HELD_ORDERS: Final = Gauge("tallyman_credit_held_orders", "Orders waiting in the queue of finance")
CASES: Final = Gauge(
    "tallyman_credit_cases",
    "Held orders as work: open; of these unclaimed, escalated, and late (past their deadline)",
    ["state"],
)
APPROVALS_OPEN: Final = Gauge("tallyman_credit_approvals_open", "Requests that wait for a second person")
APPROVAL_OLDEST_SECONDS: Final = Gauge(
    "tallyman_credit_approval_oldest_seconds",
    "Seconds for which the oldest request has waited; 0: none waits",
)
BACK_TESTS: Final = Gauge(
    "tallyman_credit_back_tests", "Back-tests by status, failed ones as long as they are kept", ["status"]
)
UNDECIDED_ORDERS: Final = Gauge(
    "tallyman_orders_undecided", "Orders that credit has not decided on; those of the last second are normal"
)
RECONCILIATION_DRIFT: Final = Gauge(
    "tallyman_reconciliation_drift_accounts",
    "Accounts whose stored state differs from the fold of their journal (0 is right)",
    ["service"],
)

# Deriving
DERIVED_CUSTOMERS: Final = Counter(
    "tallyman_insights_derived_customers_total", "Customers of whom everything was derived anew"
)
DERIVATION_BEHIND: Final = Gauge(
    "tallyman_insights_derivation_behind_seconds",
    "Age of the oldest change of facts that the last step derived (0: nobody was behind)",
)

FORECAST_ERROR: Final = Gauge(
    "tallyman_insights_forecast_error_ratio",
    "Sum of absolute errors over the sum of what came true, of ours and of naive methods: next orders of the last 30 "
    "days, and the last month that is over",
    ["about", "method", "currency"],
)
FORECAST_COVERAGE: Final = Gauge(
    "tallyman_insights_forecast_coverage_ratio",
    "Share of the next orders of the last 30 days that came inside their 80 % interval",
    ["currency"],
)
FORECASTS_SCORED: Final = Gauge(
    "tallyman_insights_forecasts_scored", "Next orders of the last 30 days that were forecast", ["currency"]
)

# Alerts to people
ALERTS_RAISED: Final = Counter(
    "tallyman_alerts_raised_total", "Alerts raised, each once per occurrence", ["kind", "severity"]
)
ALERTS_OPEN: Final = Gauge("tallyman_alerts_open", "Alerts that nobody has settled", ["severity"])
DELIVERIES: Final = Counter(
    "tallyman_alert_deliveries_total",
    "Attempts to send a message, by what came of it: sent, retried, throttled or failed (given up)",
    ["channel", "result"],
)
DELIVERIES_FAILED: Final = Gauge(
    "tallyman_alert_deliveries_failed", "Notices that were given up and wait for somebody to look"
)
DELIVERY_OLDEST_SECONDS: Final = Gauge(
    "tallyman_alert_delivery_oldest_seconds",
    "How long the oldest notice has waited beyond the time it was to be sent at",
)

# HTTP
HTTP_SECONDS: Final = Histogram(
    "tallyman_http_request_seconds",
    "Seconds per HTTP request",
    ["service", "method", "route", "status"],
    buckets=_SECONDS,
)

LOGINS: Final = Counter(
    "tallyman_logins_total",
    "Logins of people, by what came of it: succeeded, failed or throttled",
    ["result"],
)
