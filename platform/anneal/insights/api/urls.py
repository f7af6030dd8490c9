"""Addresses of what is read across the apps."""

from __future__ import annotations

from django.urls import path

from anneal.insights.api import views
from anneal.insights.api.lineage import LineageView
from anneal.insights.api.search import SearchView
from anneal.insights.api.usage import UsageView

urlpatterns = [
    path("home", views.HomeView.as_view()),
    path("home/visit", views.HomeVisitView.as_view()),
    path("home/dismissals", views.DismissalsView.as_view()),
    path("home/dismissals/<uuid:item_id>", views.DismissalView.as_view()),
    path("models/<uuid:model_id>/lineage", LineageView.as_view()),
    path("search", SearchView.as_view()),
    path("usage", UsageView.as_view()),
]
