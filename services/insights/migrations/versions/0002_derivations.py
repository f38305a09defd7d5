"""What is derived from the facts, and for whom it is behind."""

from services.kit.migrate import run_script

revision = "0002"
down_revision = "0001"

SQL = """
-- Customers whose facts have changed since something was last derived from them, once per change. Only appended to and
-- deleted from, so that no batch ever waits for a derivation; on an upgrade everybody is derived.
CREATE TABLE stale_customers (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id text        NOT NULL,
    since       timestamptz NOT NULL DEFAULT now()
);
INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;

-- On which day a customer was derived. The row is also what two derivations of one customer take turns by.
CREATE TABLE derivations (
    customer_id text PRIMARY KEY,
    derived_on  date,
    due_on      date
);
CREATE INDEX derivations_due ON derivations (due_on) WHERE due_on IS NOT NULL;
COMMENT ON COLUMN derivations.derived_on IS 'null: not yet';
COMMENT ON COLUMN derivations.due_on IS 'from this day on something may differ because time passed; null: nothing will';

-- The latest day on which a customer ordered or paid: the company's day as long as no tick of the clock has come.
CREATE TABLE document_day (
    id   boolean PRIMARY KEY DEFAULT true CHECK (id),
    day  date    NOT NULL
);
"""


def upgrade() -> None:
    """Add the tables."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("what is derived would be lost; run the version before on this schema instead")
