"""What the API reads of dormant spells: as a list, per salesperson and month, and with against without a follow-up."""

from sqlalchemy import Subquery, func, select, text

from services.insights.store.segment_reads import Filter, belonging, who
from services.insights.tables import customers
from services.insights.tables_dormancy import dormant_spells, follow_ups, salespeople

_S = dormant_spells.c

BEGAN = {"days": _S.days_on, "rhythm": _S.rhythm_on, None: func.least(_S.days_on, _S.rhythm_on)}


def listed(wanted: Filter, definition: str | None) -> Subquery:
    """Return dormant spells by one definition, or by any, with who the customers are and who is credited."""
    began, credited, contact = BEGAN[definition], salespeople.alias(), follow_ups.alias()
    return (
        select(
            *(customers.c.customer_id, *who(wanted.day)),
            *(_S.last_order_day, began.label("dormant_on"), _S.revived_on, _S.credited_to, _S.follow_up_id),
            _S.days_on.is_not(None).label("by_days"),
            _S.rhythm_on.is_not(None).label("by_rhythm"),
            (func.coalesce(_S.revived_on, wanted.day) - began).label("dormant_days"),
            credited.c.name.label("credited_name"),
            *(contact.c.salesperson_id.label("followed_up_by"), contact.c.alert_id),
        )
        .join(customers, customers.c.customer_id == _S.customer_id)
        .outerjoin(credited, credited.c.salesperson_id == _S.credited_to)
        .outerjoin(
            contact, (contact.c.customer_id == _S.customer_id) & (contact.c.follow_up_id == _S.follow_up_id)
        )
        .where(began.is_not(None), *belonging(wanted))
        .subquery()
    )


_BEGAN = """CASE :definition WHEN 'days' THEN s.days_on WHEN 'rhythm' THEN s.rhythm_on
            ELSE least(s.days_on, s.rhythm_on) END"""
_WHO = """(CAST(:region AS text) IS NULL OR c.region = :region)
      AND (CAST(:category AS text) IS NULL OR c.category = :category)
      AND (CAST(:form AS text) IS NULL OR c.business_form = :form)"""
_DONE = "coalesce(f.happened_on, f.completed_on)"

# A customer is somebody's as of the end of the month, of the day it came back, or of today, whatever came first.
RATES = text(f"""
WITH months AS (
    SELECT m::date AS first, least((m + interval '1 month - 1 day')::date, CAST(:day AS date)) AS last
    FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 month') AS m
    WHERE m <= CAST(:day AS date)
), open AS (
    SELECT m.first AS month, m.first, m.last, s.customer_id, s.revived_on, s.follow_up_id, {_BEGAN} AS began,
           coalesce((SELECT o.salesperson_id FROM customer_owners AS o WHERE o.customer_id = s.customer_id
                     AND o.from_day <= least(m.last, s.revived_on) ORDER BY o.from_day DESC LIMIT 1), '') AS owner
    FROM months AS m
    JOIN dormant_spells AS s ON {_BEGAN} <= m.last AND (s.revived_on IS NULL OR s.revived_on >= m.first)
    JOIN customers AS c USING (customer_id)
    WHERE {_WHO}
)
SELECT o.month, o.owner AS salesperson_id, p.name, count(DISTINCT o.customer_id) AS dormant,
       count(DISTINCT o.customer_id) FILTER (WHERE EXISTS (
           SELECT FROM follow_ups AS f WHERE f.customer_id = o.customer_id AND f.recorded_at IS NOT NULL
           AND {_DONE} BETWEEN greatest(o.first, o.began) AND least(o.last, o.revived_on))) AS followed_up,
       count(DISTINCT o.customer_id) FILTER (WHERE o.revived_on <= o.last) AS revived,
       count(DISTINCT o.customer_id) FILTER (WHERE o.revived_on <= o.last AND o.follow_up_id IS NOT NULL)
           AS revived_after_follow_up
FROM open AS o LEFT JOIN salespeople AS p ON p.salesperson_id = o.owner
WHERE CAST(:salesperson AS text) IS NULL OR o.owner = :salesperson
GROUP BY o.month, o.owner, p.name ORDER BY o.month, o.owner
""")  # noqa: S608

# Whoever comes back at once cannot be followed up any more: counting such customers as not followed up would make
# follow-ups look useless, and counting whoever is followed up at any later time would make them look useful. So both
# groups are those still silent on one day after dormancy began, and are watched equally long from there.
EFFECT = text(f"""
WITH spells AS (
    SELECT s.customer_id, s.revived_on, {_BEGAN} AS began
    FROM dormant_spells AS s JOIN customers AS c USING (customer_id)
    WHERE {_BEGAN} BETWEEN CAST(:first AS date) AND CAST(:last AS date) AND {_WHO}
      AND (CAST(:salesperson AS text) IS NULL OR :salesperson = coalesce((
          SELECT o.salesperson_id FROM customer_owners AS o
          WHERE o.customer_id = s.customer_id AND o.from_day <= {_BEGAN} ORDER BY o.from_day DESC LIMIT 1), ''))
), watched AS (
    SELECT s.customer_id, s.revived_on, s.began + CAST(:landmark AS int) AS landmark,
           s.began + CAST(:landmark AS int) + CAST(:horizon AS int) AS until,
           EXISTS (SELECT FROM follow_ups AS f WHERE f.customer_id = s.customer_id AND f.recorded_at IS NOT NULL
                   AND {_DONE} BETWEEN s.began AND s.began + CAST(:landmark AS int)) AS followed_up
    FROM spells AS s
    WHERE s.began + CAST(:landmark AS int) + CAST(:horizon AS int) <= CAST(:day AS date)
      AND (s.revived_on IS NULL OR s.revived_on > s.began + CAST(:landmark AS int))
)
SELECT w.followed_up, count(*) AS spells, count(*) FILTER (WHERE w.revived_on <= w.until) AS revived,
       coalesce(sum(o.amount), 0)::bigint AS amount
FROM watched AS w CROSS JOIN LATERAL (
    SELECT sum(o.counted_minor) AS amount FROM orders AS o
    WHERE o.customer_id = w.customer_id AND o.currency = :currency AND o.counts_as = 'order'
      AND o.placed_day > w.landmark AND o.placed_day <= w.until) AS o
GROUP BY w.followed_up
""")  # noqa: S608
