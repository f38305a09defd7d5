"""What applies events in one process, and the news of decisions that reach it."""

from services.kit.processor import TableProcessor
from services.kit.runtime import Runtime
from services.orders import store
from services.orders.handlers import HANDLERS
from services.orders.rules.book import OrderBook
from services.orders.waiting import DecisionNews


class OrderProcessor(TableProcessor[OrderBook]):
    """Applies events to the order book; ``news`` tells those who wait for a decision."""

    def __init__(self) -> None:
        super().__init__(HANDLERS, store.load, store.save)
        self.news = DecisionNews()


def news_of(runtime: Runtime) -> DecisionNews:
    """Return the news of this process."""
    assert isinstance(runtime.processor, OrderProcessor)
    return runtime.processor.news


async def listen_for_decisions(runtime: Runtime) -> None:
    """Background task: keep :func:`news_of` connected."""
    await news_of(runtime).listen(runtime.settings)
