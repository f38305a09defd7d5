"""What rules and routes say in English has a Chinese, wherever a page may show it."""

import ast
import importlib
import re
import string
import time
from collections.abc import Iterator

import msgspec
import pytest
from pydantic import BaseModel, Field, ValidationError

from contracts.wire import EXPECTATIONS, Amount, Day
from services.kit.http.problems import reason_of
from services.kit.web.sentences import Reader, Sentences, reader_of
from services.kit.web.sentences_kit_texts import SENTENCES as OF_THE_KIT
from services.kit.web.texts import Text
from tests.tidy.sources import Source, sources

CATALOGUES: dict[str, Sentences] = {
    "kit": OF_THE_KIT,
    **{
        name: importlib.import_module(f"services.{name}.texts.sentences").SENTENCES
        for name in ("credit", "customers", "insights")
    },
}
SAYS = {"Problem", "ContractError", "Conflict", "refused", "_refused", "_conflict", "unavailable", "Refused"}
NAMES = {"reason", "changed", "problem", "why", "asked"}
NOT_ON_PAGES = (
    # Bodies in JSON, records and connections: programs send them.
    "services/kit/http/body.py",
    "services/kit/http/dead_letters.py",
    "services/kit/http/docs.py",
    "services/kit/http/idempotency.py",
    "services/kit/http/auth.py",
    # The installation, before it serves.
    "services/kit/http/app.py",
    "services/kit/decoding.py",
    "services/kit/batch.py",
    "services/kit/verify.py",
    "services/insights/conditions.py",
    "services/insights/delivery/allowed.py",
    "services/customers/handlers_people.py",
)
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}")


