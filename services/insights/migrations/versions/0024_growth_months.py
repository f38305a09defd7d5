"""How many customers months that are over gained and lost is counted once: nothing of them changes any more."""

from services.kit.migrate import run_script

revision = "0024"
down_revision = "0023"

SQL = """
CREATE TABLE growth_months (
    month     date   PRIMARY KEY,
    gained    bigint NOT NULL,
    lost      bigint NOT NULL,
    revived   bigint NOT NULL,
    active    bigint NOT NULL,
    dormant   bigint NOT NULL,
    prospects bigint NOT NULL
);
COMMENT ON TABLE growth_months IS 'of all customers in stage_months, against the month before';

INSERT INTO growth_months
SELECT s.month,
       count(*) FILTER (WHERE coalesce(p.stage, 'prospect') = 'prospect' AND s.stage <> 'prospect'),
       count(*) FILTER (WHERE p.stage NOT IN ('prospect', 'dormant') AND s.stage = 'dormant'),
       count(*) FILTER (WHERE p.stage = 'dormant' AND s.stage NOT IN ('prospect', 'dormant')),
       count(*) FILTER (WHERE s.stage NOT IN ('prospect', 'dormant')),
       count(*) FILTER (WHERE s.stage = 'dormant'),
       count(*) FILTER (WHERE s.stage = 'prospect')
FROM stage_months AS s
LEFT JOIN stage_months AS p ON p.customer_id = s.customer_id AND p.month = (s.month - interval '1 month')::date
GROUP BY s.month;
"""


def upgrade() -> None:
    """Add the table, with what is there already."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores this table")
