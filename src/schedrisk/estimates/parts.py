"""Estimates as parts of other estimates."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from schedrisk.estimates.base import Estimate

__all__ = ["Part"]


def _read(value: object) -> Estimate:
    # The reader knows all kinds, and so those that have parts.
    from schedrisk.estimates.text import parse_estimate

    return parse_estimate(value)


class _PartForm:
    """Tells pydantic how a part is read and described."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # Not the whole of what an estimate is, which would hold itself.
        forms: list[dict[str, Any]] = [{"type": "number", "minimum": 0}, {"type": "string"}, {"type": "object"}]
        return {"title": "Estimate", "anyOf": forms}


Part = Annotated[Estimate, _PartForm]
"""The type of an estimate's field that holds another estimate."""
