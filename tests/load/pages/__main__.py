"""``make bench-pages``: every page of the console with 100,000 customers and 2,000,000 order lines.

A simulated distributor is lived through by the real services (:mod:`tests.load.pages.seed`), then made as large as is
asked for (:mod:`tests.load.pages.grow`), ranked anew by the services, and served as ``tallyman up`` does. Each page of
the navigation is opened as a manager and as the salesperson with the most customers. Times are those of a client on the
same machine, one request after the other; CPU times of server and PostgreSQL stand beside them, because a busy machine
makes only the former longer. The data stays in ``var/bench/pages`` for the next run; ``--fresh`` makes it anew.
"""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from services.kit.http.auth import Principal
from services.kit.web.navigation import customer_href, navigation_of
from tests.load.pages.grow import grow
from tests.load.pages.live import held_within, open_pages
from tests.load.pages.seed import Installation, idle, installation, served, sow
from tests.load.pages.visit import Server, Visit, Visitor, short, visit

LOAD_LIMIT_BYTES = 100_000
SERVER_LIMIT_S = 0.5
HELD_LIMIT_S = 1.0
IDLE_LIMIT = 0.05
MADE = "made.json"
SALES_SHARE = 800
"""Customers per salesperson, about; more than one can look after, so that nobody's pages are faster than measured."""


def say(text: str) -> None:
    """Print how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


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
    """Log in a manager, and the salesperson with the most customers."""
    connection = await asyncpg.connect(dsn)
    seller = await connection.fetchval(
        "SELECT salesperson_id FROM insights.customer_owners GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    people, now = [], datetime.now(UTC)
    for role, staff_id in (("manager", None), ("sales", seller)):
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


def pages_of(role: str) -> list[str]:
    """Return the addresses of the navigation for a role."""
    principal = Principal(role, role)  # type: ignore[arg-type]
    return [entry.href for group in navigation_of(principal) for entry in group.entries]


async def details_of(dsn: str, role: str) -> list[str]:
    """Return one page of each kind that lists lead to: a customer of the salesperson, and its held order."""
    connection = await asyncpg.connect(dsn)
    customer_id, order_id = await connection.fetchrow(_DETAILS) or ("", "")
    await connection.close()
    pages = [customer_href(customer_id)]
    return pages if role == "sales" else [*pages, f"/console/credit/held/order/{quote(order_id, safe='')}"]


_DETAILS = """
    SELECT customer_id, order_id FROM credit.cases
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
        visits = []
        for person in people:
            pages = [*pages_of(person.role), *asyncio.run(details_of(place.dsn, person.role))]
            for path in filter(lambda one: wanted_by(options.only, one), pages):
                visits.append(visit(server, person, path, options.requests))
                print_visit(visits[-1])
        results: dict[str, object] = {"pages": [summary(one) for one in visits]}
        if not options.only:
            held = asyncio.run(held_within(server, manager, place.dsn, options.requests))
            say("a held order shows after " + ", ".join(f"{one:.2f}" for one in held) + " s")
            asyncio.run(idle(place.dsn))
            quiet = asyncio.run(open_pages(server, manager, options.open_pages, options.idle_seconds))
            say(f"{quiet}")
            results |= {"held_s": held, "idle": asdict(quiet)}
    return results


def print_visit(one: Visit) -> None:
    """Print a page while the next is measured, and every part that is over or near the limit."""
    say(
        f"{one.role:<8}{one.path:<34}{one.wire_bytes / 1000:6.1f} kB; slowest {one.slowest.median_s:6.3f} s  "
        f"{short(one.slowest.address)}"
    )
    for part in [one.document, *one.fragments]:
        if part.max_s > SERVER_LIMIT_S / 2:
            say(
                f"        {part.median_s:6.3f} s, at most {part.max_s:6.3f} s; CPU {part.server_s:.3f} + "
                f"{part.database_s:.3f} s  {short(part.address)}"
            )


def summary(one: Visit) -> dict[str, object]:
    """Return a page's figures for the file."""
    parts = [
        {
            "address": short(part.address),
            "wire_bytes": part.wire_bytes,
            "median_s": part.median_s,
            "max_s": part.max_s,
            "server_cpu_s": part.server_s,
            "database_cpu_s": part.database_s,
        }
        for part in [one.document, *one.fragments]
    ]
    return {"path": one.path, "role": one.role, "wire_bytes": one.wire_bytes, "parts": parts}


def kind_of(path: str) -> str:
    """Return how a page is called in the table; a customer's and an order's without their numbers."""
    known = {
        "/console/customers/card/": "a customer's page",
        "/console/credit/held/order/": "a held order's page",
    }
    found = [name for beginning, name in known.items() if path.startswith(beginning)]
    return found[0] if found else path.removeprefix("/console")


def show(results: dict[str, object]) -> bool:
    """Print the table; return whether everything is within its limits."""
    table = Table(
        "page", "role", "first load", "document", "slowest part", "at most", "CPU server", "CPU database"
    )
    good = True
    pages: list[dict[str, object]] = results["pages"]  # type: ignore[assignment]
    for page in pages:
        parts: list[dict[str, float]] = page["parts"]  # type: ignore[assignment]
        slowest = max(parts, key=lambda part: part["median_s"])
        loaded = float(page["wire_bytes"])  # type: ignore[arg-type]
        good = good and loaded < LOAD_LIMIT_BYTES and slowest["median_s"] < SERVER_LIMIT_S
        table.add_row(
            kind_of(str(page["path"])),
            str(page["role"]),
            f"{loaded / 1000:.1f} kB",
            f"{parts[0]['median_s'] * 1000:.0f} ms",
            f"{slowest['median_s'] * 1000:.0f} ms",
            f"{max(part['max_s'] for part in parts) * 1000:.0f} ms",
            f"{slowest['server_cpu_s'] * 1000:.0f} ms",
            f"{slowest['database_cpu_s'] * 1000:.0f} ms",
        )
    Console(width=130).print(table)
    held: list[float] = results.get("held_s", [])  # type: ignore[assignment]
    quiet: dict[str, float] = results.get("idle", {})  # type: ignore[assignment]
    cost = quiet.get("server", 0.0) - quiet.get("server_before", 0.0)
    return good and max(held, default=0.0) < HELD_LIMIT_S and cost < IDLE_LIMIT


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
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
