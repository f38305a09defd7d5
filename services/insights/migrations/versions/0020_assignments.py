"""Every word about who looks after a customer, so that what follows from them can be checked."""

from services.kit.migrate import run_script

revision = "0020"
down_revision = "0019"

SQL = """
CREATE TABLE assignments (
    customer_id    text        NOT NULL,
    from_day       date        NOT NULL,
    salesperson_id text        NOT NULL,
    assigned_at    timestamptz NOT NULL,
    PRIMARY KEY (customer_id, from_day, assigned_at, salesperson_id)
);
COMMENT ON TABLE assignments IS 'Every assignment as it was heard, written once; customer_owners is what follows.';
CREATE TRIGGER assignments_append_only BEFORE UPDATE OR DELETE ON assignments
    FOR EACH ROW EXECUTE FUNCTION alerts_written_once();
INSERT INTO assignments SELECT customer_id, from_day, salesperson_id, assigned_at FROM customer_owners;
"""


def upgrade() -> None:
    """Add the table, beginning with the assignments in force."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores this table")
