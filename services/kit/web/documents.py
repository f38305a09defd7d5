"""Settings that are data in versions, as forms: fields from a document's type, a document from what was sent, and what
one version changed of the one before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec
from msgspec import inspect

from services.kit.http.problems import Problem, problem_of
from services.kit.web.forms import Form

Kind = Literal["number", "text", "yes", "pairs", "named", "lines", "table", "choices", "one"]
NO_END = "*"
"""What stands for null in a table of lines."""
MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: its path in the document; in a row, inside of the row.
        kind: ``pairs`` are lines of a name and a value, ``named`` of a name and a value per column, ``lines`` texts,
            ``table`` lines with a value per column; ``choices`` several of a list of the page's, ``one`` one of them.
        least, most: of a number; None: no bound.
    """

    name: str
    kind: Kind
    optional: bool = False
    least: int | None = None
    most: int | None = None
    columns: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading. ``rows``: there are several of them, each with these fields."""

    path: str
    fields: tuple[Field, ...]
    rows: bool = False

    def field_name(self, field: Field, row: int = 0) -> str:
        """Return the name of a field of the form."""
        inside = f"{self.path}.{row}" if self.rows else self.path
        return f"{inside}.{field.name}" if inside else field.name

    def key(self, name: str) -> str:
        """Return by which name the page has a field's choices, in whichever row it is."""
        return f"{self.path}.{name}" if self.path else name

    def count(self, values: Mapping[str, str]) -> int:
        """Return how many rows a form has: those that are there, and one for a further one."""
        if not self.rows:
            return 1
        return min(MOST_ROWS, max(_numbers(self.path, values), default=-1) + 2)


Shape = tuple[Group, ...]


def shape_of(type_: type[msgspec.Struct], choices: Sequence[str] = ()) -> Shape:
    """Return the form of a type.

    Args:
        choices: fields whose values are chosen from a list of the page's.
    """
    return tuple(g for g in _groups("", inspect.type_info(type_), frozenset(choices)) if g.fields)


def _groups(path: str, info: Any, choices: frozenset[str]) -> Iterator[Group]:
    plain: list[Field] = []
    below: list[Group] = []
    for found in info.fields:
        at = f"{path}.{found.name}" if path else found.name
        if isinstance(found.type, inspect.StructType):
            below += _groups(at, found.type, choices)
        elif isinstance(found.type, inspect.VarTupleType) and isinstance(
            found.type.item_type, inspect.StructType
        ):
            plain_columns = (_field(c.name, c.type) for c in found.type.item_type.fields)
            columns = tuple(
                replace(c, kind="one") if f"{at}.{c.name}" in choices else c for c in plain_columns
            )
            below.append(Group(at, columns, rows=True))
        else:
            field = _field(found.name, found.type)
            plain.append(replace(field, kind="choices") if at in choices else field)
    yield Group(path, tuple(plain))
    yield from below


def _field(name: str, info: Any) -> Field:
    optional = False
    if isinstance(info, inspect.UnionType):
        optional = True
        info = next(t for t in info.types if not isinstance(t, inspect.NoneType))
    if isinstance(info, inspect.IntType):
        return Field(name, "number", optional, info.ge, info.le)
    if isinstance(info, inspect.BoolType):
        return Field(name, "yes", optional)
    if isinstance(info, inspect.DictType):
        if isinstance(info.value_type, inspect.StructType):
            inside = tuple(_field(c.name, c.type) for c in info.value_type.fields)
            return Field(name, "named", columns=(Field("name", "text"), *inside))
        value = _field("value", info.value_type)
        return Field(name, "pairs", columns=(Field("name", "text"), value))
    if isinstance(info, inspect.VarTupleType):
        item = info.item_type
        if isinstance(item, inspect.StructType):
            return Field(name, "table", columns=tuple(_field(c.name, c.type) for c in item.fields))
        return Field(name, "lines")
    return Field(name, "text", optional)


def values_of(shape: Shape, document: Mapping[str, Any]) -> dict[str, str]:
    """Return what the fields of a form show of a document."""
    found: dict[str, str] = {}
    for group in shape:
        inside: Any = _at(document, group.path)
        for row, values in enumerate(inside if group.rows else [inside]):
            for field in group.fields:
                text = _shown(field, values.get(field.name))
                if text:
                    found[group.field_name(field, row)] = text
    return found


def _at(document: Any, path: str) -> Any:
    for name in path.split(".") if path else ():
        document = document[name]
    return document


