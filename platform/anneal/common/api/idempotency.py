"""`Idempotency-Key`: the same request sent again gets the first answer, and nothing is made twice.

The record is part of the request's own transaction: a second request with the key waits for the first one to commit, and a failed request
leaves no record, so that it can be tried again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.errors import AnnealError
from anneal.common.models import IdempotencyRecord

KEPT = timedelta(hours=24)
_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")


def idempotent(request: Request, handle: Callable[[], Response], *, secret: str | None = None) -> Response:
    """Answer with `handle`, or with what it answered before. Must run in a tenant's transaction.

    The field named `secret` is not kept: a replay has null there.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return handle()
    if not _KEY.match(key):
        raise AnnealError("idempotency.bad_key")
    digest = hashlib.sha256(
        json.dumps([request.method, request.path, request.data], sort_keys=True, default=str).encode()
    ).hexdigest()
    try:
        with transaction.atomic():
            record = IdempotencyRecord.objects.create(key=key, request_sha256=digest)
    except IntegrityError:
        record = IdempotencyRecord.objects.get(key=key)
        if record.request_sha256 != digest:
            raise AnnealError("idempotency.reused", status=409) from None
        return Response(record.body, status=record.status, headers={"Idempotent-Replayed": "true"})
    response = handle()
    record.status = response.status_code
    body = response.data if secret is None else {**response.data, secret: None}
    record.body = json.loads(json.dumps(body, default=str))
    record.save(update_fields=["status", "body"])
    return response


def idempotency_sweep() -> int:
    """Forget answers older than a day; returns how many. Runs in `service_scope`."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lt=Now() - KEPT).delete()
    return deleted
