"""``make bench``: events per second durable end to end and decision latency, against the floor of the same run.

Machines are noisy, so credit and floor alternate in every round, and the medians and ratios of the rounds count.
"""

import argparse
import json
import statistics
from contextlib import ExitStack
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local.broker import Broker
from deploy.local.kafka import ApacheKafka, why_unavailable
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import running
from deploy.local.tansu import TansuBroker
from tests.load.drain import Round, workload
from tests.load.latency import decision_latency
from tests.load.workload import Workload

FLOORS = ("faststream", "plain", "tuned")
"""See tests/load/floor.py."""


async def measure(
    broker: Broker, postgres: LocalPostgres, options: argparse.Namespace, first: int
) -> dict[str, float]:
    """Run the rounds on one broker and return medians."""
    credit_rates: list[float] = []
    floors: dict[str, list[float]] = {kind: [] for kind in FLOORS}
    latencies: list[float] = []
    releases: list[float] = []
    for number in range(first, first + options.rounds):
        round_ = Round(number, postgres, broker.bootstrap, broker.name == "kafka", options.batch)
        await round_.prepare()
        load = workload(number, options.customers)
        warm_up, messages = list(load.terms()), list(load.events(options.events))
        credit_rates.append(await round_.credit_rate(warm_up, messages))
        for kind, rates in floors.items():
            rates.append(await round_.floor_rate(len(warm_up) + len(messages), kind))
        shown = ", ".join(f"{kind} floor {rates[-1]:,.0f}/s" for kind, rates in floors.items())
        print(f"  {broker.name} round {number}: credit {credit_rates[-1]:,.0f}/s, {shown}", flush=True)
        if number == first + options.rounds - 1:
            half = statistics.median(credit_rates) / 2
            more = list(load.events(int(half * options.latency_seconds)))
            with running(round_.service()):
                latencies = await decision_latency(round_, more, half)
                releases = await _release_latency(round_, load, options)
    credit = statistics.median(credit_rates)
    return {
        "credit_per_s": credit,
        **{f"{kind}_floor_per_s": statistics.median(rates) for kind, rates in floors.items()},
        **{
            f"{kind}_ratio": statistics.median(c / f for c, f in zip(credit_rates, rates, strict=True))
            for kind, rates in floors.items()
        },
        "offered_per_s": credit / 2,
        "p50_ms": _quantile(latencies, 0.50) * 1000,
        "p99_ms": _quantile(latencies, 0.99) * 1000,
        "worst_ms": latencies[-1] * 1000,
        "release_p95_ms": _quantile(releases, 0.95) * 1000,
    }


async def _release_latency(round_: Round, load: Workload, options: argparse.Namespace) -> list[float]:
    """Return the latencies from a payment to the released order, beside other load."""
    every = 50
    count = int(options.release_load * options.latency_seconds / every)
    held = list(load.held(count))
    await round_.publish(held)
    await round_.applied(len(held), only="W%")
    return await decision_latency(round_, list(load.releases(count, every)), options.release_load)


def _quantile(ordered: list[float], q: float) -> float:
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


async def run(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Measure on every broker asked for."""
    results: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        postgres = stack.enter_context(LocalPostgres())
        for position, name in enumerate(options.brokers):
            with ApacheKafka() if name == "kafka" else TansuBroker() as broker:
                results[name] = await measure(broker, postgres, options, 1 + position * 100)
    return results


def show(results: dict[str, dict[str, float]]) -> None:
    """Print the table."""
    table = Table(
        title="Credit service, one process, fsync on, sharing this machine with broker and database"
    )
    columns = {
        "credit/s": "{credit_per_s:,.0f}",
        "FastStream floor/s": "{faststream_floor_per_s:,.0f}",
        "ratio": "{faststream_ratio:.2f}",
        "plain floor/s": "{plain_floor_per_s:,.0f}",
        "ratio ": "{plain_ratio:.2f}",
        "tuned floor/s": "{tuned_floor_per_s:,.0f}",
        "ratio  ": "{tuned_ratio:.2f}",
        "offered/s": "{offered_per_s:,.0f}",
        "p50 ms": "{p50_ms:.0f}",
        "p99 ms": "{p99_ms:.0f}",
        "worst ms": "{worst_ms:.0f}",
        "release p95 ms": "{release_p95_ms:.0f}",
    }
    table.add_column("broker")
    for column in columns:
        table.add_column(column, justify="right")
    for name, figures in results.items():
        table.add_row(name, *(shown.format(**figures) for shown in columns.values()))
    Console(width=160).print(table)


def main() -> None:
    """Parse the options, measure, print and keep the figures in var/bench/result.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--batch", type=int, default=2_000)
    parser.add_argument("--latency-seconds", type=float, default=15)
    parser.add_argument(
        "--release-load", type=float, default=2_000, help="other events/s while payments release held orders"
    )
    parser.add_argument("--brokers", nargs="+", choices=["tansu", "kafka"], default=None)
    options = parser.parse_args()
    if options.brokers is None:
        reason = why_unavailable()
        options.brokers = ["tansu"] if reason else ["tansu", "kafka"]
        if reason:
            print(f"only on the embedded broker: {reason}")
    results = uvloop.run(run(options))
    show(results)
    folder = Path("var/bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
