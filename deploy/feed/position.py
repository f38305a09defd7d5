"""How far a feed has been sent, kept in a file so that an interrupted replay goes on where it stopped."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class WrongPosition(ValueError):
    """The state file belongs to another feed, or cannot be read."""


@dataclass(slots=True)
class Position:
    """Events that are known to be acknowledged.

    Attributes:
        feed: name of the feed; it holds all options that change its events.
        events: how many from its beginning.
        finished: whether that was all of them.
        by_type: the same by event type.
    """

    feed: str
    events: int = 0
    finished: bool = False
    by_type: Counter[str] = field(default_factory=Counter)

    def save(self, path: Path) -> None:
        """Write the file in one step, so that a crash leaves the old one."""
        document: Mapping[str, object] = {
            "feed": self.feed,
            "events": self.events,
            "finished": self.finished,
            "by_type": dict(self.by_type),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        partial.replace(path)


def load_position(path: Path | None, feed: str) -> Position:
    """Read the position of a feed; a missing file is its beginning.

    Raises:
        WrongPosition: saying what is wrong with the file and what to do about it.
    """
    if path is None or not path.exists():
        return Position(feed)
    try:
        document = json.loads(path.read_text("utf-8"))
        found = Position(
            str(document["feed"]),
            int(document["events"]),
            bool(document["finished"]),
            Counter({str(name): int(number) for name, number in document["by_type"].items()}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongPosition(
            f"{path} is no state file of a feed ({error!r}); delete it to start over"
        ) from error
    if found.feed != feed:
        raise WrongPosition(f"{path} is the position of {found.feed}, not of {feed}; delete it to start over")
    return found
