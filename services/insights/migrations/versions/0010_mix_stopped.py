"""Products that customers usually bought and stopped buying."""

from services.kit.migrate import run_script

revision = "0010"
down_revision = "0009"

SQL = """
-- Per currency in which it was bought in the year before it stopped. A purchase is a day with the product on an order.
CREATE TABLE stopped_products (
    customer_id   text   NOT NULL,
    product_id    text   NOT NULL,
    currency      text   NOT NULL,
    purchases     int    NOT NULL,
    first_day     date   NOT NULL,
    last_day      date   NOT NULL,
    stopped_on    date   NOT NULL,
    year_minor    bigint NOT NULL,
    ordered_since int    NOT NULL,
    PRIMARY KEY (customer_id, product_id, currency)
);
CREATE INDEX stopped_products_by_value ON stopped_products (currency, year_minor);
COMMENT ON COLUMN stopped_products.purchases IS 'in the window of the policy, like first_day and last_day';
COMMENT ON COLUMN stopped_products.stopped_on IS 'the first day that was later than so many usual gaps';
COMMENT ON COLUMN stopped_products.year_minor IS 'bought in the year that last_day ends, returns not subtracted';
COMMENT ON COLUMN stopped_products.ordered_since IS 'days on which the customer ordered something else since';

INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;
"""


def upgrade() -> None:
    """Add the table, and have everybody derived."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores this table")
