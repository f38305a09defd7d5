"""Alerts worked out once more, from what was heard and is known to what is worth one, by other means than the rules.

Nothing is said of subjects that are about to be derived. What a person did is no drift: an alert that was settled while
its cause stands is one, and who was given one keeps it.
"""

from collections.abc import Sequence

import msgspec

from contracts.money import CURRENCY_DECIMALS
from services.insights.rules.alerts.kinds import KINDS
from services.insights.rules.alerts.thresholds import thresholds_body
from services.insights.store.alerts.settings import thresholds_in_force
from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

SUBJECTS_AT_ONCE = 1_000

# Of several due invoices the oldest is paid first: open of one is what credit's balance leaves when all later are open.
_DUE = """
due AS (
    SELECT r.customer_id, i.invoice_id, i.currency, i.due_on, least(i.amount_minor, r.invoiced_minor - coalesce(
        sum(i.amount_minor) OVER (PARTITION BY r.customer_id ORDER BY i.due_on DESC, i.invoice_id COLLATE "C" DESC
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS open_minor
    FROM receivables AS r JOIN settled USING (customer_id)
    JOIN invoices AS i ON i.customer_id = r.customer_id AND i.currency = r.currency AND i.due_on >= $2
)"""

# $1 subjects, $2 the day, $3 thresholds, $4 to $7 kinds with their role, whether they are personal, and about whom;
# $8 and $9 currencies with their number of decimals.
_CONDITIONS = f"""
WITH settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), kinds AS (
    SELECT * FROM unnest($4::text[], $5::text[], $6::boolean[], $7::text[]) AS k (kind, role, personal, about)
), decimals AS (
    SELECT * FROM unnest($8::text[], $9::int[]) AS m (currency, digits)
), heard AS MATERIALIZED (
    SELECT s.customer_id, s.kind, s.subject, s.facts::jsonb AS f,
           EXISTS (SELECT FROM orders AS o WHERE o.customer_id = s.customer_id AND o.order_id = s.subject
                   AND o.cancelled_at IS NOT NULL AND s.kind LIKE 'order%') AS cancelled
    FROM alert_signals AS s JOIN settled USING (customer_id) WHERE s.facts IS NOT NULL AND s.until >= $2
), {_DUE}, found AS (
    SELECT customer_id, kind, subject, f FROM heard
    WHERE kind NOT IN ('order', 'order_escalated', 'payment_bounced', 'foreign')
    UNION ALL
    SELECT customer_id, 'order_' || (f ->> 'outcome'), subject, f FROM heard
    WHERE kind = 'order' AND NOT cancelled AND (f ->> 'outcome' = 'held' OR f ->> 'outcome' IN ('released', 'rejected')
        AND $2 <= (f ->> 'day')::date + ($3::jsonb #>> '{{news,decision_days}}')::int)
    UNION ALL
    SELECT e.customer_id, e.kind, e.subject, e.f FROM heard AS e JOIN heard AS o USING (customer_id, subject)
    WHERE e.kind = 'order_escalated' AND o.kind = 'order' AND NOT o.cancelled AND o.f ->> 'outcome' = 'held'
        AND (e.f ->> 'seq')::bigint >= (o.f ->> 'seq')::bigint
    UNION ALL
    SELECT h.customer_id, h.kind, h.subject, jsonb_build_object(
        'payment_id', h.subject, 'day', h.f -> 'day', 'currency', coalesce(p.currency, ''),
        'amount', round(p.amount_minor / 10::numeric ^ m.digits, m.digits)::text)
    FROM heard AS h LEFT JOIN payments AS p ON p.customer_id = h.customer_id AND p.payment_id = h.subject
        AND p.received_at IS NOT NULL
    LEFT JOIN decimals AS m ON m.currency = p.currency
    WHERE h.kind = 'payment_bounced' AND $2 <= (h.f ->> 'day')::date + ($3 #>> '{{news,bounced_days}}')::int
    UNION ALL
    SELECT customer_id, 'overdue', customer_id, jsonb_build_object(
        'amount', round(overdue_minor / 10::numeric ^ digits, digits)::text, 'currency', currency,
        'items', overdue_items, 'days', overdue_days)
    FROM receivables JOIN settled USING (customer_id) JOIN decimals USING (currency) WHERE overdue_minor > 0
    UNION ALL
    SELECT customer_id, 'limit_nearly_used', customer_id, jsonb_build_object(
        'percent', CASE WHEN limit_minor = 0 THEN 100 ELSE div(100 * exposure_minor::numeric, limit_minor) END,
        'exposure', round(exposure_minor / 10::numeric ^ digits, digits)::text, 'currency', currency,
        'limit', round(limit_minor / 10::numeric ^ digits, digits)::text)
    FROM receivables JOIN settled USING (customer_id) JOIN decimals USING (currency)
    WHERE limit_minor IS NOT NULL AND exposure_minor > 0
    UNION ALL
    SELECT customer_id, 'invoice_due_soon', invoice_id, jsonb_build_object(
        'invoice_id', invoice_id, 'currency', currency, 'due_on', due_on,
        'amount', round(open_minor / 10::numeric ^ digits, digits)::text)
    FROM due JOIN decimals USING (currency)
    WHERE open_minor > 0 AND due_on <= $2 + ($3 #>> '{{invoice_due_soon,days}}')::int
    UNION ALL
    SELECT prospect_id, 'prospect_unvisited', prospect_id, jsonb_build_object(
        'entered_on', entered_on, 'grade', grade, 'owner_id', salesperson_id, 'days',
        (SELECT max(d.days) FROM (VALUES ((w ->> 'warning_days')::int), ((w ->> 'critical_days')::int)) AS d (days)
         WHERE entered_on + d.days <= $2))
    FROM prospects JOIN settled ON customer_id = prospect_id CROSS JOIN LATERAL (
        SELECT coalesce($3 #> ARRAY['prospect_unvisited', 'grades', grade], $3 -> 'prospect_unvisited') AS w) AS b
    WHERE visited_on IS NULL AND closed_on IS NULL AND (grade IS NULL OR visit_days IS NOT NULL)
      AND entered_on + (w ->> 'warning_days')::int <= $2 AND coalesce(next_visit < $2, true)
)"""  # noqa: S608

