"""What is promised of the forecast of payment dates holds on real invoices, also for customers it was not fitted on."""

import pytest

from deploy.feed.data_folder import DataMissing
from tests.accuracy.payments import MODEL, Invoice, ibm_invoices, measure, questions

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    try:
        return ibm_invoices()
    except DataMissing as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("kind", ["when issued", "while open"])
@pytest.mark.parametrize("held_out", [None, 0, 1], ids=["all", "first half held out", "second half held out"])
def test_better_than_the_own_average_and_the_interval_holds(
    invoices: list[Invoice], kind: str, held_out: int | None
) -> None:
    scores = measure(invoices, kind, held_out)
    model = scores[MODEL]
    assert model.mean_absolute < 0.98 * scores["due + own average"].mean_absolute
    assert model.mean_absolute < scores["due + own average, not in the past"].mean_absolute
    assert 0.75 <= model.coverage <= 0.85
    # An interval that says nothing would hold as well: the middle 80 % of all invoices are 33 days wide.
    assert model.width / len(model.errors) < 22


def test_nothing_of_the_future_is_used(invoices: list[Invoice]) -> None:
    """Whatever is settled after an origin may be anything: the forecasts made until then stay the same."""
    cut = sorted(invoice.settled for invoice in invoices)[len(invoices) // 2]
    changed = [
        Invoice(i.customer, i.issued, i.due, i.settled + 100 if i.settled > cut else i.settled)
        for i in invoices
        if i.issued <= cut
    ]
    same = [invoice for invoice in invoices if invoice.issued <= cut]
    one, other = measure(same, "when issued")[MODEL], measure(changed, "when issued")[MODEL]
    expected = [error + i.late for error, i in zip(one.errors, _asked(same), strict=True)]
    assert expected == [error + i.late for error, i in zip(other.errors, _asked(changed), strict=True)]


def _asked(invoices: list[Invoice]) -> list[Invoice]:
    return [invoice for _, invoice, _ in questions(invoices, "when issued")]
