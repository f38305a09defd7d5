"""Margins of products by month for the whole company, from which their margin tiers follow."""

from services.kit.migrate import run_script

revision = "0013"
down_revision = "0012"

SQL = """
CREATE TABLE product_margins (
    currency     text   NOT NULL,
    product_id   text   NOT NULL,
    month        date   NOT NULL,
    costed_minor bigint NOT NULL,
    cost_minor   bigint NOT NULL,
    PRIMARY KEY (currency, product_id, month)
);
COMMENT ON COLUMN product_margins.costed_minor IS 'amount of the lines whose cost is known, less returns';

-- Written by batches, taken by whoever sums up; a word is another row, so that batches never wait for each other.
CREATE TABLE stale_product_months (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    currency text NOT NULL,
    month    date NOT NULL
);

CREATE INDEX product_months_month ON product_months (currency, month);

INSERT INTO stale_product_months (currency, month) SELECT DISTINCT currency, month FROM product_months;
"""


def upgrade() -> None:
    """Add the tables, and have all months summed up."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
