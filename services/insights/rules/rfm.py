"""RFM: how recently, how often and for how much a customer ordered in the window, and what that is called.

Each of the three is scored 1 to 5 among the customers that ordered: 5 for those whom less than a fifth surpasses, and
so on; equal customers have equal scores. F and M together are their mean, rounded up.
"""

GROUPS: tuple[tuple[str, ...], ...] = (
    ("lost", "lost", "at_risk", "at_risk", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "promising", "potential_loyalists", "loyal", "loyal"),
    ("new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"),
)
"""By R from 1 to 5, then by F and M together from 1 to 5."""


def score(better: int, customers: int) -> int:
    """Return the score of one who is surpassed by ``better`` of so many customers."""
    return 5 - 5 * better // customers


def group_of(recency: int, frequency: int, monetary: int) -> str:
    """Return the name of a group."""
    return GROUPS[recency - 1][(frequency + monetary + 1) // 2 - 1]
