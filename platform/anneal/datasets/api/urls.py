"""Addresses of uploads, datasets and their versions."""

from __future__ import annotations

from django.urls import path

from anneal.datasets.api import uploads, views

urlpatterns = [
    path("uploads", uploads.UploadsView.as_view()),
    path("uploads/<uuid:upload_id>", uploads.UploadView.as_view()),
    path("datasets", views.DatasetsView.as_view()),
    path("datasets/<uuid:dataset_id>", views.DatasetView.as_view()),
    path("datasets/<uuid:dataset_id>/mapping", views.DatasetMappingView.as_view()),
    path("datasets/<uuid:dataset_id>/problems.csv", views.DatasetProblemsView.as_view()),
    path("datasets/<uuid:dataset_id>/preview", views.DatasetPreviewView.as_view()),
    path("datasets/<uuid:dataset_id>/versions", views.DatasetVersionsView.as_view()),
    path("dataset-versions/<uuid:dataset_version_id>", views.DatasetVersionView.as_view()),
]
