"""``make bench-pages``: every page of the console with 100,000 customers and 2,000,000 order lines.

A simulated distributor is lived through by the real services (:mod:`tests.load.pages.seed`), then made as large as is
asked for (:mod:`tests.load.pages.grow`), ranked anew by the services, and served as ``tallyman up`` does. Each page of
the console (:mod:`tests.load.pages.reach`) is opened as a manager, as an admin where a manager may not, and as the
salesperson with the most customers. Times are those of a client on the same machine, one request after the other; CPU
times of server and PostgreSQL stand beside them, because a busy machine makes only the former longer. The data stays
in ``var/bench/pages`` for the next run; ``--fresh`` makes it anew.
"""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from services.kit.web.navigation import customer_href
from tests.load.pages.grow import grow
from tests.load.pages.live import held_within, open_pages
from tests.load.pages.reach import ROLES, askable, in_navigation, is_a_page, tabs_of
from tests.load.pages.report import as_markdown, print_visit, say, show, summary
from tests.load.pages.seed import Installation, idle, installation, served, sow
from tests.load.pages.visit import Server, Visit, Visitor, visit

MADE = "made.json"
SALES_SHARE = 800
"""Customers per salesperson, about; more than one can look after, so that nobody's pages are faster than measured."""


def built(folder: Path, options: argparse.Namespace) -> bool:
    """Whether the folder has what is asked for."""
    made = folder / MADE
    wanted = {"customers": options.customers, "seed": options.seed, "days": options.days}
    return made.exists() and json.loads(made.read_text()) == wanted


def build(place: Installation, options: argparse.Namespace) -> None:
    """Make the data, and let the services rank and derive what follows from it."""
    say(f"{options.seed} customers order and pay for {options.days} days ...")
    took = sow(place, options.seed, options.days)
    lived = asyncio.run(sizes(place.dsn))
    say(f"... in {took:.0f} s; from {lived['customers']:,} to {options.customers:,} customers:")
    copies = max(0, round(options.customers / lived["customers"]) - 1)
    groups = max(1, round(options.customers / SALES_SHARE / lived["salespeople"]))
    asyncio.run(grow(place.dsn, copies, groups, say))
    with served(place):
        began = time.monotonic()
        asyncio.run(idle(place.dsn))
        say(f"ranked by the services in {time.monotonic() - began:.0f} s")
    asyncio.run(_analyzed(place.dsn))
    wanted = {"customers": options.customers, "seed": options.seed, "days": options.days}
    (place.folder / MADE).write_text(json.dumps(wanted))


async def _analyzed(dsn: str) -> None:
    connection = await asyncpg.connect(dsn, command_timeout=None)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()


async def sizes(dsn: str) -> dict[str, int]:
    """Return how much there is."""
    connection = await asyncpg.connect(dsn)
    counted = {
        name: int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
        for name, table in _COUNTED.items()
    }
    await connection.close()
    return counted


_COUNTED = {
    "customers": "customers.customers",
    "orders": "orders.orders",
    "order lines": "orders.order_lines",
    "open invoices": "credit.items WHERE open > 0",
    "journal entries": "credit.journal",
    "held orders": "credit.cases",
    "alerts": "insights.alerts WHERE state <> 'resolved'",
    "dormant": "insights.dormant_spells WHERE revived_on IS NULL",
    "forecasts": "insights.order_forecasts",
    "prospects": "customers.prospects",
    "salespeople": "customers.staff",
}


