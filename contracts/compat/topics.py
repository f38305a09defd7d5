"""What changed between two topic maps."""

from collections.abc import Iterator
from typing import Any

from contracts.compat.change import HISTORY, OLD_CONSUMERS, Change, Verdict

Map = dict[str, Any]


def compare_topics(old: Map, new: Map) -> list[Change]:
    """Return the changes from the old to the new topic map, each as parsed from ``topics.yaml``."""
    return list(_compare(old, new))


def _compare(old: Map, new: Map) -> Iterator[Change]:
    if old["partitions"] != new["partitions"]:
        what = f"partitions are now {new['partitions']}, were {old['partitions']}"
        why = "a customer's next event would land in another partition than the last, out of order"
        yield Change(Verdict.BREAKING, "all topics", what, why)
    before, after = old["topics"], new["topics"]
    for name in before.keys() - after.keys():
        yield Change(Verdict.BREAKING, f"topic {name}", "removed", "its history would no longer be read")
    for name in after.keys() - before.keys():
        yield Change(
            Verdict.CONSUMERS_FIRST, f"topic {name}", "new topic", "create it before anyone writes to it"
        )
    for name in sorted(before.keys() & after.keys()):
        yield from _compare_topic(f"topic {name}", before[name], after[name])
    yield from _compare_places(_places(before), _places(after))


def _compare_topic(where: str, old: Map, new: Map) -> Iterator[Change]:
    if old["key"] != new["key"]:
        what = f"key is now {new['key']}, was {old['key']}"
        yield Change(
            Verdict.BREAKING,
            where,
            what,
            "old and new events of one subject would be in different partitions",
        )
    if new["retention_days"] != old["retention_days"]:
        what = f"kept for {new['retention_days']} days, was {old['retention_days']}"
        shorter = new["retention_days"] < old["retention_days"]
        why = "what is older can no longer be replayed" if shorter else "the brokers need room for it"
        yield Change(Verdict.ANY_ORDER, where, what, why)
    if old.get("dead_letter_topic") != new.get("dead_letter_topic"):
        what = (
            f"dead letters now go to {new.get('dead_letter_topic')}, went to {old.get('dead_letter_topic')}"
        )
        yield Change(Verdict.CONSUMERS_FIRST, where, what, "who watches them must read the new topic first")
    for role, verdict in (("producers", Verdict.PRODUCERS_FIRST), ("consumers", Verdict.CONSUMERS_FIRST)):
        for party in sorted(set(old[role]) - set(new[role])):
            yield Change(
                verdict, where, f"{party} is gone from its {role}", "stop it there, then take away its access"
            )
        for party in sorted(set(new[role]) - set(old[role])):
            yield Change(
                Verdict.ANY_ORDER,
                where,
                f"{party} is new among its {role}",
                "give it access before it starts",
            )


def _places(topics: Map) -> dict[str, str]:
    return {event: name for name, topic in topics.items() for event in topic["events"]}


def _compare_places(old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for event in sorted(old.keys() - new.keys()):
        yield Change(Verdict.BREAKING, event, "event type removed", HISTORY)
    for event in sorted(new.keys() - old.keys()):
        yield Change(Verdict.CONSUMERS_FIRST, event, f"new event type on {new[event]}", OLD_CONSUMERS)
    for event in sorted(old.keys() & new.keys()):
        if old[event] != new[event]:
            what = f"moved from topic {old[event]} to {new[event]}"
            yield Change(
                Verdict.BREAKING, event, what, "its history stays on the old topic, and its order is lost"
            )
