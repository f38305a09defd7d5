"""The insights service: what makes it one, and nothing else."""

from services.insights.api import routers
from services.insights.deriving import keep_derived
from services.insights.handlers import HANDLERS
from services.insights.ranking import keep_ranked
from services.insights.rules.working import WorkingSet
from services.insights.store import InsightsStore
from services.insights.verify import reconcile
from services.kit.http.app import create_app
from services.kit.processor import TableProcessor
from services.kit.runtime import Runtime, Service


def processor(runtime: Runtime) -> TableProcessor[WorkingSet]:
    """Return what applies the events."""
    store = InsightsStore(runtime.settings.zone)
    return TableProcessor(HANDLERS, store.load, store.save)


service = Service(
    name="insights",
    title="Insights",
    paths=("insights",),
    processor=processor,
    routers=routers,
    background=(reconcile, keep_derived, keep_ranked),
)
app = create_app(service)
