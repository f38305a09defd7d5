"""What changed between two JSON Schemas of one event, as far as :mod:`contracts.generators.schemas` writes them."""

from collections.abc import Iterator
from typing import Any

from contracts.compat.change import HISTORY, OLD_CONSUMERS, Change, Verdict, narrower, wider

Schema = dict[str, Any]
_LOWER_BOUNDS = ("minimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "maxLength", "maxItems")
_WORDS = ("title", "description", "examples", "$id", "$schema")


def compare_schemas(event: str, old: Schema, new: Schema) -> list[Change]:
    """Return the changes from the old to the new schema of an event."""
    return list(_compare(event, inlined(old), inlined(new), ""))


def inlined(schema: Schema) -> Schema:
    """Return the schema with its definitions in place and without the words for people."""
    definitions = schema.get("$defs", {})

    def resolve(node: Any, names_are_fields: bool = False) -> Any:
        if isinstance(node, list):
            return [resolve(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node and not names_are_fields:
            target = definitions[node["$ref"].rpartition("/")[2]]
            return resolve({**target, **{key: value for key, value in node.items() if key != "$ref"}})
        kept = (
            node.items()
            if names_are_fields
            else ((k, v) for k, v in node.items() if k not in (*_WORDS, "$defs"))
        )
        return {key: resolve(value, key == "properties" and not names_are_fields) for key, value in kept}

    result: Schema = resolve(schema)
    return result


def _compare(event: str, old: Schema, new: Schema, path: str) -> Iterator[Change]:
    where = f"{event} {path}".rstrip()
    before, after = _by_type(old), _by_type(new)
    for kind in before.keys() - after.keys():
        yield narrower(where, f"may no longer be {kind}")
    for kind in after.keys() - before.keys():
        yield wider(where, f"may now be {kind}")
    for kind in sorted(before.keys() & after.keys()):
        yield from _compare_values(where, before[kind], after[kind])
        if kind == "array":
            yield from _compare(
                event, before[kind].get("items", {}), after[kind].get("items", {}), f"{path}[]"
            )
        if kind == "object":
            yield from _compare_fields(event, before[kind], after[kind], path)


def _by_type(node: Schema) -> dict[str, Schema]:
    """The alternatives of a value by their JSON type; ours never have two of one type."""
    alternatives = node.get("anyOf", [node])
    return {str(alternative.get("type", "anything")): alternative for alternative in alternatives}


def _compare_values(where: str, old: Schema, new: Schema) -> Iterator[Change]:
    yield from _compare_choices(where, _choices(old), _choices(new))
    for name in _LOWER_BOUNDS + _UPPER_BOUNDS:
        yield from _compare_bound(where, name, old.get(name), new.get(name))
    for name in ("pattern", "format"):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if after is None:
            yield wider(where, f"{name} {before} is gone")
        else:
            what = f"{name} is now {after}, was {before or 'not there'}"
            yield Change(
                Verdict.BREAKING,
                where,
                what,
                f"nobody can show that it accepts all it did; if not, {HISTORY}",
            )


def _choices(node: Schema) -> frozenset[Any] | None:
    if "const" in node:
        return frozenset([node["const"]])
    return frozenset(node["enum"]) if "enum" in node else None


def _compare_choices(where: str, old: frozenset[Any] | None, new: frozenset[Any] | None) -> Iterator[Change]:
    if old == new:
        return
    if new is None:
        yield wider(where, "may now be any value, not only the listed ones")
    elif old is None:
        yield narrower(where, f"must now be one of {sorted(new)}")
    else:
        if old - new:
            yield narrower(where, f"may no longer be {', '.join(sorted(map(str, old - new)))}")
        if new - old:
            yield wider(where, f"may now be {', '.join(sorted(map(str, new - old)))}")


def _compare_bound(where: str, name: str, old: float | None, new: float | None) -> Iterator[Change]:
    if old == new:
        return
    tighter = new is not None and (old is None or (new > old if name in _LOWER_BOUNDS else new < old))
    what = f"{name} is now {'not there' if new is None else new}, was {'not there' if old is None else old}"
    yield narrower(where, what) if tighter else wider(where, what)


def _compare_fields(event: str, old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    added = [name for name in after if name not in before]
    for name, schema in before.items():
        inside = f"{path}.{name}" if path else name
        where = f"{event} {inside}"
        if name not in after:
            renamed = [other for other in added if after[other] == schema]
            hint = f" (renamed to {renamed[0]}?)" if renamed else ""
            yield Change(
                Verdict.BREAKING, where, f"field removed{hint}", "what producers say in it would be lost"
            )
            continue
        yield from _compare(event, schema, after[name], inside)
        yield from _compare_presence(where, name in needed_before, name in needed_after, schema, after[name])
    for name in added:
        where = f"{event} {path}.{name}" if path else f"{event} {name}"
        if name in needed_after:
            yield Change(Verdict.BREAKING, where, "new required field", HISTORY)
        else:
            yield Change(Verdict.ANY_ORDER, where, "new optional field", "who does not know it ignores it")


def _compare_presence(
    where: str, needed_before: bool, needed_after: bool, old: Schema, new: Schema
) -> Iterator[Change]:
    if needed_after and not needed_before:
        yield Change(Verdict.BREAKING, where, "optional field is now required", HISTORY)
    elif needed_before and not needed_after:
        yield Change(Verdict.CONSUMERS_FIRST, where, "required field is now optional", OLD_CONSUMERS)
    elif not needed_before and old.get("default") != new.get("default"):
        what = f"default is now {new.get('default')!r}, was {old.get('default')!r}"
        yield Change(Verdict.BREAKING, where, what, "events that leave it out would change their meaning")
