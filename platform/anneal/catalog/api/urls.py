"""Addresses of the catalogue."""

from __future__ import annotations

from django.urls import path

from anneal.catalog.api.views import BaseModelsView

urlpatterns = [path("base-models", BaseModelsView.as_view())]
