"""The invariants of people and relations: each says once more, over the audit, what ``rules/`` does event by event."""

from services.customers.rules.grading import decode_policy
from services.customers.rules.prospects import Prospect, regrade
from services.customers.store.columns import PROSPECTS
from services.kit.database import Connection
from services.kit.verify import Problem, Report

AUDIT = "A5 every card, assignment and blacklist step is in the audit"
OWNERS = (
    "A6 from a day on that salesperson is the owner whom the latest word about the day names, and is known"
)
STAFF = "A7 a salesperson's entry is the one with the highest revision, and of those the latest"
STEPS = "A8 a follow-up stands as its latest step says"
DUE = "A9 a reminder whose day has begun was told"
PROSPECT = "A10 a prospect's card is the one with the highest revision, and of those the latest"
STATUS = "A11 a prospect is converted if it was, else lost if it was"
GRADES = "A12 a prospect has the grade that the policy in force gives its card"

_ENTRIES = """
    SELECT DISTINCT ON (subject_id) subject_id, (after ->> 'revision')::int AS revision, at, after
    FROM changes WHERE subject = '{subject}' AND part = '{part}'
    ORDER BY subject_id, (after ->> 'revision')::int DESC, at DESC"""

QUERIES: dict[str, str] = {
    AUDIT: """
        SELECT format('%s of customer %s', k.part, k.customer_id) AS subject, k.customer_id,
               'a change at ' || k.at AS expected, 'none' AS found
        FROM (SELECT customer_id, 'card' AS part, changed_at AS at FROM cards
              UNION ALL SELECT customer_id, 'assignment:' || from_day, assigned_at FROM assignments
              UNION ALL SELECT customer_id, 'blacklist', at FROM blacklistings) k
        LEFT JOIN changes c ON c.subject = 'customer' AND c.subject_id = k.customer_id AND c.part = k.part
                           AND c.at = k.at
        WHERE c.at IS NULL""",
    OWNERS: """
        SELECT format('customer %s from %s on', a.customer_id, a.from_day) AS subject, a.customer_id,
               coalesce(c.owner, 'nobody') AS expected,
               a.salesperson_id || CASE WHEN s.salesperson_id IS NULL THEN ', who is not known' ELSE '' END AS found
        FROM assignments a
        LEFT JOIN (SELECT DISTINCT ON (subject_id, part) subject_id, part, after ->> 'salesperson_id' AS owner
                   FROM changes WHERE kind = 'customer.assigned' ORDER BY subject_id, part, at DESC) c
               ON c.subject_id = a.customer_id AND c.part = 'assignment:' || a.from_day
        LEFT JOIN staff s USING (salesperson_id)
        WHERE c.owner IS DISTINCT FROM a.salesperson_id OR s.salesperson_id IS NULL""",
    STAFF: f"""
        SELECT format('salesperson %s', s.salesperson_id) AS subject,
               coalesce(e.after::text, 'no entry') AS expected, to_jsonb(s)::text AS found
        FROM staff s LEFT JOIN ({_ENTRIES.format(subject="staff", part="entry")}) e ON e.subject_id = s.salesperson_id
        WHERE (s.revision, s.changed_at) IS DISTINCT FROM (coalesce(e.revision, 0), e.at)
           OR e.after <> jsonb_build_object(
              'salesperson_id', s.salesperson_id, 'revision', s.revision, 'name', s.name, 'team', s.team,
              'active_from', s.active_from, 'active_to', s.active_to, 'region', s.region, 'email', s.email,
              'chat', s.chat)""",  # noqa: S608
    STEPS: """
        SELECT format('follow-up %s', f.follow_up_id) AS subject, f.customer_id,
               format('%s until %s', c.kind, c.after ->> 'remind_on') AS expected,
               format('%s until %s, open: %s', f.step, f.remind_on, f.open) AS found
        FROM follow_ups f
        LEFT JOIN (SELECT DISTINCT ON (part) substr(part, 11) AS follow_up_id, kind, after,
                          bool_or(kind LIKE '%recorded') OVER (PARTITION BY part) AS recorded
                   FROM changes WHERE part LIKE 'follow_up:%'
                   ORDER BY part, at DESC, CASE WHEN kind LIKE '%completed' THEN 2 WHEN kind LIKE '%rescheduled' THEN 1
                                           ELSE 0 END DESC) c USING (follow_up_id)
        WHERE f.step IS DISTINCT FROM regexp_replace(c.kind, '^.*[._]', '')
           OR f.remind_on IS DISTINCT FROM (c.after ->> 'remind_on')::date
           OR f.open <> (c.recorded AND c.kind NOT LIKE '%completed'
                         AND (f.outcome IS NULL OR f.next_step <> '' OR f.remind_on IS NOT NULL))""",
    DUE: """
        SELECT format('follow-up %s', f.follow_up_id) AS subject, f.customer_id,
               format('told, as %s has begun', d.day) AS expected,
               format('due on %s, told for %s', f.remind_on, f.due_told_on) AS found
        FROM follow_ups f JOIN partition_days d USING (partition)
        WHERE f.open AND f.remind_on <= d.day AND f.due_told_on IS DISTINCT FROM f.remind_on""",
    PROSPECT: f"""
        SELECT format('prospect %s', p.prospect_id) AS subject,
               coalesce(e.after::text, 'no card') AS expected, to_jsonb(p)::text AS found
        FROM prospects p
        LEFT JOIN ({_ENTRIES.format(subject="prospect", part="card")}) e ON e.subject_id = p.prospect_id
        WHERE (p.revision, p.changed_at) IS DISTINCT FROM (coalesce(e.revision, 0), e.at)
           OR NOT e.after @> jsonb_build_object(
              'name', p.name, 'short_name', p.short_name, 'kind', p.kind, 'region', p.region,
              'category', p.category, 'business_form', p.business_form, 'currency', p.currency,
              'growth_percent', p.growth_percent, 'salesperson_id', p.salesperson_id, 'next_visit', p.next_visit,
              'source', p.source, 'notes', p.notes, 'tags', to_jsonb(p.tags), 'contacts', p.contacts)""",  # noqa: S608
    STATUS: """
        SELECT format('prospect %s', p.prospect_id) AS subject, p.customer_id,
               format('%s %s', c.status, c.customer_id) AS expected, format('%s %s', p.status, p.customer_id) AS found
        FROM prospects p
        CROSS JOIN LATERAL (
            SELECT CASE WHEN bool_or(part = 'conversion') THEN 'converted'
                        WHEN bool_or(part = 'loss') THEN 'lost' ELSE 'open' END AS status,
                   max(after ->> 'customer_id') AS customer_id
            FROM changes WHERE subject = 'prospect' AND subject_id = p.prospect_id) c
        WHERE (p.status, p.customer_id) IS DISTINCT FROM (c.status, c.customer_id)""",
}


async def check_grades(connection: Connection, report: Report) -> None:
    """Grade every prospect again, and report those whose stored grade is another."""
    policy = await connection.fetchrow(
        "SELECT version, body FROM grading_policies ORDER BY version DESC LIMIT 1"
    )
    if policy is None:
        return
    version, rules = policy["version"], decode_policy(policy["body"])
    columns = ", ".join(PROSPECTS)
    async for row in connection.cursor(f"SELECT {columns} FROM prospects WHERE revision > 0"):  # noqa: S608
        prospect = Prospect(*row)
        found = (prospect.graded_by, prospect.grade, prospect.score, prospect.priority, prospect.visit_days)
        regrade(prospect, version, rules)
        expected = (version, prospect.grade, prospect.score, prospect.priority, prospect.visit_days)
        if found != expected:
            report.add(Problem(GRADES, f"prospect {prospect.prospect_id}", str(expected), str(found)))
