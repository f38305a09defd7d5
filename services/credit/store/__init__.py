"""The only SQL of the credit service that changes anything: loading and saving a batch's working set."""

from services.credit.store.load import Ledger
from services.credit.store.save import save

__all__ = ["Ledger", "save"]
