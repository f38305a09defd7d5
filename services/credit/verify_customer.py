"""Checks of one customer: the chain of the journal, every decision in it, and its fold against the tables."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar

import asyncpg

from services.credit.fold import DOCUMENTS, Fold, StoredCustomer, row_key, stored_row
from services.credit.rules import entries as e
from services.credit.rules.day import POLICY_TRIGGER
from services.credit.rules.policy import Policy
from services.credit.rules.state import GENESIS
from services.kit.records import event_key
from services.kit.verify import Problem, Report

FOLD = "I1 the fold of the journal equals the stored account and documents"
VERSIONS = "I2 the decisions on an order are versions 1, 2, 3 ... each naming the one before"
LIMIT = "I3 an approval leaves the exposure within the limit in force then, or names who overrode it"
EXPOSURE = "I3 the exposure a decision names is the exposure after it"
ENTRY_RECEIPTS = "I5 the first entry of an event carries its receipt"
CHAIN = "I6 the journal is numbered without a gap and its chain of hashes verifies"
OVERRIDES = "I8 who overrides a rule is named, with a reason"

MANUAL = ("manual release", "manual rejection")


@dataclass(slots=True)
class CustomerCheck:
    """Checks one customer, adding what is wrong to the report."""

    INVARIANTS: ClassVar = (FOLD, VERSIONS, LIMIT, EXPOSURE, ENTRY_RECEIPTS, CHAIN, OVERRIDES)

    customer: StoredCustomer
    policies: dict[int, Policy]
    report: Report
    entries: int = 0
    _versions: dict[str, tuple[int, int]] = field(default_factory=dict)
    _hash: bytes = GENESIS
    _event: str = ""
    _broken: bool = False

    async def fold(self) -> Fold:
        """Fold the journal from zero, checking each entry."""
        fold = self.customer.opening()
        async for block in self.customer.entries():
            for row in block:
                self._check_row(fold, row)
        return fold

    def compare(self, fold: Fold, stored: dict[str, list[dict[str, Any]]]) -> None:
        """Compare the folded journal with the account and the documents in the tables."""
        if not self._broken:
            self._compare(fold, stored)

    def problem(self, invariant: str, subject: str, expected: object, found: object) -> None:
        """Add a problem of this customer to the report."""
        self.report.add(Problem(invariant, subject, str(expected), str(found), self.customer.customer_id))

    def _check_row(self, fold: Fold, row: asyncpg.Record) -> None:
        self.entries += 1
        subject = f"entry {row['seq']}"
        if row["seq"] != self.entries:
            self.problem(CHAIN, subject, f"entry {self.entries}", f"entry {row['seq']}")
            self.entries = row["seq"]
        self._hash = sha256(self._hash + row["body"].encode()).digest()
        if self._hash != row["hash"]:
            self.problem(CHAIN, subject, f"hash {self._hash.hex()[:16]}", f"hash {row['hash'].hex()[:16]}")
            self._hash = row["hash"]
        try:
            entry = e.decode_entry(row["body"])
            self._check_columns(entry, row, subject)
            if not self._broken:
                if isinstance(entry, e.Decided):
                    self._check_decision(fold, entry)
                fold.apply(entry, row["hash"])
                if isinstance(entry, e.Decided) and fold.account.exposure != entry.exposure:
                    self.problem(EXPOSURE, subject, fold.account.exposure, entry.exposure)
        except Exception as error:
            # Only a forger or a bug writes such a body. The rest of this journal cannot be folded, those of others can.
            self._broken = True
            self.problem(FOLD, subject, "an entry that can be folded", repr(error))

    def _check_columns(self, entry: e.AnyEntry, row: asyncpg.Record, subject: str) -> None:
        """Check that the columns beside the body say the same as the body, and that the receipt is the event's."""
        body = (entry.customer, entry.seq, entry.__struct_config__.tag, entry.day)
        columns = (row["customer_id"], row["seq"], row["kind"], row["day"])
        if body != columns:
            self.problem(CHAIN, subject, body, columns)
        first, self._event = entry.event != self._event, entry.event
        key = row["event_key"]
        if key is not None and key not in _keys(entry.event):
            self.problem(ENTRY_RECEIPTS, subject, f"the receipt of {entry.event}", key.hex())
        if key is not None and (row["digest"] is None or not first):
            self.problem(ENTRY_RECEIPTS, subject, "one receipt with a digest", "another, or none")
        if key is None and first and not _of_a_day(entry):
            self.problem(ENTRY_RECEIPTS, subject, f"the receipt of {entry.event}", "none")

    def _check_decision(self, fold: Fold, entry: e.Decided) -> None:
        subject = f"order {entry.order}, version {entry.version} (entry {entry.seq})"
        version, previous = self._versions.get(entry.order, (0, 0))
        if (entry.version, entry.previous) != (version + 1, previous):
            expected = f"version {version + 1} after entry {previous}"
            self.problem(VERSIONS, subject, expected, f"version {entry.version} after entry {entry.previous}")
        self._versions[entry.order] = (entry.version, entry.seq)
        limit = fold.account.limit_on(entry.day)
        if entry.limit != limit:
            self.problem(LIMIT, subject, f"limit {limit} in force", f"limit {entry.limit}")
        approves = entry.outcome == "approved" and entry.method == "account" and entry.by is None
        if approves and limit is not None and entry.exposure > limit and self._limit_counts(fold, entry):
            self.problem(LIMIT, subject, f"exposure of at most {limit}", entry.exposure)
        if (entry.by is not None or entry.trigger in MANUAL) and not (entry.by and entry.comment):
            self.problem(OVERRIDES, subject, "who and why", f"by {entry.by!r}, reason {entry.comment!r}")

    def _limit_counts(self, fold: Fold, entry: e.Decided) -> bool:
        policy = self.policies.get(entry.policy)
        return policy is None or "limit" not in policy.rules_for(fold.account, entry.method).off

    def _compare(self, fold: Fold, stored: dict[str, list[dict[str, Any]]]) -> None:
        expected = fold.rows()
        self._compare_rows(
            "accounts", "account", expected["accounts"][0], stored_row("accounts", self.customer.row)
        )
        for table in DOCUMENTS:
            theirs = {row_key(table, row): row for row in stored[table]}
            for row in expected[table]:
                key = row_key(table, row)
                self._compare_rows(table, f"{table[:-1]} {key}", row, theirs.pop(key, None))
            for key, row in theirs.items():
                self._compare_rows(table, f"{table[:-1]} {key}", None, row)
        for row in stored["orders"]:
            effective = (row["version"], row["decision_seq"])
            if effective != self._versions.get(row["order_id"], (0, 0)):
                self.problem(
                    VERSIONS, f"order {row['order_id']}", self._versions.get(row["order_id"]), effective
                )

    def _compare_rows(
        self, table: str, subject: str, expected: dict[str, Any] | None, found: dict[str, Any] | None
    ) -> None:
        if expected == found:
            return
        if expected is None or found is None:
            self.problem(
                FOLD, subject, "no row" if expected is None else "a row", "none" if found is None else "one"
            )
            return
        for name, value in expected.items():
            if value != found[name]:
                self.problem(FOLD, f"{subject}, {name}", _text(value), _text(found[name]))


def _of_a_day(entry: e.AnyEntry) -> bool:
    """Whether an event of the clock made this entry: those change many accounts and leave no receipt."""
    if isinstance(entry, e.Decided):
        return entry.trigger == "day started" or entry.trigger.startswith(POLICY_TRIGGER)
    return isinstance(entry, (e.DayPassed, e.Escalated))


def _keys(event: str) -> set[bytes]:
    """Return the receipts ``producer/id`` may have: both parts may contain the slash."""
    parts = event.split("/")
    return {event_key("/".join(parts[:n]), "/".join(parts[n:])) for n in range(1, len(parts))}


def _text(value: object) -> str:
    return value.hex()[:16] if isinstance(value, bytes) else str(value)