# A share in percent per kind, against the thresholds of the same name; null: nothing to measure against.
_SHARE = """
CASE kind
    WHEN 'limit_nearly_used' THEN (f ->> 'percent')::numeric
    WHEN 'order_late' THEN 100 * (f ->> 'days_since')::numeric / nullif((f ->> 'usual_gap_days')::numeric, 0)
    WHEN 'order_gap' THEN 100 * (1 - (f ->> 'amount')::numeric / nullif((f ->> 'expected')::numeric, 0))
    WHEN 'mix_below_target' THEN (f ->> 'target_percent')::numeric - (f ->> 'percent')::numeric
    WHEN 'active_rate_low' THEN (f ->> 'target_percent')::numeric - (f ->> 'percent')::numeric
END"""


def _reaches(group: str, field: str) -> str:
    return f"amount >= ($3 #>> ARRAY['{group}', '{field}', f ->> 'currency'])::numeric"


_SEVERITY = f"""
CASE
    WHEN $3 -> 'off' ? kind THEN NULL
    WHEN kind IN ('limit_nearly_used', 'order_late', 'order_gap', 'mix_below_target', 'active_rate_low') THEN
        CASE WHEN share <= 0 THEN NULL
             WHEN share >= ($3 #>> ARRAY[kind, 'critical_percent'])::numeric THEN 'critical'
             WHEN share >= ($3 #>> ARRAY[kind, 'warning_percent'])::numeric THEN 'warning' END
    WHEN kind = 'order_held' THEN
        CASE WHEN {_reaches("orders", "critical_amount")} THEN 'critical' ELSE 'warning' END
    WHEN kind = 'order_escalated' THEN
        CASE WHEN (f ->> 'level')::int >= ($3 #>> '{{orders,critical_level}}')::int THEN 'critical' ELSE 'warning' END
    WHEN kind = 'order_released' THEN 'info'
    WHEN kind IN ('order_rejected', 'approval_requested') THEN 'warning'
    WHEN kind IN ('order_undecided', 'payment_bounced') THEN 'critical'
    WHEN kind = 'overdue' THEN
        CASE WHEN (f ->> 'days')::int >= ($3 #>> '{{overdue,critical_days}}')::int
                  OR {_reaches("overdue", "critical_amount")} THEN 'critical'
             WHEN (f ->> 'days')::int >= ($3 #>> '{{overdue,warning_days}}')::int THEN 'warning' END
    WHEN kind = 'invoice_due_soon' THEN
        CASE WHEN {_reaches("invoice_due_soon", "warning_amount")} THEN 'warning' ELSE 'info' END
    WHEN kind IN ('class_fell', 'risk_class_worse') THEN
        CASE WHEN fall <= 0 THEN NULL
             WHEN kind = 'class_fell' AND fall > 1 OR kind = 'risk_class_worse' AND f ->> 'to_class' = 'D'
             THEN 'critical' ELSE 'warning' END
    WHEN kind = 'dormant_valuable' THEN
        CASE WHEN $3 #> '{{dormant_valuable,value}}' = '{{}}' OR {_reaches("dormant_valuable", "value")}
             THEN 'warning' END
    WHEN kind = 'prospect_unvisited' THEN
        CASE WHEN (f ->> 'days')::int >= (coalesce($3 #> ARRAY['prospect_unvisited', 'grades', f ->> 'grade'],
                                                   $3 -> 'prospect_unvisited') ->> 'critical_days')::int
             THEN 'critical' ELSE 'warning' END
END"""

