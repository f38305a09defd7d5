"""JSON Schema 2020-12 of each event: the envelope together with the body of that type."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from contracts.envelope import envelope_of
from contracts.events import EVENT_TYPES, EventData
from contracts.wire import EXPECTATIONS

Schema = dict[str, Any]


class _WithoutFieldTitles(GenerateJsonSchema):
    """``"title": "Order Id"`` beside ``"order_id"`` tells nobody anything."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(model: type[EventData]) -> Schema:
    """Return the schema of the whole event whose body is ``model``."""
    generated = envelope_of(model).model_json_schema(schema_generator=_WithoutFieldTitles)
    _say_what_patterns_mean(generated)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tallyman:event:{model.TYPE}:v{model.VERSION}",
        **generated,
        "title": model.TYPE,
        "x-topic": model.TOPIC,
    }


def schema_name(model: type[EventData]) -> str:
    """Return the file name of the schema, and of the plain example."""
    return f"{model.TYPE}.v{model.VERSION}.json"


def schema_files() -> dict[str, str]:
    """Return every schema file by its name."""
    return {schema_name(model): to_json(schema_of(model)) for model in EVENT_TYPES.values()}


def to_json(document: Any) -> str:
    """Return JSON that reads well in a diff."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _say_what_patterns_mean(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _say_what_patterns_mean(item)
    if isinstance(node, dict):
        meaning = EXPECTATIONS.get(str(node.get("pattern")))
        if meaning:
            node.setdefault("description", meaning[0].upper() + meaning[1:] + ".")
        for value in node.values():
            _say_what_patterns_mean(value)
