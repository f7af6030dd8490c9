"""Addresses of signed downloads of checkpoints."""

from __future__ import annotations

from django.urls import path

from anneal.jobs.api.checkpoints import CheckpointDownloadView

urlpatterns = [path("<str:token>", CheckpointDownloadView.as_view())]