# What one of several conditions of a key says is not said here; nor what another service's alert reads.
_ALERTS = f"""
{_CONDITIONS}, judged AS (
    SELECT *, {_SEVERITY} AS severity FROM (
        SELECT *, {_SHARE} AS share, (f ->> 'amount')::numeric AS amount,
               strpos('ABCD', f ->> 'to_class') - strpos('ABCD', f ->> 'from_class') AS fall
        FROM found) AS m
), expected AS MATERIALIZED (
    SELECT customer_id, kind || ':' || customer_id || CASE WHEN subject = customer_id THEN '' ELSE ':' || subject END
               AS key, severity, f - 'documents' - 'owner_id' AS facts, CASE WHEN NOT personal THEN ''
               ELSE coalesce(nullif(f ->> 'owner_id', ''), CASE WHEN about = 'customer' THEN (
                   SELECT salesperson_id FROM customer_owners AS o WHERE o.customer_id = judged.customer_id
                   AND o.from_day <= $2 ORDER BY o.from_day DESC LIMIT 1) END, '') END AS owner_id, role
    FROM judged JOIN kinds USING (kind) WHERE severity IS NOT NULL
), foreign_ones AS MATERIALIZED (
    SELECT customer_id, f ->> 'dedup_key' AS key, subject AS alert_id FROM heard WHERE kind = 'foreign'
), alive AS MATERIALIZED (
    SELECT a.* FROM alerts AS a JOIN settled USING (customer_id) WHERE a.state <> 'resolved' OR a.cause
)
SELECT 'alerts', customer_id, 'expected', key || ' ' || severity FROM expected AS e
WHERE NOT EXISTS (SELECT FROM alive AS a WHERE a.customer_id = e.customer_id AND a.key = e.key)
  AND NOT EXISTS (SELECT FROM foreign_ones AS f WHERE f.key = e.key)
UNION ALL
SELECT 'alerts', customer_id, 'expected', key FROM foreign_ones AS e
WHERE NOT EXISTS (SELECT FROM alerts AS a WHERE a.key = e.key AND (a.state <> 'resolved' OR a.cause)
                  OR a.alert_id = e.alert_id)
UNION ALL
SELECT 'alerts', customer_id, 'stored', key || ' ' || severity FROM alive AS a
WHERE NOT EXISTS (SELECT FROM expected AS e WHERE e.customer_id = a.customer_id AND e.key = a.key)
  AND NOT EXISTS (SELECT FROM foreign_ones AS e WHERE e.customer_id = a.customer_id AND e.key = a.key)
UNION ALL
SELECT 'alerts', e.customer_id, 'expected',
       concat_ws(' ', e.key, e.severity, 'of', coalesce(nullif(e.owner_id, ''), e.role), e.facts)
FROM expected AS e JOIN alive AS a USING (customer_id, key)
WHERE a.state <> 'resolved' AND e.key NOT IN (SELECT key FROM foreign_ones)
  AND (e.severity <> a.severity OR e.facts <> a.facts
       OR NOT a.assigned AND (e.owner_id <> a.owner_id OR e.owner_id = '' AND e.role <> a.owner_role))
UNION ALL
SELECT 'alert_history', a.customer_id, 'expected', concat_ws(' ', a.key, h.version, h.state, h.severity)
FROM alerts AS a LEFT JOIN LATERAL (
    SELECT *, (SELECT count(*) FROM alert_history AS n WHERE n.alert_id = a.alert_id) AS steps
    FROM alert_history AS s WHERE s.alert_id = a.alert_id ORDER BY s.version DESC LIMIT 1) AS h ON true
WHERE a.customer_id = ANY($1::text[])
  AND (a.version, a.version, a.state, a.severity, a.owner_id, a.owner_role, a.changed_at, a.snoozed_until)
      IS DISTINCT FROM (h.version, h.steps, h.state, h.severity, h.owner_id, h.owner_role, h.at, h.snoozed_until)
"""  # noqa: S608

_OTHERS = """
SELECT customer_id FROM derivations AS d
WHERE customer_id > $1 AND NOT EXISTS (SELECT FROM customers AS c WHERE c.customer_id = d.customer_id)
ORDER BY customer_id LIMIT $2
"""


async def alert_differences(connection: Connection, subjects: Sequence[str]) -> list[Difference]:
    """Work out the alerts of customers, salespeople or prospects and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    thresholds = thresholds_body((await thresholds_in_force(connection)).thresholds)
    kinds = list(zip(*((n, k.role, k.personal, k.subject_type) for n, k in KINDS.items()), strict=True))
    money = list(CURRENCY_DECIMALS), list(CURRENCY_DECIMALS.values())
    body = msgspec.json.encode(thresholds).decode()
    rows = await connection.fetch(_ALERTS, subjects, day, body, *kinds, *money)
    return [Difference(*row) for row in rows]


async def other_alert_differences(connection: Connection) -> list[Difference]:
    """Do the same for everybody who is no customer, some at a time."""
    found: list[Difference] = []
    last = ""
    while rows := await connection.fetch(_OTHERS, last, SUBJECTS_AT_ONCE):
        ids = [row["customer_id"] for row in rows]
        found += await alert_differences(connection, ids)
        last = ids[-1]
    return found
