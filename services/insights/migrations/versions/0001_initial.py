"""Documents as they are known, and the facts that follow from them."""

from services.kit.migrate import run_script
from services.kit.migrations import kit_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHO = """
-- Who the customers are. A row is made, and locked, by the first event of a customer, whatever it is.
CREATE TABLE customers (
    customer_id          text        PRIMARY KEY,
    revision             int         NOT NULL DEFAULT 0,
    changed_at           timestamptz,
    card_print           bigint      NOT NULL DEFAULT 0,
    known_since          date,
    name                 text        NOT NULL DEFAULT '',
    region               text        NOT NULL DEFAULT '',
    category             text        NOT NULL DEFAULT '',
    business_form        text        NOT NULL DEFAULT '',
    ownership            text        NOT NULL DEFAULT '',
    blacklisted          boolean     NOT NULL DEFAULT false,
    blacklist_changed_at timestamptz,
    first_order_day      date,
    last_order_day       date,
    last_payment_day     date
);
COMMENT ON COLUMN customers.revision IS '0: no card has arrived yet';
COMMENT ON COLUMN customers.first_order_day IS 'of the orders that count, like last_order_day';
COMMENT ON COLUMN customers.last_payment_day IS 'of the payments that were not reversed';

-- Who looked after a customer from which day on.
CREATE TABLE customer_owners (
    customer_id    text        NOT NULL,
    from_day       date        NOT NULL,
    salesperson_id text        NOT NULL,
    assigned_at    timestamptz NOT NULL,
    PRIMARY KEY (customer_id, from_day)
);
CREATE INDEX customer_owners_by_salesperson ON customer_owners (salesperson_id);

CREATE TABLE products (
    product_id    text        PRIMARY KEY,
    revision      int         NOT NULL,
    changed_at    timestamptz NOT NULL,
    entry_print   bigint      NOT NULL,
    name          text        NOT NULL,
    category      text        NOT NULL,
    currency      text        NOT NULL,
    list_price_e4 bigint
);
COMMENT ON COLUMN products.list_price_e4 IS 'ten-thousandths of the currency unit';

-- What a unit costs from a moment on. Cost of a line = (quantity_milli * unit_cost_e4 + scale / 2) / scale.
CREATE TABLE product_costs (
    product_id   text        NOT NULL,
    currency     text        NOT NULL,
    valid_from   timestamptz NOT NULL,
    revision     int         NOT NULL,
    unit_cost_e4 bigint      NOT NULL,
    scale        int         NOT NULL,
    PRIMARY KEY (product_id, currency, valid_from)
);

-- What credit last said about a customer.
CREATE TABLE receivables (
    customer_id       text        PRIMARY KEY,
    currency          text        NOT NULL,
    journal_seq       bigint      NOT NULL,
    day               date        NOT NULL,
    as_of             timestamptz NOT NULL,
    limit_minor       bigint,
    term_days         int         NOT NULL,
    open_orders_minor bigint      NOT NULL,
    shipped_minor     bigint      NOT NULL,
    invoiced_minor    bigint      NOT NULL,
    unapplied_minor   bigint      NOT NULL,
    exposure_minor    bigint      NOT NULL,
    overdue_minor     bigint      NOT NULL,
    overdue_items     int         NOT NULL,
    overdue_days      int         NOT NULL,
    held_orders       int         NOT NULL,
    blacklisted       boolean     NOT NULL,
    on_hold           boolean     NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN receivables.limit_minor IS 'null: unlimited';
"""

