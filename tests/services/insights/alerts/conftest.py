"""Events in, alerts out, on a migrated database."""

import pytest

from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.processing import Processing


@pytest.fixture
async def inbox(processing: Processing, database: Database) -> Inbox:
    return Inbox(processing, database)
