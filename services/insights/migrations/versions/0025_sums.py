"""Lists over all customers cost less: sums of bigint, the least profitable documents, and who is whose since when."""

from services.kit.migrate import run_script

revision = "0025"
down_revision = "0024"

SQL = """
-- sum(bigint) is numeric, and with a state of its own for each group it takes most of the time of a sum per customer.
-- This one is bigint, and refuses what does not go into it. Nothing sums up to 0.
CREATE AGGREGATE total(bigint) (
    SFUNC = int8pl, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE
);

-- In the order of the list of documents, see documents() in store/margin_reads.py: expressions are spelled as there.
CREATE INDEX orders_by_profit ON orders (
    currency,
    (coalesce(CASE WHEN costed_minor <> 0 OR cost_minor <> 0 THEN costed_minor - cost_minor END, -4611686018427387904)),
    (customer_id || E'\\x1f' || 'order' || E'\\x1f' || order_id)
) WHERE counts_as = 'order' AND placed_day IS NOT NULL;
CREATE INDEX returns_by_profit ON returns (
    currency,
    (coalesce(CASE WHEN costed_minor <> 0 OR cost_minor <> 0 THEN - costed_minor - - cost_minor END,
              -4611686018427387904)),
    (customer_id || E'\\x1f' || 'return' || E'\\x1f' || return_id)
);

-- Everybody's owners in order, without the table; and one of two equal indexes goes.
CREATE INDEX customer_owners_spans ON customer_owners (customer_id, from_day) INCLUDE (salesperson_id);
DROP INDEX customer_owners_salesperson;
"""


def upgrade() -> None:
    """Add the aggregate and the indexes."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; none of this disturbs it")
