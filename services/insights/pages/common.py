"""What the pages of this service share."""

from services.insights.texts import TEXTS
from services.kit.web.console import Console

console = Console("services.insights", TEXTS)