def template(node: ast.expr) -> str | None:
    """A text with X-1 where a value stands."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (v.value if isinstance(v, ast.Constant) else "X-1" for v in node.values)
        return "".join(map(str, parts))
    return None


def outermost(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.expr) and template(node) is not None:
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from outermost(child)


def said_in(source: Source) -> Iterator[str]:
    """What a file refuses with: texts of refusals, of what is called a reason, and of (path, reason) pairs."""
    for node in ast.walk(source.tree):
        found: list[ast.AST] = []
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in SAYS or (called == "ValueError" and "/api/" in source.name):
                found = [*node.args, *(k.value for k in node.keywords if k.arg != "headers")]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in NAMES:
            found = [node.value]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and "/rules/" in source.name:
            path, reason = node.elts
            if isinstance(path, ast.Constant | ast.JoinedStr) and " " in (template(reason) or ""):
                found = [reason]
        for part in found:
            for text in outermost(part):
                said = template(text) or ""
                if " " in said.strip():
                    yield said


def services_of(name: str) -> list[Source]:
    folders = [f"services/{name}"] if name != "kit" else ["services/kit/http", "services/kit/web"]
    return [
        source
        for folder in folders
        for source in sources(folder)
        if source.name not in NOT_ON_PAGES
        and "/migrations/" not in source.name
        and "/texts/" not in source.name
        and "verify" not in source.name
        and "kit_texts" not in source.name
    ]


@pytest.mark.parametrize("service", CATALOGUES)
def test_what_is_refused_is_said_in_chinese(service: str) -> None:
    reader = reader_of(tuple(CATALOGUES[service]))
    found = {said: f"{source.name}: {said}" for source in services_of(service) for said in said_in(source)}
    assert len(found) > 10
    assert not [where for said, where in found.items() if ENGLISH.search(reader.read(said, "zh"))]


@pytest.mark.parametrize("service", CATALOGUES)
def test_chinese_has_no_place_of_its_own(service: str) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for text in CATALOGUES[service]:
        assert places(text.zh) <= set(re.findall(r"\{([a-z_]+)\}", text.en)), text.en
        assert len(re.findall(r"\{([a-z_]+)\}", text.en)) == len(set(re.findall(r"\{([a-z_]+)\}", text.en)))


def test_every_sentence_is_found_again() -> None:
    for service, catalogue in CATALOGUES.items():
        reader = reader_of(tuple(catalogue))
        for text in catalogue:
            spelled = re.sub(r"\{[a-z_]+\}", "X-1", text.en)
            assert reader.knows(spelled), (service, text.en)


class Body(BaseModel):
    amount: Amount = "1"
    on: Day | None = None
    days: int = Field(1, ge=0, le=9)
    name: str = Field("a", min_length=1, max_length=3)
    items: list[str] = Field([], max_length=1)


@pytest.mark.parametrize(
    "given",
    [
        {"amount": "12,5"},
        {"on": "tomorrow"},
        {"days": "many"},
        {"days": "10"},
        {"days": "-1"},
        {"name": ""},
        {"name": "long"},
        {"items": ["a", "b"]},
    ],
)
def test_pydantic_speaks_chinese(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        Body.model_validate_strings(given)
    reason = reason_of(refused.value.errors()[0])
    assert not ENGLISH.search(reader_of(()).read(reason, "zh")), reason


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    days: "int"
    name: "str" = "a"


@pytest.mark.parametrize(
    "given", [{}, {"days": None}, {"days": "1"}, {"days": 1, "more": 2}, {"days": 1, "name": None}]
)
def test_msgspec_speaks_chinese(given: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(given, Shape)
    reason = str(refused.value).partition(" - at `$")[0]
    assert not re.search("[A-Za-z]{2}", reader_of(()).read(reason, "zh")), reason


def test_every_expectation_of_the_contract_is_there() -> None:
    for expectation in EXPECTATIONS.values():
        assert reader_of(()).knows(f"must be {expectation}")


def test_values_are_written_as_readers_of_chinese_write_them() -> None:
    reader = Reader(
        [
            Text("order {order} is over: its last day is {day}", "订单 {order} 已过期，最后一天为 {day}"),
            Text("at most {amount}, by {roles}", "最多 {amount}，由{roles}"),
            Text("the request {sentence}", "该申请{sentence}"),
            Text("is settled", "已处理"),
        ]
    )
    said = "order 'SO-1' is over: its last day is 2026-03-02"
    assert reader.read(said, "zh") == "订单 SO-1 已过期，最后一天为 2026年3月2日"
    assert reader.read("at most 1234.50 CNY, by sales or finance", "zh") == "最多 ¥1,234.50，由销售、财务"
    assert reader.read("the request is settled", "zh") == "该申请已处理"
    assert reader.read("is settled (given: 'x y')", "zh") == "已处理（填写值：x y）"
    assert reader.read("is settled; is settled", "zh") == "已处理；已处理"
    assert reader.read("name: is settled", "zh") == "name：已处理"


def test_english_and_what_nobody_has_said_in_chinese_stay() -> None:
    assert reader_of(()).read("is missing", "en") == "is missing"
    assert reader_of(()).read("nobody says this", "zh") == "nobody says this"
    assert reader_of(()).read("", "zh") == ""


def hostile() -> Iterator[str]:
    """For every sentence with several places what fits many times over, and at last does not."""
    for catalogue in CATALOGUES.values():
        for text in catalogue:
            first, *behind = re.split(r"\{[a-z_]+\}", text.en)
            if len(behind) > 1:
                often = (b * (1_800 // len(behind) // max(1, len(b))) for b in behind)
                yield f"{first}x{''.join(often)}"[:1_990] + "\0"


def test_what_somebody_types_is_read_in_a_moment_however_it_is_written() -> None:
    nested = ("a: " * 660, ": " * 990, "a; " * 660, "x (given: " * 180, "the request " * 160 + "is void")
    for name, catalogue in CATALOGUES.items():
        reader = reader_of(tuple(catalogue))
        for typed in (*nested, *hostile()):
            began = time.process_time()
            reader.read(typed, "zh")
            assert time.process_time() - began < 0.2, (name, typed[:80])


def test_sentences_in_sentences_do_not_use_up_the_stack() -> None:
    def deep(left: int) -> str:
        return reader_of(OF_THE_KIT).read(": " * 990, "zh") if not left else deep(left - 1)

    assert deep(150) == ": " * 990
