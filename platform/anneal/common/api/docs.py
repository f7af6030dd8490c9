"""The OpenAPI 3.1 schema and the page to read and try it; all assets come from this server."""

from __future__ import annotations

import re
from typing import Any, Final

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import OpenApiParameter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters; the same request sent again with it within a day gets the first answer.",
)
_TEXT: Final = {"type": "string"}
_TEXT_OR_NULL: Final = {"type": ["string", "null"]}
_ERROR: Final = {
    "Error": {
        "type": "object",
        "description": "Every answer of 400 or more.",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "code": {**_TEXT, "description": "`area.cause`, stable"},
                    "message": {**_TEXT, "description": "What is wrong and what to do, in the language of the request"},
                    "param": {**_TEXT_OR_NULL, "description": "The field that is wrong"},
                    "details": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorDetail"}},
                    "request_id": _TEXT_OR_NULL,
                },
                "required": ["code", "message", "param", "details", "request_id"],
            }
        },
        "required": ["error"],
    },
    "ErrorDetail": {
        "type": "object",
        "description": "One of several findings.",
        "properties": {
            "code": _TEXT,
            "message": _TEXT,
            "param": _TEXT_OR_NULL,
            "row": {"type": ["integer", "null"], "description": "Line of the file, from 1"},
        },
        "required": ["code", "message", "param", "row"],
    },
}


class SchemaView(SpectacularAPIView):
    renderer_classes = [OpenApiJsonRenderer]


class DocsView(SpectacularSwaggerSplitView):
    url_name = "schema"


class ValueExtension(OpenApiSerializerExtension):
    """Values of the contract: what may be left out of a request is always there in an answer, so the two are told apart."""

    target_class = "workers.contract.base.Value"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        del auto_schema, direction
        name: str = self.target.__name__
        return name

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        suffix = "Request" if direction == "request" else ""
        schema: dict[str, Any] = self.target.model_json_schema(
            ref_template=f"#/components/schemas/{{model}}{suffix}",
            mode="validation" if direction == "request" else "serialization",
        )
        for name, part in schema.pop("$defs", {}).items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(
                    name=f"{name}{suffix}", type=ResolvedComponent.SCHEMA, object=f"{name}{suffix}", schema=part
                )
            )
        return schema


def name_path_parameters(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """In the schema the one parameter of a path is `id`, whatever the URL configuration calls it to tell things apart."""
    paths = {}
    for path, operations in result["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        if len(names) == 1 and names[0].endswith("_id"):
            for operation in operations.values():
                for parameter in operation.get("parameters", []):
                    if parameter["in"] == "path":
                        parameter["name"] = "id"
        paths[re.sub(r"{\w+_id}", "{id}", path) if len(names) == 1 else path] = operations
    result["paths"] = paths
    return result


def describe_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation may answer with the one shape of errors."""
    result["components"]["schemas"].update(_ERROR)
    refusal = {
        "description": "A refusal or a failure",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"].setdefault("default", refusal)
    return result
