"""The insights service: what makes it one, and nothing else."""

from services.insights import pages
from services.insights.accuracy import keep_scored
from services.insights.active_rates import keep_active_rates
from services.insights.api import routers
from services.insights.delivery.courier import deliver, measure_alerts
from services.insights.deriving import keep_derived
from services.insights.expecting import keep_expected
from services.insights.news import InsightsProcessor, listen_for_alerts
from services.insights.ranking import keep_ranked
from services.insights.store import InsightsStore
from services.insights.tables import customer_owners
from services.insights.texts.sentences import SENTENCES
from services.insights.tiering import keep_tiers
from services.insights.verify import reconcile
from services.insights.waking import keep_awake
from services.kit.http.app import create_app
from services.kit.runtime import Runtime, Service


def processor(runtime: Runtime) -> InsightsProcessor:
    """Return what applies the events."""
    return InsightsProcessor(InsightsStore(runtime.settings.zone))


service = Service(
    name="insights",
    title="Insights",
    paths=("insights",),
    processor=processor,
    routers=(*pages.routers, *routers),
    owners=customer_owners,
    sentences=SENTENCES,
    background=(
        *(reconcile, keep_derived, keep_ranked, keep_expected, keep_scored),
        *(keep_active_rates, keep_tiers),
        *(keep_awake, listen_for_alerts, deliver, measure_alerts),
    ),
)
app = create_app(service)
