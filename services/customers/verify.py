"""Is the archive what its cards and steps say? Checked on one snapshot, without locks, also while the service runs.

The queries say once more, in SQL, what ``rules/`` does event by event; so each is a check of the other.
"""

from services.customers import verify_access, verify_people
from services.kit.database import Database
from services.kit.verify import Report, add_found, snapshot

CARD = "A1 a customer reads as its latest card says"
CONTACTS = "A2 its contacts are those of that card"
BLACKLIST = "A3 it is blacklisted if the latest step says so"
BELONGING = "A4 whatever is known of a customer belongs to one in the archive"

_LATEST = """
    SELECT DISTINCT ON (customer_id) customer_id, revision, changed_at, body
    FROM cards ORDER BY customer_id, revision DESC, changed_at DESC"""

QUERIES: dict[str, str] = {
    CARD: f"""
        SELECT format('customer %s', customer_id) AS subject, customer_id,
               format('revision %s: %s', coalesce(k.revision, 0), k.body) AS expected,
               format('revision %s: %s', c.revision, to_jsonb(c)) AS found
        FROM customers c
        LEFT JOIN ({_LATEST}) k USING (customer_id)
        WHERE (c.revision, c.changed_at) IS DISTINCT FROM (coalesce(k.revision, 0), k.changed_at)
           OR jsonb_build_object('phones', '[]'::jsonb) || (k.body - 'contacts') IS DISTINCT FROM
              CASE WHEN c.revision > 0 THEN jsonb_build_object(
                  'name', c.name, 'short_name', c.short_name, 'region', c.region, 'category', c.category,
                  'business_form', c.business_form, 'ownership', c.ownership, 'bank_account', c.bank_account,
                  'tags', to_jsonb(c.tags), 'phones', to_jsonb(c.phones)) END""",  # noqa: S608
    CONTACTS: f"""
        SELECT format('customer %s', customer_id) AS subject, customer_id,
               k.body ->> 'contacts' AS expected, coalesce(p.contacts::text, '[]') AS found
        FROM ({_LATEST}) k
        LEFT JOIN (SELECT customer_id, jsonb_agg(jsonb_build_object(
                       'name', name, 'role', role, 'phone', phone, 'email', email, 'phones', phones, 'chat', chat,
                       'preferred', preferred, 'notes', notes) ORDER BY position) AS contacts
                   FROM contacts GROUP BY customer_id) p USING (customer_id)
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg('{{"phones": [], "chat": "", "preferred": false, "notes": ""}}'::jsonb || said
                                      ORDER BY position), '[]') AS contacts
            FROM jsonb_array_elements(k.body -> 'contacts') WITH ORDINALITY AS s (said, position)) s
        WHERE s.contacts <> coalesce(p.contacts, '[]')""",  # noqa: S608
    BLACKLIST: """
        SELECT format('customer %s', c.customer_id) AS subject, c.customer_id,
               coalesce(b.step || ': ' || b.reason, 'never blacklisted') AS expected,
               format('blacklisted %s: %s', c.blacklisted, c.blacklist_reason) AS found
        FROM customers c
        LEFT JOIN (SELECT DISTINCT ON (customer_id) * FROM blacklistings
                   ORDER BY customer_id, at DESC, step = 'blacklisted' DESC) b USING (customer_id)
        WHERE (c.blacklisted, c.blacklist_reason, c.blacklist_changed_at) IS DISTINCT FROM
              (coalesce(b.step = 'blacklisted', false), coalesce(b.reason, ''), b.at)""",
    BELONGING: """
        SELECT format('%s of customer %s', what, customer_id) AS subject, customer_id,
               'a customer' AS expected, 'none' AS found
        FROM (SELECT 'a standing' AS what, customer_id FROM standings
              UNION ALL SELECT DISTINCT 'an assignment', customer_id FROM assignments
              UNION ALL SELECT DISTINCT 'a contact', customer_id FROM contacts
              UNION ALL SELECT DISTINCT 'a score', customer_id FROM satisfactions
              UNION ALL SELECT DISTINCT 'a follow-up', customer_id FROM follow_ups WHERE customer_id IS NOT NULL) d
        LEFT JOIN customers c USING (customer_id)
        WHERE c.customer_id IS NULL""",
    **verify_people.QUERIES,
}


async def verify(target: Database | str) -> Report:
    """Check every invariant of the archive.

    Args:
        target: the database of this service, or its address.
    """
    async with snapshot(target, "customers") as connection:
        report = Report([*QUERIES, verify_people.GRADES, verify_access.CHAIN])
        for invariant, query in QUERIES.items():
            await add_found(connection, report, invariant, query)
        await verify_people.check_grades(connection, report)
        await verify_access.check_chain(connection, report)
        report.facts["customers"] = await connection.fetchval("SELECT count(*) FROM customers")
        return report
