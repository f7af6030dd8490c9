"""Addresses of predictions."""

from __future__ import annotations

from django.urls import path

from anneal.hosting.api.scoring import RowScoresView
from anneal.hosting.api.views import PredictView

urlpatterns = [
    path("model-versions/<uuid:model_version_id>/predict", PredictView.as_view()),
    path("model-versions/<uuid:model_version_id>/row-scores", RowScoresView.as_view()),
]
