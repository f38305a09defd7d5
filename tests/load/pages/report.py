"""What the benchmark of pages prints and keeps, and what is within the limits."""

import time

from rich.console import Console
from rich.table import Table

from tests.load.pages.visit import Visit, short

LOAD_LIMIT_BYTES = 100_000
SERVER_LIMIT_S = 0.5
HELD_LIMIT_S = 1.0
IDLE_LIMIT = 0.05


def say(text: str) -> None:
    """Print how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


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
        "/console/insights/segments/why/": "why a customer has its class",
        "/console/insights/salespeople/item/": "a salesperson's page",
    }
    found = [name for beginning, name in known.items() if path.startswith(beginning)]
    return found[0] if found else path.removeprefix("/console")


def as_markdown(results: dict[str, object]) -> str:
    """Return the table of ``docs/benchmarks.md``: per page the first load and its dearest part by CPU time."""
    pages: list[dict[str, object]] = results["pages"]  # type: ignore[assignment]
    lines = [
        "| page | role | first load | parts | dearest part: CPU server + database | clock | all parts: CPU |"
    ]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for page in pages:
        parts: list[dict[str, float]] = page["parts"]  # type: ignore[assignment]
        dearest = max(parts, key=_cpu_s)
        cpu = f"{dearest['server_cpu_s']:.2f} + {dearest['database_cpu_s']:.2f} s"
        lines.append(
            f"| {kind_of(str(page['path']))} | {page['role']} | {float(page['wire_bytes']) / 1000:.0f} kB "  # type: ignore[arg-type]
            f"| {len(parts)} | {cpu} | {dearest['median_s']:.2f} s | {sum(map(_cpu_s, parts)):.2f} s |"
        )
    return "\n".join(lines) + "\n"


def _cpu_s(part: dict[str, float]) -> float:
    return part["server_cpu_s"] + part["database_cpu_s"]


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
