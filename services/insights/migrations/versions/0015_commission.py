"""Commission on collected money as entries that are written once, and write-offs, which are no collection."""

from services.kit.migrate import run_script

revision = "0015"
down_revision = "0014"

SQL = """
CREATE TABLE write_offs (
    customer_id    text        NOT NULL,
    write_off_id   text        NOT NULL,
    invoice_id     text        NOT NULL,
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    written_off_at timestamptz NOT NULL,
    written_off_on date        NOT NULL,
    PRIMARY KEY (customer_id, write_off_id)
);

-- What follows from the documents is the sum of the entries of a key; a correction is a further entry.
CREATE TABLE commission_entries (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id    text        NOT NULL,
    currency       text        NOT NULL,
    month          date        NOT NULL,
    salesperson_id text        NOT NULL,
    invoice_id     text        NOT NULL,
    cause          text        NOT NULL,
    cause_id       text        NOT NULL,
    tier           text        NOT NULL,
    rate_ppm       int         NOT NULL,
    base_minor     bigint      NOT NULL,
    amount_minor   bigint      NOT NULL,
    noted_at       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN commission_entries.month IS 'of the cause, by its first day';
COMMENT ON COLUMN commission_entries.cause IS 'payment, reversal, return, write_off, or invoice: paid by money in hand';
COMMENT ON COLUMN commission_entries.base_minor IS 'collected of the lines of the tier, this salesperson''s part';
CREATE INDEX commission_entries_customer ON commission_entries (customer_id);
CREATE INDEX commission_entries_statement ON commission_entries (salesperson_id, currency, month);

CREATE FUNCTION commission_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'commission entries are written once'; END$$;
CREATE TRIGGER commission_entries_are_final BEFORE UPDATE OR DELETE ON commission_entries
    FOR EACH ROW EXECUTE FUNCTION commission_entries_are_final();
"""


def upgrade() -> None:
    """Add the tables. Nobody is derived: nothing is earned before a manager has set rates."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
