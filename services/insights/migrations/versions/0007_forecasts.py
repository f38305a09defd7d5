"""Forecasts of orders: what is kept of each customer's order days, what all have in common, and what is expected."""

from services.kit.migrate import run_script

revision = "0007"
down_revision = "0006"

SQL = """
-- Populations are fitted in the background, per currency; the latest is in force.
CREATE TABLE order_populations (
    version   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    currency  text        NOT NULL,
    day       date        NOT NULL,
    customers bigint      NOT NULL,
    body      jsonb       NOT NULL,
    fitted_at timestamptz NOT NULL
);
CREATE INDEX order_populations_by_currency ON order_populations (currency, version);
COMMENT ON COLUMN order_populations.day IS 'what was known on its evening is what it was fitted on';
COMMENT ON COLUMN order_populations.customers IS 'that had ordered then; a sample of them was fitted';

-- Order days summed up (what each sum is: forecasting/state.py), and what follows for the days to come.
CREATE TABLE order_forecasts (
    customer_id      text     NOT NULL,
    currency         text     NOT NULL,
    days             bigint   NOT NULL,
    first            date     NOT NULL,
    last             date     NOT NULL,
    log_gaps         float8   NOT NULL,
    log_gaps_squared float8   NOT NULL,
    fast             float8   NOT NULL,
    slow             float8   NOT NULL,
    amount           bigint   NOT NULL,
    log_amounts      float8   NOT NULL,
    forecast_on      date,
    population       bigint,
    month_orders     float8,
    month_amount     bigint,
    month            date,
    whole_orders     float8,
    whole_amount     bigint,
    orders_30        float8,
    median_30        int,
    amount_30        bigint,
    orders_90        float8,
    median_90        int,
    amount_90        bigint,
    active           float8,
    expected_day     date,
    earliest         date,
    latest           date,
    order_amount     bigint,
    typical_amount   bigint,
    PRIMARY KEY (customer_id, currency)
) WITH (fillfactor = 70);
CREATE INDEX order_forecasts_to_make ON order_forecasts (currency, customer_id) WHERE forecast_on IS NULL;
COMMENT ON COLUMN order_forecasts.forecast_on IS 'from its evening it looks; null: the order days have changed';
COMMENT ON COLUMN order_forecasts.month_orders IS 'in the rest of the month of forecast_on';
COMMENT ON COLUMN order_forecasts.whole_orders IS 'in all of the month, as first forecast in it';
COMMENT ON COLUMN order_forecasts.active IS 'chance of ever ordering again';

INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;
"""


def upgrade() -> None:
    """Add the tables, and have everybody derived."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
