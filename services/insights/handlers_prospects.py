"""What is heard of prospects: cards, grades, visits, and what became of them. Nothing else of insights needs them."""

from services.insights.rules.working import WorkingSet
from services.kit.processor import Handler
from services.kit.records import Received


def on_prospect_card(working: WorkingSet, received: Received) -> None:
    """A prospect's card now reads as given."""
    at, data = received.event.occurred_at, received.event.data
    working.prospect(data.prospect_id).put_card(
        *(data.revision, at, working.day(at), data.name, data.salesperson_id or "", data.next_visit)
    )


def on_prospect_graded(working: WorkingSet, received: Received) -> None:
    """A prospect was graded by a version of the policy."""
    at, data = received.event.occurred_at, received.event.data
    working.prospect(data.prospect_id).put_grade(
        *(data.revision, data.policy_version, at, data.grade, data.visit_days)
    )


def on_prospect_closed(working: WorkingSet, received: Received) -> None:
    """A prospect became a customer, or will not become one."""
    prospect = working.prospect(received.event.data.prospect_id)
    prospect.close(working.day(received.event.occurred_at))


def on_prospect_follow_up(working: WorkingSet, received: Received) -> None:
    """A prospect was followed up, or is to be; a visit counts when it took place, as the customers service counts."""
    data = received.event.data
    if data.how == "visit" and data.happened_at is not None:
        working.prospect(data.prospect_id).visit(working.day(data.happened_at))


PROSPECTS: dict[str, Handler[WorkingSet]] = {
    "prospect.entered": on_prospect_card,
    "prospect.changed": on_prospect_card,
    "prospect.graded": on_prospect_graded,
    "prospect.converted": on_prospect_closed,
    "prospect.lost": on_prospect_closed,
    "prospect.follow_up_recorded": on_prospect_follow_up,
}
"""Event type to what it says of a prospect."""
