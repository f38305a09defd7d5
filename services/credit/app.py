"""The credit service: what makes it one, and nothing else."""

from functools import lru_cache

from contracts.topics import partition_of
from services.credit import pages
from services.credit.api import routers
from services.credit.back_test.retention import purge_back_tests
from services.credit.back_test.worker import run_back_tests
from services.credit.gauges import refresh_gauges
from services.credit.processor import CreditProcessor, JournalReceipts
from services.credit.reconcile import reconcile
from services.credit.risk_background import keep_population, keep_standings
from services.credit.store import Ledger
from services.credit.tables_desk import customer_owners
from services.credit.texts.sentences import SENTENCES
from services.kit.batch import Processor
from services.kit.clock import day_ticker
from services.kit.http.app import create_app
from services.kit.runtime import Runtime, Service


def _processor(runtime: Runtime) -> Processor:
    partitions = runtime.settings.partitions

    @lru_cache(maxsize=500_000)
    def partition(customer_id: str) -> int:
        return partition_of(customer_id.encode(), partitions)

    return CreditProcessor(Ledger(partition, runtime.settings.currency))


service = Service(
    name="credit",
    title="Credit control",
    paths=("accounts", "payments", "terms", "held-orders", "decisions", "credit"),
    processor=_processor,
    routers=(*pages.routers, *routers),
    owners=customer_owners,
    sentences=SENTENCES,
    background=(
        day_ticker,
        refresh_gauges,
        reconcile,
        keep_standings,
        keep_population,
        run_back_tests,
        purge_back_tests,
    ),
    receipts=JournalReceipts(),
    lanes=2,
)
app = create_app(service)