DOCUMENTS = """
-- Orders: what was said about them, and from counts_as on what follows for the facts.
CREATE TABLE orders (
    customer_id      text        NOT NULL,
    order_id         text        NOT NULL,
    currency         text        NOT NULL,
    amount_minor     bigint      NOT NULL,
    placed_at        timestamptz,
    placed_day       date,
    placed_print     bigint      NOT NULL,
    seller_id        text        NOT NULL,
    payment_method   text        NOT NULL,
    promised_on      date,
    revision         int         NOT NULL,
    amended_at       timestamptz,
    amended_print    bigint      NOT NULL,
    cancelled_at     timestamptz,
    outcome          text        NOT NULL,
    decision_version int         NOT NULL,
    decided_at       timestamptz,
    counts_as        text        NOT NULL CHECK (counts_as IN ('order', 'held', 'nothing')),
    basis            text        NOT NULL CHECK (basis IN ('ordered', 'invoiced')),
    owner_id         text        NOT NULL,
    counted_minor    bigint      NOT NULL,
    quantity_milli   bigint      NOT NULL,
    cost_minor       bigint      NOT NULL,
    costed_minor     bigint      NOT NULL,
    PRIMARY KEY (customer_id, order_id)
) WITH (fillfactor = 80);
CREATE INDEX orders_by_day ON orders (customer_id, placed_day);
COMMENT ON COLUMN orders.placed_at IS 'null: only later events of the order have arrived';
COMMENT ON COLUMN orders.placed_print IS 'of the body, to tell the same order sent again from another one';
COMMENT ON COLUMN orders.counts_as IS 'in the facts of the month of placing';
COMMENT ON COLUMN orders.basis IS 'a cancelled or rejected order counts with what was invoiced of it';
COMMENT ON COLUMN orders.owner_id IS 'who looked after the customer on the day of placing; empty: nobody';
COMMENT ON COLUMN orders.costed_minor IS 'amount of the lines whose cost is known: profit = costed - cost';

CREATE TABLE returns (
    customer_id    text        NOT NULL,
    return_id      text        NOT NULL,
    order_id       text        NOT NULL,
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    returned_at    timestamptz NOT NULL,
    returned_day   date        NOT NULL,
    print          bigint      NOT NULL,
    sold_at        timestamptz NOT NULL,
    seller_id      text        NOT NULL,
    owner_id       text        NOT NULL,
    quantity_milli bigint      NOT NULL,
    cost_minor     bigint      NOT NULL,
    costed_minor   bigint      NOT NULL,
    PRIMARY KEY (customer_id, return_id)
);
CREATE INDEX returns_by_order ON returns (customer_id, order_id);
COMMENT ON COLUMN returns.sold_at IS 'when the order was placed, or the time of the return while that is not known';

-- Invoices are kept because a cancelled or rejected order counts with what was invoiced of it.
CREATE TABLE invoices (
    customer_id  text        NOT NULL,
    invoice_id   text        NOT NULL,
    order_id     text        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    invoiced_at  timestamptz NOT NULL,
    issued_on    date        NOT NULL,
    due_on       date,
    print        bigint      NOT NULL,
    lines        jsonb       NOT NULL,
    PRIMARY KEY (customer_id, invoice_id)
);
CREATE INDEX invoices_by_order ON invoices (customer_id, order_id);
COMMENT ON COLUMN invoices.lines IS 'product to [quantity in thousandths, amount in minor units]';

CREATE TABLE payments (
    customer_id       text        NOT NULL,
    payment_id        text        NOT NULL,
    currency          text        NOT NULL,
    amount_minor      bigint      NOT NULL,
    received_at       timestamptz,
    received_day      date,
    print             bigint      NOT NULL,
    owner_id          text        NOT NULL,
    reversed_at       timestamptz,
    reversed_day      date,
    reversal_owner_id text        NOT NULL,
    PRIMARY KEY (customer_id, payment_id)
);
CREATE INDEX payments_by_day ON payments (customer_id, received_day);
COMMENT ON COLUMN payments.received_at IS 'null: only the reversal has arrived';

-- Lines of orders and returns, merged per product, with their cost as of the sale.
CREATE TABLE lines (
    customer_id    text        NOT NULL,
    document_id    text        NOT NULL,
    kind           text        NOT NULL CHECK (kind IN ('ordered', 'invoiced', 'returned')),
    product_id     text        NOT NULL,
    currency       text        NOT NULL,
    sold_at        timestamptz,
    quantity_milli bigint      NOT NULL,
    amount_minor   bigint      NOT NULL,
    cost_minor     bigint,
    PRIMARY KEY (customer_id, document_id, kind, product_id)
);
CREATE INDEX lines_to_cost ON lines (product_id, sold_at);
COMMENT ON COLUMN lines.kind IS 'invoiced: of orders that were cancelled or rejected after something was invoiced';
COMMENT ON COLUMN lines.cost_minor IS 'null: no cost of the product is known in this currency';
"""

_MONTH_NUMBERS = """
    orders                  bigint NOT NULL,
    amount_minor            bigint NOT NULL,
    quantity_milli          bigint NOT NULL,
    cost_minor              bigint NOT NULL,
    costed_minor            bigint NOT NULL,
    held_orders             bigint NOT NULL,
    held_minor              bigint NOT NULL,
    payments                bigint NOT NULL,
    collected_minor         bigint NOT NULL,
    reversed_minor          bigint NOT NULL,
    returns                 bigint NOT NULL,
    returned_minor          bigint NOT NULL,
    returned_quantity_milli bigint NOT NULL,
    returned_cost_minor     bigint NOT NULL,
    returned_costed_minor   bigint NOT NULL,
"""

FACTS = f"""
-- The facts. A month is its first day; a row of zeros is not kept.
CREATE TABLE customer_months (
    customer_id             text   NOT NULL,
    month                   date   NOT NULL,
    currency                text   NOT NULL,
{_MONTH_NUMBERS}
    distinct_products       bigint NOT NULL,
    PRIMARY KEY (customer_id, month, currency)
) WITH (fillfactor = 80);
CREATE INDEX customer_months_by_month ON customer_months (month);

-- The same, split by who looked after the customer on the day and who took the order.
CREATE TABLE salesperson_months (
    customer_id             text   NOT NULL,
    month                   date   NOT NULL,
    currency                text   NOT NULL,
    owner_id                text   NOT NULL,
    seller_id               text   NOT NULL,
{_MONTH_NUMBERS}
    PRIMARY KEY (customer_id, month, currency, owner_id, seller_id)
) WITH (fillfactor = 80);
CREATE INDEX salesperson_months_by_owner ON salesperson_months (owner_id, month);
CREATE INDEX salesperson_months_by_seller ON salesperson_months (seller_id, month);

CREATE TABLE product_months (
    customer_id             text   NOT NULL,
    month                   date   NOT NULL,
    currency                text   NOT NULL,
    product_id              text   NOT NULL,
    orders                  bigint NOT NULL,
    quantity_milli          bigint NOT NULL,
    amount_minor            bigint NOT NULL,
    cost_minor              bigint NOT NULL,
    costed_minor            bigint NOT NULL,
    returned_quantity_milli bigint NOT NULL,
    returned_minor          bigint NOT NULL,
    returned_cost_minor     bigint NOT NULL,
    returned_costed_minor   bigint NOT NULL,
    PRIMARY KEY (customer_id, month, currency, product_id)
) WITH (fillfactor = 80);
CREATE INDEX product_months_by_product ON product_months (product_id, month);
"""


def upgrade() -> None:
    run_script(kit_sql("kit_0001"))
    for script in (WHO, DOCUMENTS, FACTS):
        run_script(script)


def downgrade() -> None:
    raise NotImplementedError("the facts would be lost; restore a backup instead")
