"""The page takes its types from `frontend/openapi.json`, so that file must be what the server says of itself."""

from __future__ import annotations

import io
import json
from pathlib import Path

from django.core.management import call_command

_COMMITTED = Path(__file__).resolve().parents[3] / "frontend" / "openapi.json"


def test_committed_schema_is_what_the_server_generates() -> None:
    written = io.StringIO()
    call_command("spectacular", format="openapi-json", validate=True, fail_on_warn=True, stdout=written)
    generated = json.loads(written.getvalue())
    assert json.loads(_COMMITTED.read_text(encoding="utf-8")) == generated, (
        "run `make schema` and commit what it writes"
    )


def test_every_operation_says_how_it_refuses() -> None:
    document = json.loads(_COMMITTED.read_text(encoding="utf-8"))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            refusal = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert refusal == {"$ref": "#/components/schemas/Error"}, f"{method} {path}"


def test_what_a_request_may_leave_out_is_always_in_the_answer() -> None:
    schemas = json.loads(_COMMITTED.read_text(encoding="utf-8"))["components"]["schemas"]
    assert "required" not in schemas["OptimisationRequest"]
    assert set(schemas["Optimisation"]["required"]) == set(schemas["Optimisation"]["properties"])
