"""Forecasts as they were made, next to naive baselines, and what came true."""

from services.kit.migrate import run_script

revision = "0011"
down_revision = "0010"

SQL = """
-- The next order after each order day, as forecast on the evening of that day.
CREATE TABLE awaited_orders (
    customer_id    text   NOT NULL,
    currency       text   NOT NULL,
    last_order_day date   NOT NULL,
    made_on        date   NOT NULL,
    population     bigint NOT NULL,
    expected_day   date   NOT NULL,
    earliest       date   NOT NULL,
    latest         date   NOT NULL,
    amount         bigint NOT NULL,
    typical_amount bigint NOT NULL,
    mean_gap_day   date,
    median_gap_day date,
    mean_amount    bigint NOT NULL,
    last_amount    bigint NOT NULL,
    came_on        date,
    came_amount    bigint,
    PRIMARY KEY (customer_id, currency, last_order_day),
    CHECK ((came_on IS NULL) = (came_amount IS NULL))
);
CREATE INDEX awaited_orders_come ON awaited_orders (came_on) WHERE came_on IS NOT NULL;
CREATE INDEX awaited_orders_by_day ON awaited_orders (last_order_day);
COMMENT ON COLUMN awaited_orders.made_on IS 'the same day, or the next if the order was heard of around midnight';
COMMENT ON COLUMN awaited_orders.mean_gap_day IS 'baseline: last order day + mean of the own gaps; null: none yet';
COMMENT ON COLUMN awaited_orders.mean_amount IS 'baseline: mean of the own order days';
COMMENT ON COLUMN awaited_orders.came_on IS 'the next order day; null: not yet';

-- What was expected of a month on the evening before it began. Orders are days with an order.
CREATE TABLE forecast_months (
    customer_id   text   NOT NULL,
    currency      text   NOT NULL,
    month         date   NOT NULL,
    made_on       date   NOT NULL,
    population    bigint NOT NULL,
    orders        float8 NOT NULL,
    median_orders int    NOT NULL,
    amount        bigint NOT NULL,
    last_orders   int    NOT NULL,
    last_amount   bigint NOT NULL,
    year_orders   int,
    year_amount   bigint,
    came_orders   int,
    came_amount   bigint,
    PRIMARY KEY (customer_id, currency, month),
    CHECK ((came_orders IS NULL) = (came_amount IS NULL))
);
CREATE INDEX forecast_months_by_month ON forecast_months (month);
CREATE INDEX forecast_months_open ON forecast_months (month) WHERE came_orders IS NULL;
COMMENT ON COLUMN forecast_months.last_orders IS 'baseline: the month before, as known then';
COMMENT ON COLUMN forecast_months.year_orders IS 'baseline: same month last year; null: nothing is known of it';
COMMENT ON COLUMN forecast_months.came_orders IS 'null: the month is not over';
"""


def upgrade() -> None:
    """Add the tables; they fill as forecasts are made."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
