"""What an operator is told when something cannot be done: one sentence, and what to do about it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OperatorError(Exception):
    """It cannot be done as asked. ``remedy`` says what to do, empty when the message already does."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


# Errors of the parts that an operator can do something about, by name, so that no command imports a part it does
# not use. Everything that is not here is a bug and keeps its traceback.
REMEDIES = {
    "aiokafka.errors.KafkaConnectionError": "Is the broker running? TALLYMAN_KAFKA_BOOTSTRAP says where it is.",
    "contracts.errors.ContractError": "",
    "deploy.feed.data_folder.DataMissing": "",
    "deploy.feed.decisions.DecisionsMissing": "",
    "deploy.feed.erp.rejects.LayoutError": "The layout is described in docs/import-layout.md.",
    "deploy.feed.position.WrongPosition": "",
    "deploy.feed.replay.ReplayInterrupted": "Call again with the same --state file to go on.",
    "deploy.local.kafka_jars.KafkaUnavailable": "",
    "deploy.local.postgres_cluster.PostgresError": "",
    "deploy.local.processes.ProcessError": "",
    "deploy.local.topics.TopicError": "",
    "services.kit.dead_letter_admin.DeadLetterError": "",
    "services.kit.errors.FatalError": "",
    "services.kit.migrate.MigrationError": "",
    "asyncpg.exceptions.UndefinedTableError": "The schema is not there yet: run `tallyman migrate`.",
    "asyncpg.exceptions.InsufficientPrivilegeError": "The role in TALLYMAN_DATABASE_URL may not do this.",
    "asyncpg.exceptions.InvalidAuthorizationSpecificationError": "Check TALLYMAN_DATABASE_URL.",
    "asyncpg.exceptions.InvalidCatalogNameError": "Check TALLYMAN_DATABASE_URL.",
    "asyncpg.exceptions.CannotConnectNowError": "PostgreSQL is starting or stopping: try again.",
    "builtins.ConnectionError": "Are the database and the broker running?",
    "builtins.FileNotFoundError": "",
    "builtins.PermissionError": "",
    "builtins.IsADirectoryError": "",
    "builtins.NotADirectoryError": "",
}


def explain(error: BaseException) -> OperatorError | None:
    """Turn an error into words for an operator; None if it is a bug that deserves its traceback."""
    if isinstance(error, OperatorError):
        return error
    for kind in type(error).__mro__:
        remedy = REMEDIES.get(f"{kind.__module__}.{kind.__qualname__}")
        if remedy is not None:
            return OperatorError(str(error) or kind.__name__, remedy)
    return None


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Make SIGTERM unwind the stack exactly like Ctrl-C does, so that tasks and child processes are ended in order.

    Either way the process ends with the status of its signal, without a traceback.
    """
    asked_by: signal.Signals | None = None

    def leave(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked_by
        asked_by = signal.SIGTERM
        # asyncio cancels its main task on SIGINT; an exception from here would tear its loop apart.
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, leave)
    # A shell without job control lets what it starts in the background ignore SIGINT; then nothing would end it.
    before_int = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(128 + (asked_by or signal.SIGINT)) from None
    else:
        # Something on the way may have taken the cancellation for its own; the end is in order all the same.
        if asked_by is not None:
            raise SystemExit(128 + asked_by)
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, before_int)
