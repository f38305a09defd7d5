"""What follows when money, or what stands for it, is taken into the books."""

from collections.abc import Iterator

from services.credit.rules.context import Context
from services.credit.rules.correcting import correct_order
from services.credit.rules.decisions import decide_held_again
from services.credit.rules.entries import AnyEntry, CreditTaken
from services.credit.rules.revaluing import revalue_late
from services.credit.rules.state import Account


def take(account: Account, entry: CreditTaken, context: Context, trigger: str) -> Iterator[AnyEntry]:
    """Take money or what stands for it, apply everything anew if it came late, and decide held orders again."""
    yield entry
    yield from correct(account, context)
    yield from decide_held_again(account, context, trigger)


def correct(account: Account, context: Context) -> Iterator[AnyEntry]:
    """Set right what a document that comes late changes: first what money counts for, then what it pays."""
    yield from revalue_late(account, context)
    yield from correct_order(account, context)