def _shown(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.kind == "yes":
        return "true" if value else "false"
    if field.kind == "pairs":
        return "\n".join(f"{name} {NO_END if v is None else v}" for name, v in value.items())
    if field.kind in ("lines", "choices"):
        return "\n".join(value)
    if field.kind in ("table", "named"):
        lines = value if field.kind == "table" else [{"name": n} | of for n, of in value.items()]
        return "\n".join(
            " ".join(NO_END if line[c.name] is None else str(line[c.name]) for c in field.columns)
            for line in lines
        )
    return str(value)


def document_in(shape: Shape, form: Form) -> dict[str, Any]:
    """Return the document that a form means. Rows in which nothing is written are none.

    Raises:
        Problem: 422, with the name of each field that cannot be read.
    """
    document: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for group in shape:
        numbers = sorted(_numbers(group.path, form.values)) if group.rows else [0]
        found = [_row(group, row, form.values, wrong) for row in numbers]
        *above, last = group.path.split(".") if group.path else [""]
        inside = document
        for name in above:
            inside = inside.setdefault(name, {})
        if not group.path:
            inside |= found[0]
        elif group.rows:
            inside[last] = found
        else:
            inside.setdefault(last, {}).update(found[0])
    if wrong:
        raise Problem(422, "some of it cannot be read", errors=wrong)
    return document


def _numbers(path: str, values: Mapping[str, str]) -> set[int]:
    heads = (
        name.removeprefix(f"{path}.").partition(".")[0] for name in values if name.startswith(f"{path}.")
    )
    return {int(head) for head in heads if head.isdecimal() and int(head) < MOST_ROWS}


def _row(group: Group, row: int, values: Mapping[str, str], wrong: list[tuple[str, str]]) -> dict[str, Any]:
    found = {}
    for field in group.fields:
        name = group.field_name(field, row)
        try:
            found[field.name] = _read(field, values.get(name, ""))
        except ValueError as error:
            wrong.append((name, str(error)))
    return found


def _read(field: Field, text: str) -> Any:
    if field.kind in ("pairs", "named", "table", "lines", "choices"):
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if field.kind in ("lines", "choices"):
            return lines
        rows = [_line(field, line) for line in lines]
        if field.kind == "table":
            return rows
        if field.kind == "named":
            return {row.pop("name"): row for row in rows}
        return {row["name"]: row["value"] for row in rows}
    if not text:
        if field.optional:
            return None
        if field.kind in ("text", "one"):
            return ""
    if field.kind == "number":
        if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdecimal()):
            raise ValueError("must be a whole number")
        return int(text)
    return text == "true" if field.kind == "yes" else text


def _line(field: Field, line: str) -> dict[str, Any]:
    parts = line.split()
    if len(parts) != len(field.columns):
        raise ValueError(f"{line!r}: each line must have {len(field.columns)} values with a blank between")
    try:
        return {
            c.name: None if part == NO_END else _read(c, part)
            for c, part in zip(field.columns, parts, strict=True)
        }
    except ValueError as error:
        raise ValueError(f"{line!r}: {error}") from None


def fail(shape: Shape, form: Form, error: Exception, prefix: str = "") -> None:
    """Put each reason of a refusal at its field; those of several fields at their group, the others at the form.

    Args:
        prefix: the field of the API's body that the document is.

    Raises:
        Exception: ``error`` itself, if the caller could not mend it.
    """
    form.fail(error)
    pairs: Sequence[tuple[str, str]] = list(form.errors.items())
    if not hasattr(error, "error_count"):  # pydantic's own are about the fields around the document.
        pairs = problem_of(error).errors
    form.errors = {}
    for path, reason in pairs:
        place = _place(shape, path.replace("[", ".").replace("]", "").removeprefix(f"{prefix}."), form)
        before = form.errors.get(place)
        form.errors[place] = f"{before}; {reason}" if before else reason


def _place(shape: Shape, path: str, form: Form) -> str:
    names = {g.field_name(f, row) for g in shape for row in range(g.count(form.values)) for f in g.fields}
    names |= {group.path for group in shape if group.path}
    kept = {
        f"{g.path}.{place}.": f"{g.path}.{row}."
        for g in shape
        if g.rows
        for place, row in enumerate(sorted(_numbers(g.path, form.values)))
    }
    for before, after in kept.items():
        if path.startswith(before):
            path = after + path.removeprefix(before)
            break
    at = path
    while at and at not in names:
        at = at.rpartition(".")[0]
    return at or path


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs between two versions. ``row``: from 1 on; None: it is in none. None as value: nothing."""

    group: str
    name: str
    row: int | None
    before: str | None
    after: str | None


def changes(shape: Shape, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what differs, in the order of the form."""
    one, two = values_of(shape, before), values_of(shape, after)
    found = []
    for group in shape:
        rows = max(group.count(one), group.count(two))
        for row in range(rows):
            for field in group.fields:
                name = group.field_name(field, row)
                if one.get(name) != two.get(name):
                    place = row + 1 if group.rows else None
                    found.append(Change(group.path, field.name, place, one.get(name), two.get(name)))
    return found
