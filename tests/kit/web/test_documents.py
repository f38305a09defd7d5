"""Documents of settings as forms: back and forth without loss, reasons at their fields, and what a version changed."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.http.problems import Problem
from services.kit.web.documents import Change, changes, document_in, fail, shape_of, values_of
from services.kit.web.forms import Form


class Band(msgspec.Struct, frozen=True, kw_only=True):
    up_to: str | None
    points: int


class Spell(msgspec.Struct, frozen=True, kw_only=True):
    warning_days: int
    critical_days: int | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    weight: int | None
    bands: tuple[Band, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    days: int
    amounts: dict[str, str]
    people: dict[str, int | None]
    spells: dict[str, Spell]
    names: tuple[str, ...]
    on: bool


class Document(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    share: int | None
    off: tuple[str, ...]
    part: Part
    rows: tuple[Row, ...]


SHAPE = shape_of(Document, ("off", "rows.name"))
word = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
whole = st.integers(-9_999, 9_999)
rows = st.builds(
    Row,
    name=word,
    weight=st.none() | whole,
    bands=st.lists(st.builds(Band, up_to=st.none() | word, points=whole), max_size=3).map(tuple),
)
parts = st.builds(
    Part,
    days=whole,
    amounts=st.dictionaries(word, word, max_size=3),
    people=st.dictionaries(word, st.none() | whole, max_size=3),
    spells=st.dictionaries(
        word, st.builds(Spell, warning_days=whole, critical_days=st.none() | whole), max_size=3
    ),
    names=st.lists(word, max_size=3).map(tuple),
    on=st.booleans(),
)
documents = st.builds(
    Document,
    title=word,
    share=st.none() | whole,
    off=st.lists(word, max_size=3).map(tuple),
    part=parts,
    rows=st.lists(rows, max_size=4).map(tuple),
)


def plain(document: Document) -> Any:
    return msgspec.json.decode(msgspec.json.encode(document))


@given(documents)
def test_what_a_form_shows_is_what_it_means(document: Document) -> None:
    assert document_in(SHAPE, Form(values_of(SHAPE, plain(document)))) == plain(document)


@given(documents, documents)
def test_what_a_version_changed_is_all_that_differs(before: Document, after: Document) -> None:
    found = changes(SHAPE, plain(before), plain(after))
    assert bool(found) == (before != after)
    assert changes(SHAPE, plain(before), plain(before)) == []
    mirrored = [Change(c.group, c.name, c.row, c.after, c.before) for c in found]
    assert changes(SHAPE, plain(after), plain(before)) == mirrored


def sent(**values: str) -> Form:
    some = {"title": "t", "part.days": "1", "part.on": "true"}
    return Form(some | {name.replace("__", "."): value for name, value in values.items()})


def test_a_row_in_which_nothing_is_written_is_none_and_the_others_keep_their_reasons() -> None:
    form = sent(rows__0__name="a", rows__0__bands="1 2", rows__2__name="c")
    assert [row["name"] for row in document_in(SHAPE, form)["rows"]] == ["a", "c"]
    fail(
        SHAPE, form, Problem(422, "no", errors=[("policy.rows[1].bands[0].points", "is too much")]), "policy"
    )
    assert form.errors == {"rows.2.bands": "is too much"}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("part.days", "", "must be a whole number"),
        ("part.days", "1.5", "must be a whole number"),
        ("part.days", "١", "must be a whole number"),
        ("part.days", "--1", "must be a whole number"),
        ("part.amounts", "CNY", "'CNY': each line must have 2 values with a blank between"),
        ("part.people", "S-1 many", "'S-1 many': must be a whole number"),
        ("rows.0.bands", "1 2 3", "'1 2 3': each line must have 2 values with a blank between"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(name: str, value: str, reason: str) -> None:
    form = Form({"title": "t", "part.days": "1", "part.on": "true", name: value})
    with pytest.raises(Problem) as caught:
        document_in(SHAPE, form)
    fail(SHAPE, form, caught.value)
    assert form.errors == {name: reason}


def test_a_reason_about_several_fields_is_at_their_group_and_others_are_at_the_form() -> None:
    form = sent(rows__0__name="a")
    refused = [("policy.rows", "one"), ("policy.rows", "two"), ("policy.part", "three"), ("reason", "four")]
    fail(SHAPE, form, Problem(422, "no", errors=refused), "policy")
    assert form.errors == {"rows": "one; two", "part": "three", "reason": "four"}
