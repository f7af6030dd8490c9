"""Addresses of models, versions and artifacts."""

from __future__ import annotations

from django.urls import path

from anneal.registry.api import names, views

urlpatterns = [
    path("models", views.ModelsView.as_view()),
    path("models/<uuid:model_id>", views.ModelView.as_view()),
    path("models/<uuid:model_id>/restore", views.ModelRestoreView.as_view()),
    path("models/<uuid:model_id>/versions", views.ModelVersionsView.as_view()),
    path("model-versions", views.ModelVersionsFoundView.as_view()),
    path("model-versions/<uuid:model_version_id>", views.ModelVersionView.as_view()),
    path("model-versions/<uuid:model_version_id>/card", views.ModelCardView.as_view()),
    path("datasets/<uuid:dataset_id>/names-model", names.NamesModelView.as_view()),
    path("artifacts/<uuid:artifact_id>/download-link", views.DownloadLinkView.as_view()),
]
