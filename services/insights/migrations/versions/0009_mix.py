"""Comparisons of product groups in versions, and what each customer bought of both groups."""

from services.kit.migrate import run_script

revision = "0009"
down_revision = "0008"

SQL = """
-- Two product groups each, with the share that the second one should have; the highest version is in force.
CREATE TABLE mix_comparisons (
    comparison_id text        NOT NULL,
    version       int         NOT NULL,
    body          jsonb       NOT NULL,
    active        boolean     NOT NULL,
    by            text        NOT NULL,
    reason        text        NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (comparison_id, version)
);
COMMENT ON COLUMN mix_comparisons.active IS 'false: it was ended with this version';

-- What each customer bought in the rolling window, returns subtracted. A row of zeros is not kept.
CREATE TABLE customer_mix (
    customer_id   text   NOT NULL,
    comparison_id text   NOT NULL,
    currency      text   NOT NULL,
    version       int    NOT NULL,
    one_minor     bigint NOT NULL,
    two_minor     bigint NOT NULL,
    PRIMARY KEY (customer_id, comparison_id, currency)
);
CREATE INDEX customer_mix_by_comparison ON customer_mix (comparison_id, currency);
COMMENT ON COLUMN customer_mix.version IS 'of the comparison, as it was derived by';
"""


def upgrade() -> None:
    """Add the tables."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
