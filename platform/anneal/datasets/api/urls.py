"""Addresses of uploads, datasets and their versions."""

from __future__ import annotations

from django.urls import path

from anneal.datasets.api import direct, uploads, views

urlpatterns = [
    path("uploads", uploads.UploadsView.as_view()),
    path("uploads/direct", direct.DirectUploadsView.as_view()),
    path("uploads/import", uploads.UploadImportView.as_view()),
    path("uploads/<uuid:upload_id>", uploads.UploadView.as_view()),
    path("uploads/<uuid:upload_id>/parts", direct.UploadPartsView.as_view()),
    path("uploads/<uuid:upload_id>/finish", direct.UploadFinishView.as_view()),
    path("datasets", views.DatasetsView.as_view()),
    path("datasets/<uuid:dataset_id>", views.DatasetView.as_view()),
    path("datasets/<uuid:dataset_id>/mapping", views.DatasetMappingView.as_view()),
    path("datasets/<uuid:dataset_id>/preview", views.DatasetPreviewView.as_view()),
    path("datasets/<uuid:dataset_id>/versions", views.DatasetVersionsView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>", views.DatasetVersionView.as_view()),
]
