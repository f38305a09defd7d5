"""Loading and saving the policy of each partition. It changes with an event, so reading it again is rare."""

from collections.abc import Mapping
from typing import Any

from contracts.events.policies import PolicyDocument
from services.credit.rules.policies import PartitionPolicy, Waiting
from services.credit.rules.policy import DELIVERED, Policy
from services.credit.working import ActivationRow, DocumentRow, Working
from services.kit.database import Connection

DELIVERED_VERSION = 1
"""In force on every partition from its beginning."""

STAMP = "(SELECT count(*) + count(turn) FROM partition_policies)"
"""A number that changes with every change of any partition's policy: rows are added and take their turn, once each."""


def policy_of(version: int, body: str) -> Policy:
    """Read a policy version."""
    return Policy(version, PolicyDocument.model_validate_json(body))


class Policies:
    """The process's copy, which is used as long as the stamp that a batch reads anyway is the one it was read at."""

    def __init__(self) -> None:
        self._stamp = -1
        self._delivered = Policy(DELIVERED_VERSION, DELIVERED)
        self._partitions: dict[int, PartitionPolicy] = {}

    async def of_stamp(self, connection: Connection, stamp: int) -> tuple[Policy, dict[int, PartitionPolicy]]:
        """Return the delivered policy and those of all partitions that have another; nobody may change them."""
        if stamp != self._stamp:
            self._delivered, self._partitions = await self.to_change(connection)
            # What was read is at least as new as the stamp. If it is newer, it is read once more.
            self._stamp = stamp
        return self._delivered, self._partitions

    async def to_change(self, connection: Connection) -> tuple[Policy, dict[int, PartitionPolicy]]:
        """Return the same as they are now, for a batch that changes them."""
        rows = await connection.fetch(_READ, DELIVERED_VERSION)
        policies = {row["version"]: policy_of(row["version"], row["body"]) for row in rows}
        return policies[DELIVERED_VERSION], partition_policies(rows, policies)


_READ = """SELECT p.version, p.body, s.partition, s.from_day, s.activated_at, s.turn
           FROM policies p LEFT JOIN partition_policies s USING (version)
           WHERE p.version = $1 OR s.version IS NOT NULL ORDER BY s.partition, s.turn"""


def partition_policies(rows: Any, policies: Mapping[int, Policy]) -> dict[int, PartitionPolicy]:
    """Return the policy of each partition from rows that are ordered by partition and turn, waiting ones last."""
    found: dict[int, PartitionPolicy] = {}
    for row in rows:
        if row["partition"] is None:
            continue
        policy = policies[row["version"]]
        known = found.setdefault(row["partition"], PartitionPolicy(policies[DELIVERED_VERSION]))
        known.known.add(policy.version)
        if row["turn"] is None:
            known.waiting.append(Waiting(row["from_day"], row["activated_at"], policy))
        else:
            known.turns, known.current = row["turn"], policy
    return found


async def save_policies(connection: Connection, working: Working) -> None:
    """Write the versions that were activated or came into force, and documents this database does not have yet."""
    await connection.executemany(_SAVE_DOCUMENT, list[DocumentRow](working.documents.values()))
    await connection.executemany(_SAVE_ACTIVATION, list[ActivationRow](working.activations.values()))


# A draft of the same number was only ever known to this database; what was activated is known to the whole stream.
_SAVE_DOCUMENT = """
INSERT INTO policies (version, body, effective_from, activated_by, activation_reason, activated_at)
VALUES ($1, $2::jsonb, $3, $4, $5, $6::text::timestamptz)
ON CONFLICT (version) DO UPDATE SET
    body = excluded.body, effective_from = excluded.effective_from, activated_by = excluded.activated_by,
    activation_reason = excluded.activation_reason, activated_at = excluded.activated_at
WHERE policies.activated_at IS NULL"""

_SAVE_ACTIVATION = """
INSERT INTO partition_policies (partition, version, from_day, activated_at, turn) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (partition, version) DO UPDATE SET turn = excluded.turn"""
