"""RFM, profit tiers, grades and stages, and all segments as they were when a month ended."""

from services.kit.migrate import run_script

revision = "0004"
down_revision = "0003"

SQL = """
ALTER TABLE customer_values
    ADD COLUMN last_order_day   date,
    ADD COLUMN total_minor      bigint NOT NULL DEFAULT 0,
    ADD COLUMN recent_minor     bigint NOT NULL DEFAULT 0,
    ADD COLUMN before_minor     bigint NOT NULL DEFAULT 0,
    ADD COLUMN standing_points  int,
    ADD COLUMN prospects_points int;
COMMENT ON COLUMN customer_values.last_order_day IS 'in any currency, up to the day; null: no order';
COMMENT ON COLUMN customer_values.total_minor IS 'cumulative sales, of all months, returns subtracted';
COMMENT ON COLUMN customer_values.recent_minor IS 'of the last three whole months; before_minor: of the three before';
COMMENT ON COLUMN customer_values.standing_points IS 'null: credit has not said anything';
COMMENT ON COLUMN customer_values.prospects_points IS 'null: no sales to compare';

ALTER TABLE customer_classes
    ADD COLUMN recency       int,
    ADD COLUMN frequency     int,
    ADD COLUMN monetary      int,
    ADD COLUMN rfm_group     text,
    ADD COLUMN tier          text,
    ADD COLUMN sales_points  int,
    ADD COLUMN grade         text,
    ADD COLUMN grade_percent int;
COMMENT ON COLUMN customer_classes.recency IS '1 to 5; null: no order in the window';
COMMENT ON COLUMN customer_classes.tier IS 'null: no cost is known';

-- Where each customer stands in its life.
CREATE TABLE customer_stages (
    customer_id text PRIMARY KEY,
    stage       text NOT NULL CHECK (stage IN ('prospect', 'new', 'familiar', 'established', 'dormant', 'revived')),
    revived_on  date,
    orders      bigint NOT NULL
) WITH (fillfactor = 80);

-- Months that are over, and of which segments are kept. The first is the one before the service began.
CREATE TABLE closed_months (
    month     date        PRIMARY KEY,
    closed_at timestamptz NOT NULL
);

CREATE TABLE segment_months (
    month         date   NOT NULL,
    customer_id   text   NOT NULL,
    currency      text   NOT NULL,
    amount_minor  bigint NOT NULL,
    profit_minor  bigint,
    orders_class text, amount_class text, products_class text, profit_class text, margin_class text,
    quantity_class text, collections_class text,
    overall       text,
    rfm_group     text,
    tier          text,
    grade         text,
    grade_percent int,
    PRIMARY KEY (month, currency, customer_id)
);
COMMENT ON COLUMN segment_months.amount_minor IS 'of the window that the month ends';

CREATE TABLE stage_months (
    month       date NOT NULL,
    customer_id text NOT NULL,
    stage       text NOT NULL,
    PRIMARY KEY (month, customer_id)
);

INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;
"""


def upgrade() -> None:
    """Add columns and tables, and have everybody derived."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError(
        "what months ended with would be lost; run the version before on this schema instead"
    )
