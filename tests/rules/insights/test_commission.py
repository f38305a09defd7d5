"""Commission on collected money: minor units add up, and what is taken back leaves nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.insights.rules.collecting import commission
from services.insights.rules.commission import (
    Bill,
    Figures,
    GivenBack,
    Group,
    Key,
    Money,
    Part,
    WriteOff,
    earned,
    largest_remainder,
    shares_of,
)

START = datetime(2026, 1, 5, tzinfo=UTC)
HIGH, LOW = Group("S-1", "high", 25_000), Group("S-2", "low", 10_000)


def _at(number: int) -> tuple[datetime, date]:
    at = START + timedelta(days=number)
    return at, at.date()


def _bill(number: int, at: int, *amounts: tuple[Group, int], taxes: int = 0) -> Bill:
    parts = tuple(Part(f"P-{i}", minor, ((group, Fraction(1)),)) for i, (group, minor) in enumerate(amounts))
    moment, day = _at(at)
    whole = sum(minor for _, minor in amounts) + taxes
    return Bill(f"I-{number}", f"O-{number}", whole, moment, day, day + timedelta(days=30), parts)


def _paid(number: int, at: int, amount: int, back: int | None = None, **named: int) -> Money:
    """Named invoices are given by number: ``i2=500`` is 5.00 for I-2."""
    reversed_at, reversed_day = (None, None) if back is None else _at(back)
    meant = {f"I-{name[1:]}": part for name, part in named.items()}
    return Money(f"M-{number}", amount, *_at(at), reversed_at, reversed_day, meant)


def _sums(entries: Mapping[Key, Figures]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for key, figures in entries.items():
        at = key.invoice_id, key.salesperson_id
        found[at] = found.get(at, 0) + figures.amount_minor
    return found


def test_half_paid_earns_half() -> None:
    bill = _bill(1, 0, (HIGH, 10_000), (LOW, 5_000), taxes=1_500)
    entries = commission([bill], [_paid(1, 5, 8_250), _paid(2, 40, 8_250)], [], [])
    assert entries == {
        Key(date(2026, 1, 1), "I-1", "payment", "M-1", *HIGH): Figures(5_000, 125),
        Key(date(2026, 1, 1), "I-1", "payment", "M-1", *LOW): Figures(2_500, 25),
        Key(date(2026, 2, 1), "I-1", "payment", "M-2", *HIGH): Figures(5_000, 125),
        Key(date(2026, 2, 1), "I-1", "payment", "M-2", *LOW): Figures(2_500, 25),
    }


def test_money_in_hand_earns_nothing_until_it_pays_an_invoice() -> None:
    assert commission([], [_paid(1, 1, 9_999)], [], []) == {}
    entries = commission([_bill(1, 5, (HIGH, 10_000))], [_paid(1, 1, 20_000)], [], [])
    assert entries == {Key(date(2026, 1, 1), "I-1", "invoice", "I-1", *HIGH): Figures(10_000, 250)}


def test_a_bounced_payment_takes_back_what_it_earned_in_the_month_it_bounced() -> None:
    entries = commission([_bill(1, 0, (HIGH, 10_000))], [_paid(1, 5, 10_000, back=40)], [], [])
    assert entries == {
        Key(date(2026, 1, 1), "I-1", "payment", "M-1", *HIGH): Figures(10_000, 250),
        Key(date(2026, 2, 1), "I-1", "reversal", "M-1", *HIGH): Figures(-10_000, -250),
    }


def test_a_return_takes_back_and_its_money_pays_the_next_invoice() -> None:
    bills = [_bill(1, 0, (HIGH, 10_000)), _bill(2, 1, (LOW, 10_000))]
    back = GivenBack("R-1", "O-1", 4_000, *_at(40), {"P-0": 4_000})
    entries = commission(bills, [_paid(1, 5, 10_000)], [back], [])
    assert {key[1:5]: figures for key, figures in entries.items() if key.month == date(2026, 2, 1)} == {
        ("I-1", "return", "R-1", "S-1"): Figures(-4_000, -100),
        ("I-2", "return", "R-1", "S-2"): Figures(4_000, 40),
    }


def test_what_is_written_off_earns_nothing_and_is_not_waited_for() -> None:
    bills = [_bill(1, 0, (HIGH, 10_000)), _bill(2, 1, (LOW, 10_000))]
    given_up = WriteOff("W-1", "I-1", 6_000, *_at(10))
    entries = commission(bills, [_paid(1, 20, 14_000)], [], [given_up])
    assert _sums(entries) == {("I-1", "S-1"): 100, ("I-2", "S-2"): 100}


def test_written_off_after_it_was_paid_takes_back() -> None:
    given_up = WriteOff("W-1", "I-1", 10_000, *_at(40))
    entries = commission([_bill(1, 0, (HIGH, 10_000))], [_paid(1, 5, 10_000)], [], [given_up])
    assert _sums(entries) == {("I-1", "S-1"): 0}


def test_a_payment_earns_of_the_invoice_it_names_and_what_is_left_of_the_next_one() -> None:
    bills = [_bill(1, 0, (HIGH, 10_000)), _bill(2, 1, (LOW, 10_000)), _bill(3, 50, (LOW, 10_000))]
    entries = commission(bills, [_paid(1, 5, 12_000, i2=10_000)], [], [])
    assert _sums(entries) == {("I-2", "S-2"): 100, ("I-3", "S-2"): 20}


def test_money_meant_for_an_invoice_that_is_not_there_yet_waits_for_it() -> None:
    bills = [_bill(1, 0, (HIGH, 10_000)), _bill(2, 10, (HIGH, 10_000)), _bill(3, 20, (LOW, 10_000))]
    entries = commission(bills, [_paid(1, 5, 9_000, i3=8_000)], [], [])
    assert _sums(entries) == {("I-2", "S-1"): 25, ("I-3", "S-2"): 80}


def test_what_a_bounced_payment_had_paid_is_paid_by_money_in_hand_the_oldest_first() -> None:
    bills = [_bill(1, 0, (HIGH, 10_000)), _bill(2, 1, (LOW, 10_000))]
    moneys = [_paid(1, 5, 10_000, back=40, i1=10_000), _paid(2, 6, 4_000, i1=4_000)]
    entries = commission(bills, moneys, [], [])
    assert _sums(entries) == {("I-1", "S-1"): 100}
    assert entries[Key(date(2026, 2, 1), "I-1", "reversal", "M-1", *HIGH)] == Figures(-6_000, -150)


AMOUNTS = st.integers(1, 30_000)
BILLS = st.lists(st.tuples(AMOUNTS, AMOUNTS, st.integers(0, 500)), min_size=1, max_size=6)
MONEYS = st.lists(
    st.tuples(
        st.integers(0, 90),
        AMOUNTS,
        st.one_of(st.none(), st.integers(0, 90)),
        st.dictionaries(st.sampled_from(["i0", "i1", "i5"]), st.fractions(0, Fraction(1, 3)), max_size=3),
    ),
    max_size=8,
)
BACKS = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 5), st.fractions(0, 1)), max_size=3)


@given(BILLS, MONEYS, BACKS, st.randoms(use_true_random=False))
def test_it_follows_from_the_documents_alone_and_never_exceeds_what_was_sold(
    bills: list[tuple[int, int, int]],
    moneys: list[tuple[int, int, int | None, dict[str, Fraction]]],
    backs: list[tuple[int, int, Fraction]],
    random: Random,
) -> None:
    issued = [_bill(n, n * 7, (HIGH, a), (LOW, b), taxes=t) for n, (a, b, t) in enumerate(bills)]
    paid = [
        _paid(n, at, amount, back, **{name: int(amount * part) for name, part in named.items()})
        for n, (at, amount, back, named) in enumerate(moneys)
    ]
    returned = [
        GivenBack(f"R-{n}", f"O-{o}", int(share * bills[o][0]), *_at(at), {"P-0": int(share * bills[o][0])})
        for n, (at, o, share) in enumerate(backs)
        if o < len(bills)
    ]
    entries = commission(issued, paid, returned, [])
    shuffled = [random.sample(documents, len(documents)) for documents in (issued, paid, returned)]
    mixed = commission(shuffled[0], shuffled[1], shuffled[2], [])  # type: ignore[arg-type]
    assert mixed == entries
    sums = _sums(entries)
    for bill in issued:
        for (group, _), part in zip((part.shares[0] for part in bill.parts), bill.parts, strict=True):
            most = part.amount_minor * group.rate_ppm / 1_000_000
            assert -1e-9 <= sums.get((bill.invoice_id, group.salesperson_id), 0) <= most + 1
    # Without any money nothing is left, whatever came back in between.
    bounced = [replace(m, reversed_at=_at(400)[0], reversed_day=_at(400)[1]) for m in paid]
    assert not any(_sums(commission(issued, bounced, returned, [])).values())


@given(st.lists(st.integers(0, 10**15), max_size=6), st.integers(1, 10**12))
def test_parts_add_up_to_the_rounded_whole(numerators: list[int], denominator: int) -> None:
    exact = [Fraction(number, denominator) for number in numerators]
    found = largest_remainder(numerators, denominator)
    assert sum(found) == int(sum(exact, Fraction(1, 2)))
    assert all(abs(whole - part) < 1 for whole, part in zip(found, exact, strict=True))
    up = [part % 1 for whole, part in zip(found, exact, strict=True) if whole > part]
    down = [part % 1 for whole, part in zip(found, exact, strict=True) if whole <= part]
    assert not up or not down or min(up) >= max(down)


SHARES = st.integers(0, 100).map(lambda percent: shares_of("S-1", "S-2", percent))


@given(
    st.lists(st.tuples(st.integers(0, 10**9), SHARES, st.integers(0, 100_000)), max_size=5),
    st.integers(1, 10**9),
    st.integers(1, 10**9),
)
def test_what_is_earned_is_the_rounded_product_of_amount_collected_share_and_rate(
    lines: list[tuple[int, tuple[tuple[str, Fraction], ...], int]], settled: int, kept: int
) -> None:
    parts = [
        Part(f"P-{n}", minor, tuple((Group(person, f"T-{rate}", rate), share) for person, share in people))
        for n, (minor, people, rate) in enumerate(lines)
    ]
    collected = min(Fraction(settled, kept), Fraction(1))
    base: dict[Group, Fraction] = {}
    for part in parts:
        for group, share in part.shares:
            base[group] = base.get(group, Fraction(0)) + part.amount_minor * share * collected
    found = earned(parts, {}, settled, kept)
    for group, exact in base.items():
        figures = found.get(group, Figures())
        assert abs(figures.base_minor - exact) < 1
        assert abs(figures.amount_minor - exact * group.rate_ppm / 1_000_000) < 1
    assert sum(f.base_minor for f in found.values()) == int(sum(base.values(), Fraction(1, 2)))


def test_who_is_credited() -> None:
    assert shares_of("S-1", "S-2", 60) == (("S-1", Fraction(3, 5)), ("S-2", Fraction(2, 5)))
    assert shares_of("S-1", "S-2", 100) == (("S-1", Fraction(1)),)
    assert shares_of("S-1", "", 60) == shares_of("S-1", "S-1", 60) == (("S-1", Fraction(1)),)
    assert shares_of("", "S-2", 100) == (("S-2", Fraction(1)),)
