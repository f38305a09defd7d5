"""The customers service: what makes it one, and nothing else."""

from services.customers import pages, store
from services.customers.access import LocalSessions
from services.customers.api import routers
from services.customers.handlers import HANDLERS
from services.customers.setup import offer_setup
from services.customers.tables import assignments
from services.customers.texts.sentences import SENTENCES
from services.kit.http.app import create_app
from services.kit.processor import TableProcessor
from services.kit.runtime import Service

service = Service(
    name="customers",
    title="Customers",
    paths=(
        "customers",
        "staff",
        "follow-ups",
        "follow-up-policy",
        "satisfaction",
        "prospects",
        "prospect-grading",
        "sessions",
        "people",
        "api-keys",
        "console",
    ),
    processor=lambda _: TableProcessor(HANDLERS, store.load, store.save),
    routers=(*pages.routers, *routers),
    owners=assignments,
    sentences=SENTENCES,
    sessions=LocalSessions,
    background=(offer_setup,),
)
app = create_app(service)
