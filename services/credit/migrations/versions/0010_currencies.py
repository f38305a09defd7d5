"""Documents in other currencies than their account's: their own amounts, the rate, and what differences came of it."""

from services.kit.migrate import run_script

revision = "0010"
down_revision = "0009"

SQL = """
-- What an amount is worth in the account's minor units, as rules/worth.py has it: rounded half to even.
CREATE FUNCTION worth(minor bigint, factor text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN factor = '' THEN minor ELSE (
        SELECT (CASE WHEN x - floor(x) > 0.5 OR (x - floor(x) = 0.5 AND floor(x) % 2 <> 0) THEN floor(x) + 1
                     ELSE floor(x) END)::bigint
        FROM (SELECT minor * factor::numeric AS x) AS product
    ) END
$$;

ALTER TABLE orders ADD COLUMN factor text NOT NULL DEFAULT '';
COMMENT ON COLUMN orders.factor IS
    'what a minor unit of its currency is worth in the account''s; empty: it is the account''s';
ALTER TABLE items ADD COLUMN own_currency text NOT NULL DEFAULT '', ADD COLUMN own_amount bigint NOT NULL DEFAULT 0,
    ADD COLUMN factor text NOT NULL DEFAULT '';
ALTER TABLE credits ADD COLUMN own_currency text NOT NULL DEFAULT '', ADD COLUMN own_amount bigint NOT NULL DEFAULT 0,
    ADD COLUMN factor text NOT NULL DEFAULT '', ADD COLUMN exchange bigint NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    """Add the columns; no document so far is in another currency."""
    run_script(SQL)
