"""Which errors pass by themselves, and which end the process."""

import asyncpg
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError, RequestTimedOutError
from asyncpg import exceptions as pg

TRANSIENT_DATABASE_ERRORS: tuple[type[BaseException], ...] = (
    pg.PostgresConnectionError,
    pg.CannotConnectNowError,
    pg.AdminShutdownError,
    pg.CrashShutdownError,
    pg.TooManyConnectionsError,
    pg.DeadlockDetectedError,
    pg.SerializationError,
    pg.LockNotAvailableError,
    pg.IdleInTransactionSessionTimeoutError,
    pg.QueryCanceledError,
    pg.DiskFullError,
    pg.OutOfMemoryError,
    asyncpg.InterfaceError,
    # What asyncpg says when a connection is used in the moment between the server's farewell and the closed socket.
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""Database errors that are retried with a bounded back-off and counted; everything else is a bug."""

TRANSIENT_BROKER_ERRORS: tuple[type[BaseException], ...] = (
    KafkaConnectionError,
    KafkaTimeoutError,
    NodeNotReadyError,
    RequestTimedOutError,
    ConnectionError,
    TimeoutError,
)
"""Broker errors that are retried with a bounded back-off and counted."""

FATAL_DATABASE_ERRORS: tuple[type[BaseException], ...] = (
    pg.InsufficientPrivilegeError,
    pg.UndefinedTableError,
    pg.UndefinedColumnError,
    pg.UndefinedFunctionError,
    pg.InvalidAuthorizationSpecificationError,
    pg.InvalidCatalogNameError,
    pg.PostgresSyntaxError,
)
"""Errors of the deployment, not of an event: dead-lettering on them would throw a whole stream away."""


def passes_by_itself(error: BaseException) -> bool:
    """Whether trying again may help.

    asyncpg counts a value that a column cannot hold among its interface errors (its DataError is a ValueError too);
    that is the event's fault and stays so.
    """
    return isinstance(error, TRANSIENT_DATABASE_ERRORS) and not isinstance(error, (ValueError, TypeError))


class FatalError(RuntimeError):
    """The process must not go on; a supervisor or a person has to look. The message says what to do."""


class LogMismatchError(FatalError):
    """The log on the broker is not the one the stored offsets belong to, or it lost a part."""


class DeadLetterLimitError(FatalError):
    """More records were set aside than one bad producer explains: probably a bad deploy of ours."""
