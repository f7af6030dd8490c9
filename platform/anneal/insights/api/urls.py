"""Addresses of what is read across the apps."""

from __future__ import annotations

from django.urls import path

from anneal.insights.api.search import SearchView

urlpatterns = [path("search", SearchView.as_view())]
