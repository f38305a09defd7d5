"""What months ended with, compared: growth, migration, and how good the grading was."""

from typing import Any

from sqlalchemy import text

COUNTS = """
       count(*) FILTER (WHERE coalesce(before, 'prospect') = 'prospect' AND stage <> 'prospect') AS gained,
       count(*) FILTER (WHERE before NOT IN ('prospect', 'dormant') AND stage = 'dormant') AS lost,
       count(*) FILTER (WHERE before = 'dormant' AND stage NOT IN ('prospect', 'dormant')) AS revived,
       count(*) FILTER (WHERE stage NOT IN ('prospect', 'dormant')) AS active,
       count(*) FILTER (WHERE stage = 'dormant') AS dormant,
       count(*) FILTER (WHERE stage = 'prospect') AS prospects
"""
"""What is counted of customers with a ``stage`` at the end of a month and, ``before``, at that of the month before."""

# Each month against the one before; the month of today, which is not over, against the last one that is.
GROWTH = text(f"""
WITH states AS (
    SELECT month, customer_id, stage FROM stage_months
    UNION ALL
    SELECT date_trunc('month', CAST(:day AS date))::date, customer_id, stage FROM customer_stages
), moves AS (
    SELECT s.month, s.stage, p.stage AS before
    FROM states AS s JOIN customers AS c USING (customer_id)
    LEFT JOIN stage_months AS p
      ON p.customer_id = s.customer_id AND p.month = (s.month - interval '1 month')::date
    WHERE s.month BETWEEN :first AND :last
      AND (CAST(:region AS text) IS NULL OR c.region = :region)
      AND (CAST(:category AS text) IS NULL OR c.category = :category)
      AND (CAST(:form AS text) IS NULL OR c.business_form = :form)
      AND (CAST(:salesperson AS text) IS NULL OR :salesperson = coalesce((
          SELECT o.salesperson_id FROM customer_owners AS o
          WHERE o.customer_id = c.customer_id AND o.from_day < (s.month + interval '1 month')
          ORDER BY o.from_day DESC LIMIT 1), ''))
)
SELECT month, EXISTS (SELECT FROM closed_months AS m WHERE m.month = moves.month) AS closed,
       {COUNTS}
FROM moves GROUP BY month ORDER BY month
""")  # noqa: S608

# The same of all customers: months that are over were counted when they were closed.
GROWTH_OF_ALL = text(f"""
WITH moves AS (
    SELECT s.stage, p.stage AS before FROM customer_stages AS s
    LEFT JOIN stage_months AS p
      ON p.customer_id = s.customer_id
     AND p.month = (date_trunc('month', CAST(:day AS date)) - interval '1 month')::date
    WHERE date_trunc('month', CAST(:day AS date)) BETWEEN :first AND :last
)
SELECT month, true AS closed, gained, lost, revived, active, dormant, prospects
FROM growth_months WHERE month BETWEEN :first AND :last
UNION ALL
SELECT date_trunc('month', CAST(:day AS date))::date, false, {COUNTS} FROM moves HAVING count(*) > 0
ORDER BY month
""")  # noqa: S608


def migration(column: str) -> Any:
    """Return the query of a matrix: from which class to which between two months, with how many customers."""
    # The name is one of ours, never a caller's text.
    return text(f"""
        SELECT a.{column} AS previous, b.{column} AS current, count(*) AS customers,
               sum(coalesce(b.amount_minor, 0))::bigint AS amount_minor
        FROM (SELECT * FROM segment_months WHERE month = :first AND currency = :currency) AS a
        FULL JOIN (SELECT * FROM segment_months WHERE month = :last AND currency = :currency) AS b
            USING (customer_id)
        JOIN customers AS c USING (customer_id)
        WHERE (CAST(:region AS text) IS NULL OR c.region = :region)
          AND (CAST(:category AS text) IS NULL OR c.category = :category)
          AND (CAST(:form AS text) IS NULL OR c.business_form = :form)
        GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2 NULLS LAST""")  # noqa: S608


# A month's profit of the customers graded at the end of the month before. Ranks of equals are their mean, as Spearman
# has them; a customer that did nothing in the month made no profit. Grades have few percents: their ranks are counted
# once for each of these, so that customers are sorted by profit alone.
JUDGEMENT = text("""
WITH profits AS MATERIALIZED (
    SELECT g.grade, g.grade_percent, coalesce(n.profit, 0) AS profit, coalesce(p.profit, 0) AS before
    FROM segment_months AS g
    LEFT JOIN (SELECT customer_id, costed_minor - cost_minor - returned_costed_minor + returned_cost_minor AS profit
               FROM customer_months WHERE month = :month AND currency = :currency) AS n USING (customer_id)
    LEFT JOIN (SELECT customer_id, costed_minor - cost_minor - returned_costed_minor + returned_cost_minor AS profit
               FROM customer_months WHERE month = (CAST(:month AS date) - interval '1 month')::date
               AND currency = :currency) AS p USING (customer_id)
    WHERE g.month = (CAST(:month AS date) - interval '1 month')::date AND g.currency = :currency
      AND g.grade IS NOT NULL
), by_profit AS (
    SELECT grade_percent, (rank() OVER w + count(*) OVER w) / 2.0::float8 AS place FROM profits
    WINDOW w AS (ORDER BY profit)
), by_grade AS (
    SELECT grade_percent, sum(count(*)) OVER (ORDER BY grade_percent) - (count(*) - 1) / 2.0 AS place
    FROM profits GROUP BY grade_percent
)
SELECT grade, count(*) AS customers, total(profit) AS profit_minor, total(before) AS before_minor,
       total(count(*)) OVER () AS all_customers, total(total(profit)) OVER () AS all_profit_minor,
       (SELECT corr(g.place, p.place) FROM by_profit AS p JOIN by_grade AS g USING (grade_percent)) AS rank_correlation
FROM profits GROUP BY grade ORDER BY grade
""")

# Age of what grades follow from, in days, and how many customers that ever ordered have a grade, and by how much.
INPUTS = text("""
SELECT count(*) AS customers, count(k.grade) AS graded, count(v.standing_points) AS with_standing,
       count(v.prospects_points) AS with_prospects, count(k.margin_class) AS with_margin,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY CAST(:day AS date) - c.last_order_day) AS order_days,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY CAST(:day AS date) - c.last_payment_day) AS payment_days,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY CAST(:day AS date) - r.day) AS standing_days,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY CAST(:day AS date) - c.changed_at::date) AS card_days
FROM customers AS c
LEFT JOIN customer_values AS v ON v.customer_id = c.customer_id AND v.currency = :currency
LEFT JOIN customer_classes AS k ON k.customer_id = c.customer_id AND k.currency = :currency
LEFT JOIN receivables AS r ON r.customer_id = c.customer_id
WHERE c.first_order_day IS NOT NULL
""")

LAST_CLOSED = text("SELECT max(month) FROM closed_months")
