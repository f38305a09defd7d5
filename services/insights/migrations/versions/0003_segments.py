"""Values in the rolling window, classes in every dimension, how they changed, and the policy they follow."""

from services.kit.migrate import run_script

revision = "0003"
down_revision = "0002"

_CLASSES = """
    orders_class      text CHECK (orders_class IN ('A', 'B', 'C')),
    amount_class      text CHECK (amount_class IN ('A', 'B', 'C')),
    products_class    text CHECK (products_class IN ('A', 'B', 'C')),
    profit_class      text CHECK (profit_class IN ('A', 'B', 'C')),
    margin_class      text CHECK (margin_class IN ('A', 'B', 'C')),
    quantity_class    text CHECK (quantity_class IN ('A', 'B', 'C')),
    collections_class text CHECK (collections_class IN ('A', 'B', 'C')),
    overall           text CHECK (overall IN ('A', 'B', 'C')),
"""

SQL = f"""
-- Rules of segments; the highest version is in force. Version 0, the one this service came with, is not in here.
CREATE TABLE segment_policies (
    version int         PRIMARY KEY,
    body    jsonb       NOT NULL,
    by      text,
    reason  text        NOT NULL,
    at      timestamptz NOT NULL
);

-- What each customer did in the rolling window, returns subtracted. A row of zeros is not kept.
CREATE TABLE customer_values (
    customer_id       text   NOT NULL,
    currency          text   NOT NULL,
    orders            bigint NOT NULL,
    amount_minor      bigint NOT NULL,
    products          bigint NOT NULL,
    profit_minor      bigint,
    margin_ppm        bigint,
    quantity_milli    bigint NOT NULL,
    collections_minor bigint NOT NULL,
    PRIMARY KEY (customer_id, currency)
) WITH (fillfactor = 80);
CREATE INDEX customer_values_by_currency ON customer_values (currency);
COMMENT ON COLUMN customer_values.orders IS 'that count; a return takes no order back';
COMMENT ON COLUMN customer_values.products IS 'distinct ones among those orders';
COMMENT ON COLUMN customer_values.profit_minor IS 'null: no cost is known of anything sold';
COMMENT ON COLUMN customer_values.margin_ppm IS 'profit per sales with known cost, in millionths, rounded down';

-- Currencies in which a value has changed since customers were ranked.
CREATE TABLE unranked_currencies (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    currency text   NOT NULL
);

CREATE TABLE customer_classes (
    customer_id       text NOT NULL,
    currency          text NOT NULL,
{_CLASSES}
    PRIMARY KEY (customer_id, currency)
) WITH (fillfactor = 80);
CREATE INDEX customer_classes_by_currency ON customer_classes (currency);
COMMENT ON COLUMN customer_classes.profit_class IS 'null: no cost is known; likewise of margin';

-- Every change of a class, as published.
CREATE TABLE class_changes (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id    text   NOT NULL,
    currency       text   NOT NULL,
    day            date   NOT NULL,
    policy_version int    NOT NULL,
    previous       text,
    current        text,
    moved          jsonb  NOT NULL
);
CREATE INDEX class_changes_by_customer ON class_changes (customer_id, id);
CREATE INDEX class_changes_by_day ON class_changes (day, id);
COMMENT ON COLUMN class_changes.previous IS 'overall class before; null: none';
COMMENT ON COLUMN class_changes.moved IS 'dimensions whose class changed, as in segment.class_changed';

INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;
"""  # noqa: S608


def upgrade() -> None:
    """Add the tables, and have everybody derived."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("policies would be lost; run the version before on this schema instead")
