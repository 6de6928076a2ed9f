"""JSON Schemas (2020-12) of the messages, and the JSON text of everything that is published."""

import json
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from service.contract.catalogue import MESSAGES, Message

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MODE: Final[JsonSchemaMode] = "validation"
_COMPONENT: Final = "#/components/schemas/{model}"


class _Plain(GenerateJsonSchema):
    """Without a title that repeats each field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        return False


def schema_urn(message: Message) -> str:
    """Return the name that a message's schema goes by, wherever the file lies."""
    return f"urn:ck:schema:{message.name}:v1"


def message_schema(message: Message) -> dict[str, Any]:
    """Return the JSON Schema of one message, whole in itself."""
    schema = message.model.model_json_schema(by_alias=True, mode=_MODE, schema_generator=_Plain)
    return {"$schema": DIALECT, "$id": schema_urn(message), **schema}


def component_schemas() -> dict[str, Any]:
    """Return all messages' schemas and what they share, as an AsyncAPI document keeps them."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(one.model, _MODE) for one in MESSAGES]
    _, definitions = models_json_schema(
        wanted, by_alias=True, ref_template=_COMPONENT, schema_generator=_Plain
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def sample_of(message: Message) -> dict[str, Any]:
    """Return the golden sample as JSON values, without the fields that it does not use."""
    sample: dict[str, Any] = message.sample.model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    return sample


def json_text(value: object) -> str:
    """Return JSON for people: two spaces, in the order it was built, one newline at the end."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def json_line(value: object) -> str:
    """Return JSON for the wire: one line, no spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