async def visitors(dsn: str) -> list[Visitor]:
    """Log in somebody of each role; the salesperson is the one with the most customers."""
    connection = await asyncpg.connect(dsn)
    seller = await connection.fetchval(
        "SELECT salesperson_id FROM insights.customer_owners GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    people, now = [], datetime.now(UTC)
    for role in ROLES:
        staff_id = seller if role == "sales" else None
        token, login = secrets.token_urlsafe(24), f"bench-{role}"
        await connection.execute(
            """INSERT INTO customers.accounts VALUES ($1, $1, $2, $3, '', false, false, 'en', 'auto', $4)
               ON CONFLICT (login) DO UPDATE SET salesperson_id = excluded.salesperson_id""",
            *(login, role, staff_id, now),
        )
        await connection.execute(
            "INSERT INTO customers.sessions VALUES ($1, $2, $3, $4, $4, '127.0.0.1', 'bench')",
            *(sha256(token.encode()).digest(), secrets.token_hex(8), login, now),
        )
        people.append(Visitor(role, token))
    await connection.close()
    return people


async def details_of(dsn: str, role: str) -> list[str]:
    """Return one page of each kind that lists lead to: the salesperson, and of a customer its card, class and order."""
    if role == "admin":
        return []
    connection = await asyncpg.connect(dsn)
    found = await connection.fetchrow(_DETAILS)
    await connection.close()
    assert found, "the salesperson has no customer whose order is held"
    customer_id, order_id, person = (quote(found[n], safe="") for n in ("customer_id", "order_id", "person"))
    pages = [
        customer_href(found["customer_id"]),
        f"/console/insights/segments/why/{customer_id}",
        f"/console/insights/salespeople/item/{person}",
    ]
    return pages if role == "sales" else [*pages, f"/console/credit/held/order/{order_id}"]


_DETAILS = """
    SELECT customer_id, order_id, customer_owners.salesperson_id AS person FROM credit.cases
    JOIN insights.customer_owners USING (customer_id)
    JOIN customers.accounts ON accounts.salesperson_id = customer_owners.salesperson_id
    WHERE login = 'bench-sales' ORDER BY 1, 2 LIMIT 1"""


def wanted_by(only: Sequence[str], path: str) -> bool:
    """Whether a page is to be measured; without any named, all are."""
    return not only or any(path.startswith(one) for one in only)


def measure(place: Installation, options: argparse.Namespace) -> dict[str, object]:
    """Open every page as both, then the live ones."""
    people = asyncio.run(visitors(place.dsn))
    manager = people[0]
    postmaster = int((place.folder / "postgres" / "pgdata" / "postmaster.pid").read_text().split()[0])
    with served(place) as (process, address):
        server = Server(address, psutil.Process(process.pid), psutil.Process(postmaster))
        asyncio.run(idle(place.dsn))
        visits: list[Visit] = []
        for person in people:
            before = {one.path for one in visits if person.role == "admin"}
            details = asyncio.run(details_of(place.dsn, person.role))
            for one in visits_of(server, person, options, details, before):
                visits.append(one)
                print_visit(one)
        results: dict[str, object] = {"pages": [summary(one) for one in visits]}
        if not options.only:
            held = asyncio.run(held_within(server, manager, place.dsn, options.requests))
            say("a held order shows after " + ", ".join(f"{one:.2f}" for one in held) + " s")
            asyncio.run(idle(place.dsn))
            quiet = asyncio.run(open_pages(server, manager, options.open_pages, options.idle_seconds))
            say(f"{quiet}")
            results |= {"held_s": held, "idle": asdict(quiet)}
    return results


def visits_of(
    server: Server,
    person: Visitor,
    options: argparse.Namespace,
    details: Sequence[str],
    seen_by_others: set[str],
) -> Iterator[Visit]:
    """Open every page that somebody may, those included that nothing leads to."""
    seen = set(seen_by_others)

    def opened(paths: Sequence[str]) -> Iterator[Visit]:
        waiting = list(paths)
        while waiting:
            path = waiting.pop(0)
            if path in seen or not wanted_by(options.only, path):
                continue
            seen.add(path)
            found = visit(server, person, path, options.requests)
            waiting[:0] = tabs_of(found.document.text)
            yield found

    yield from opened([*in_navigation(person.role), *details])
    with server.client(person) as client:
        rest = [path for path in askable() if path not in seen and wanted_by(options.only, path)]
        yield from opened([path for path in rest if is_a_page(client, path)])


def main() -> None:
    """Parse the options, build, measure, print, and keep the figures in var/bench/pages.json."""
    parser = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    parser.add_argument(
        "--customers", type=int, default=100_000, help="about; order lines are some 20 for each"
    )
    parser.add_argument(
        "--seed", type=int, default=500, help="customers that are lived through and then copied"
    )
    parser.add_argument("--days", type=int, default=110, help="so long they are lived through")
    parser.add_argument(
        "--requests", type=int, default=5, help="of each document and part, after one to warm up"
    )
    parser.add_argument("--open-pages", type=int, default=200)
    parser.add_argument("--idle-seconds", type=float, default=20)
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="PATH", help="pages that begin so, and nothing live"
    )
    parser.add_argument("--folder", type=Path, default=Path("var/bench/pages"))
    parser.add_argument("--fresh", action="store_true", help="make the data anew")
    options = parser.parse_args()
    folder = options.folder.absolute()
    if options.fresh or not built(folder, options):
        shutil.rmtree(folder, ignore_errors=True)
    with installation(folder) as place:
        if not built(folder, options):
            build(place, options)
        counted = asyncio.run(sizes(place.dsn))
        say(", ".join(f"{count:,} {name}" for name, count in counted.items()))
        results = measure(place, options) | {"sizes": counted, "load": os.getloadavg()[0]}
    good = show(results)
    folder.with_suffix(".json").write_text(json.dumps(results, indent=2))
    folder.with_suffix(".md").write_text(as_markdown(results))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
