"""HTTP of checkpoints: the list of a job's, and downloads."""

from __future__ import annotations

import uuid
from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from anneal.common.api.docs import IDEMPOTENCY_KEY
from anneal.common.api.idempotency import idempotent
from anneal.common.api.paging import page_of
from anneal.common.tenancy import tenant_scope
from anneal.jobs.access import CHECKPOINT_SALT, access_checkpoint, access_checkpoint_download, access_job
from anneal.jobs.api.bodies import CheckpointDeliver, body_of
from anneal.jobs.api.serializers import CheckpointPageSerializer, CheckpointSerializer, JobSerializer, job_shown
from anneal.jobs.archive import archive_of_checkpoint
from anneal.jobs.selectors import checkpoint_list
from anneal.jobs.services.checkpoint_links import checkpoint_link_create
from anneal.jobs.services.deliveries import checkpoint_deliver
from anneal.registry.access import download_claims
from anneal.registry.api.serializers import DownloadLinkSerializer
from anneal.registry.api.views import DownloadView, files_check
from anneal.registry.archive import Archive
from anneal.tenants.api.base import TenantView, actor_of
from anneal.tenants.roles import Role

_PAGE = [
    OpenApiParameter("limit", int, description="1 to 100, default 50"),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
]


class JobCheckpointsView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"GET": Role.VIEWER}

    @extend_schema(operation_id="jobs_checkpoints", tags=["jobs"], parameters=_PAGE, responses=CheckpointPageSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """What a job can be continued from: the last few checkpoints and the best one. Older ones are deleted."""
        job = access_job(actor=actor_of(request), job_id=job_id, level=Role.VIEWER)
        return Response(page_of(request, checkpoint_list(job.id), CheckpointSerializer().to_representation))


class CheckpointLinkView(TenantView):
    """As with models: taking weights out of the platform is for those who work with them, and it is noted."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}
    writes_when_deleted = True

    @extend_schema(
        operation_id="checkpoints_download_link", tags=["jobs"], request=None, responses=DownloadLinkSerializer
    )
    def post(self, request: Request, checkpoint_id: uuid.UUID) -> Response:
        """A link to one ZIP archive, for five minutes: the job's spec and the checkpoint as the trainer's output folder. Needs no body."""
        actor = actor_of(request)
        checkpoint = access_checkpoint(actor=actor, checkpoint_id=checkpoint_id, level=Role.MEMBER)
        return Response(DownloadLinkSerializer(checkpoint_link_create(actor=actor, checkpoint=checkpoint)).data)


class CheckpointDeliverView(TenantView):
    roles: ClassVar[dict[str, Role]] = {"POST": Role.MEMBER}

    @extend_schema(
        operation_id="checkpoints_deliver",
        tags=["jobs"],
        parameters=[IDEMPOTENCY_KEY],
        request=CheckpointDeliver,
        responses={201: JobSerializer},
    )
    def post(self, request: Request, checkpoint_id: uuid.UUID) -> Response:
        """Make a model of a checkpoint: a job that trains no further, but evaluates its weights as they are and exports them."""

        def deliver() -> Response:
            actor = actor_of(request)
            body = body_of(request, CheckpointDeliver)
            checkpoint = access_checkpoint(actor=actor, checkpoint_id=checkpoint_id, level=Role.MEMBER)
            job = checkpoint_deliver(actor=actor, checkpoint=checkpoint, name=body.name)
            return Response(job_shown(job.id), status=status.HTTP_201_CREATED)

        return idempotent(request, deliver)


class CheckpointDownloadView(DownloadView):
    """The archive of a checkpoint behind a signed link."""

    @staticmethod
    def archive_of(token: str) -> Archive:
        tenant_id, checkpoint_id, sha256 = download_claims(token, salt=CHECKPOINT_SALT)
        with tenant_scope(tenant_id):
            checkpoint = access_checkpoint_download(checkpoint_id=checkpoint_id, sha256=sha256)
            archive = archive_of_checkpoint(checkpoint)
        files_check(checkpoint.files)
        return archive
