"""What customers usually buy, and how likely a product that was bought once is to be bought again."""

from services.kit.migrate import run_script

revision = "0016"
down_revision = "0015"

SQL = """
-- One row per customer and currency, at most 1,000 products of its last 96 order days; arrays are parallel.
CREATE TABLE usual_products (
    customer_id      text     NOT NULL,
    currency         text     NOT NULL,
    orders           int      NOT NULL,
    product_ids      text[]   NOT NULL,
    times            int[]    NOT NULL,
    quantities_milli bigint[] NOT NULL,
    orders_before    int[]    NOT NULL,
    last_days        date[]   NOT NULL,
    PRIMARY KEY (customer_id, currency)
) WITH (fillfactor = 70);
COMMENT ON COLUMN usual_products.orders IS 'order days looked at';
COMMENT ON COLUMN usual_products.times IS 'of these, how many held the product';
COMMENT ON COLUMN usual_products.quantities_milli IS 'sum over them, thousandths of the unit';
COMMENT ON COLUMN usual_products.orders_before IS 'of these, how many came before the first that held it';

ALTER TABLE order_populations ADD COLUMN repeat_chance float8, ADD COLUMN repeat_worth float8;
COMMENT ON COLUMN order_populations.repeat_chance IS 'that an order holds a product bought before; null: not fitted';
COMMENT ON COLUMN order_populations.repeat_worth IS 'orders that this chance is worth against the own ones';

INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;
"""


def upgrade() -> None:
    """Add the table, and have everybody derived."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
