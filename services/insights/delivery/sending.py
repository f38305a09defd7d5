"""Sending one message, and finding out whether it arrived."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from apprise.exception import AppriseException

from services.insights.delivery.allowed import Allowed, Refused
from services.insights.delivery.attempt import DEADLINE_S, Answer, Attempt
from services.insights.delivery.channels import Address, MailServer, plugin_of, verdict

LONGEST_WAIT_S = 6 * 3_600.0
LEAST_WAIT_S = 60.0
"""What a server that asks to wait without saying how long gets: robots are locked for minutes when they do not."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    title: str
    body: str
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: ``error`` is "" for a success and names no secret. ``wait_s``: the server asks to wait."""

    error: str = ""
    wait_s: float | None = None

    @property
    def sent(self) -> bool:
        """Whether it arrived."""
        return not self.error


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends through apprise, within what operators allow."""

    allowed: Allowed
    server: MailServer | None = None
    deadline_s: float = DEADLINE_S

    def send(self, address: Address, message: Message, now: datetime) -> Result:
        """Send a message. Blocks for :attr:`deadline_s` and the time that resolving a name takes; never raises."""
        attempt = Attempt(self.allowed, self.deadline_s)
        try:
            plugin = plugin_of(address, self.server)
            plugin.redirects, plugin.verify_certificate = False, True
            with attempt.under_way():
                said = plugin.notify(
                    body=message.body,
                    title=message.title,
                    notify_type="failure" if message.serious else "info",
                )
        except Refused as refused:
            return Result(f"refused: {refused}")
        except (AppriseException, ValueError, TypeError) as error:
            return Result(f"cannot be sent: {type(error).__name__}")
        except Exception as error:
            # Whatever a plugin runs into must not stop the others; the text could name the address.
            return Result(f"failed: {type(error).__name__}")
        return _result(address, attempt, bool(said), now)


def _result(address: Address, attempt: Attempt, said: bool, now: datetime) -> Result:
    if attempt.refused is not None:
        return Result(f"refused: {attempt.refused}")
    for answer in attempt.answers:
        problem, waits = verdict(address.kind, answer)
        if problem:
            return Result(address.redact(problem), _wait(answer, now) if waits else None)
    if attempt.over:
        return Result("took too long")
    if not said:
        return Result("did not arrive: no connection, or it was lost")
    if address.kind != "mail" and not attempt.answers:
        return Result("did not arrive: nobody answered")
    return Result()


def _wait(answer: Answer, now: datetime) -> float:
    """Return for how long a server asks to wait (RFC 9110, section 10.2.3): seconds, or until a date."""
    text = answer.retry_after.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        asked = float(text)
    else:
        try:
            until = parsedate_to_datetime(text)
            asked = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
        except (ValueError, TypeError):
            asked = 0.0
    return min(max(asked, LEAST_WAIT_S if not text else 1.0), LONGEST_WAIT_S)
