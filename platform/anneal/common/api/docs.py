"""The OpenAPI 3.1 schema and the page to read and try it; all assets come from this server."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaView(SpectacularAPIView):
    renderer_classes = [OpenApiJsonRenderer]


class DocsView(SpectacularSwaggerSplitView):
    url_name = "schema"


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
