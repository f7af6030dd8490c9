"""Predictions: which files answer for a model version, and the call to the model server that holds them."""

from __future__ import annotations

import http.client
import uuid
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db.models import F
from django.utils import timezone
from pydantic import ValidationError

from anneal.common.errors import AnnealError
from anneal.common.storage import store
from anneal.common.tenancy import current_tenant_id, tenant_scope
from anneal.common.texts import text
from anneal.hosting.counting import CALLS
from anneal.hosting.models import AskedMonth
from workers.contract.serving import QUESTIONS, ModelFile, PredictRequest, PredictResponse, ServerError, TextPrediction

if TYPE_CHECKING:
    from anneal.hosting.questions import Asked
    from anneal.registry.models import Artifact, ModelVersion

log = structlog.get_logger(__name__)
# Long enough for a cold model of a few gigabytes; the web thread waits, the database does not.
TIMEOUT_S = 60.0
URL_VALID_S = 300
RETRY_AFTER_S = 2
_OK = 200
_BUSY = (429, 503)
# What the model server says against a question that has all its fields, in our words.
_WRONG_QUESTIONS = {
    "input.too_long": "predict.too_long",
    "input.no_mask": "predict.no_mask",
    "input.too_many_masks": "predict.too_many_masks",
    "input.invalid_conversation": "predict.invalid_conversation",
}


@dataclass(frozen=True)
class ServedModel:
    """What the model server must know to answer for a version, and whose it is."""

    tenant_id: uuid.UUID
    key: str
    files: tuple[ModelFile, ...]


def served_model(version: ModelVersion) -> ServedModel:
    """The merged files of a version. Raises AnnealError (409) when it has none: some methods make nothing but an adapter."""
    artifact = _served_artifact(version)
    objects = store()
    files = tuple(
        ModelFile(
            name=entry["name"],
            sha256=entry["sha256"],
            url=objects.worker_url(entry["key"], expires_s=URL_VALID_S),
        )
        for entry in artifact.files
    )
    return ServedModel(tenant_id=current_tenant_id(), key=artifact.sha256, files=files)


def unserved_reason(version: ModelVersion, task: str) -> str | None:
    """Why a version can be downloaded but not asked, in the language of the request; None where it can be asked."""
    if task not in QUESTIONS:
        return text("predict.not_served", task=task)
    try:
        _served_artifact(version)
    except AnnealError as error:
        return error.message
    return None


def _served_artifact(version: ModelVersion) -> Artifact:
    artifacts = {row.kind: row for row in version.artifacts.all()}
    if "merged" not in artifacts:
        raise AnnealError("predict.adapter_only" if "adapter" in artifacts else "predict.no_artifact", status=409)
    return artifacts["merged"]


def predict(*, model: ServedModel, asked: Asked, top_k: int, max_new_tokens: int) -> PredictResponse:
    """Ask the model server, and count what it answers; call it outside of a transaction.

    Raises AnnealError: 503 with Retry-After, 502, or 400 for a question that only the model can tell to be wrong.
    """
    request = PredictRequest(
        model_key=model.key,
        files=model.files,
        texts=asked.texts,
        inputs=asked.inputs,
        top_k=top_k,
        max_new_tokens=max_new_tokens,
    )
    status, body = _post("/predict", request.model_dump_json())
    if status in _BUSY:
        raise _unavailable()
    try:
        if status == _OK:
            answer = PredictResponse.model_validate_json(body)
            _count(model, answer)
            return answer
        problem = ServerError.model_validate_json(body)
    except ValidationError as error:
        log.exception("model_server.unreadable", status=status)
        raise _unavailable() from error
    if problem.code in _WRONG_QUESTIONS:
        raise _wrong_question(problem, asked)
    log.error("model_server.refused", code=problem.code, model_key=model.key)
    raise AnnealError("model_server.refused", status=502, params={"problem": problem.message})


def _count(model: ServedModel, answer: PredictResponse) -> None:
    written = sum(one.num_new_tokens for one in answer.predictions if isinstance(one, TextPrediction))
    tokens = written + sum(one.num_tokens for one in answer.predictions)
    CALLS.add((model.tenant_id, timezone.now().astimezone(UTC).date().replace(day=1)), calls=1, tokens=tokens)


def calls_write() -> None:
    """Write what this process has counted. What cannot be written now is written the next time."""
    for key, calls, tokens in CALLS.taken():
        tenant_id, month = key
        try:
            with tenant_scope(tenant_id):
                row, _ = AskedMonth.objects.get_or_create(month=month)
                more = {"num_calls": F("num_calls") + calls, "num_tokens": F("num_tokens") + tokens}
                AskedMonth.objects.filter(id=row.id).update(**more)
        except DatabaseError:
            log.exception("model_calls.unwritten", tenant_id=str(tenant_id))
            CALLS.add(key, calls=calls, tokens=tokens)


def _wrong_question(problem: ServerError, asked: Asked) -> AnnealError:
    place = f"texts[{problem.place}]" if asked.texts is not None else f"inputs[{problem.place}].{problem.field}"
    return AnnealError(_WRONG_QUESTIONS[problem.code], param=place, params=dict(problem.params))


def _post(path: str, body: str) -> tuple[int, bytes]:
    env: Any = settings.ENVIRONMENT
    address = urlsplit(env.model_server_url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=TIMEOUT_S)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {env.model_server_token}"}
        connection.request("POST", path, body.encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        log.warning("model_server.unreachable", error=type(error).__name__)
        raise _unavailable() from error
    finally:
        connection.close()


def _unavailable() -> AnnealError:
    return AnnealError(
        "model_server.unavailable",
        status=503,
        headers={"Retry-After": str(RETRY_AFTER_S)},
        params={"seconds": RETRY_AFTER_S},
    )
