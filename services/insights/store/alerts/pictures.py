"""Reading everything that alerts about some customers depend on: six statements, however many customers."""

import json
from collections.abc import Sequence
from datetime import date

from services.insights.rules.alerts.present import Due, Heard, Picture
from services.insights.rules.prospects import Prospect
from services.insights.rules.receivables import Receivable
from services.insights.store.sql import columns_of
from services.kit.database import Connection

_PEOPLE = """
SELECT n.customer_id, c.name AS customer, s.name AS salesperson, coalesce(o.salesperson_id, '') AS owner,
       (SELECT min(from_day) FROM customer_owners AS f
        WHERE f.customer_id = n.customer_id AND f.from_day > $2) AS next_owner_on
FROM unnest($1::text[]) AS n (customer_id)
LEFT JOIN customers AS c ON c.customer_id = n.customer_id
LEFT JOIN salespeople AS s ON s.salesperson_id = n.customer_id
LEFT JOIN LATERAL (
    SELECT salesperson_id FROM customer_owners AS o
    WHERE o.customer_id = n.customer_id AND o.from_day <= $2 ORDER BY o.from_day DESC LIMIT 1
) AS o ON true
"""

_RECEIVABLES = f"""
SELECT {", ".join(columns_of(Receivable))} FROM receivables WHERE customer_id = ANY($1::text[])
"""  # noqa: S608

_PROSPECTS = f"""
SELECT {", ".join(columns_of(Prospect))} FROM prospects WHERE prospect_id = ANY($1::text[])
"""  # noqa: S608

_DUE = """
SELECT customer_id, invoice_id, currency, amount_minor, due_on FROM invoices
WHERE customer_id = ANY($1::text[]) AND due_on >= $2
"""

# What was said about an order counts as long as it is not cancelled; a bounced payment has its amount from its receipt.
_HEARD = """
SELECT s.customer_id, s.kind, s.subject, s.facts, s.until, o.cancelled_at IS NOT NULL AS settled,
       p.currency, p.amount_minor
FROM alert_signals AS s
LEFT JOIN orders AS o ON s.kind IN ('order', 'order_escalated')
    AND o.customer_id = s.customer_id AND o.order_id = s.subject
LEFT JOIN payments AS p ON s.kind = 'payment_bounced' AND p.received_at IS NOT NULL
    AND p.customer_id = s.customer_id AND p.payment_id = s.subject
WHERE s.customer_id = ANY($1::text[]) AND s.facts IS NOT NULL AND s.until >= $2
"""


async def read_pictures(connection: Connection, customer_ids: Sequence[str], day: date) -> dict[str, Picture]:
    """Return the picture of each customer as of a day, in the order of their ids."""
    pictures = {customer_id: Picture(customer_id) for customer_id in sorted(customer_ids)}
    ids = list(pictures)
    for row in await connection.fetch(_PEOPLE, ids, day):
        picture = pictures[row["customer_id"]]
        picture.names = {"customer": row["customer"] or "", "salesperson": row["salesperson"] or ""}
        picture.owner, picture.next_owner_on = row["owner"], row["next_owner_on"]
    for row in await connection.fetch(_PROSPECTS, ids):
        picture = pictures[row["prospect_id"]]
        picture.prospect = Prospect(*row)
        picture.names = {**picture.names, "prospect": row["name"] or ""}
    for row in await connection.fetch(_RECEIVABLES, ids):
        pictures[row["customer_id"]].receivable = Receivable(*row)
    for row in await connection.fetch(_DUE, ids, day):
        due = Due(row["invoice_id"], row["currency"], row["amount_minor"], row["due_on"])
        pictures[row["customer_id"]].due.append(due)
    for row in await connection.fetch(_HEARD, ids, day):
        facts = json.loads(row["facts"])
        if row["amount_minor"] is not None:
            facts |= {"currency": row["currency"], "amount_minor": row["amount_minor"]}
        heard = Heard(row["kind"], row["subject"], facts, row["settled"], row["until"])
        pictures[row["customer_id"]].heard.append(heard)
    return pictures
