"""Addresses of the home page."""

from __future__ import annotations

from django.urls import path

from anneal.insights.api import views

urlpatterns = [
    path("home", views.HomeView.as_view()),
    path("home/visit", views.HomeVisitView.as_view()),
    path("home/dismissals", views.DismissalsView.as_view()),
    path("home/dismissals/<uuid:item_id>", views.DismissalView.as_view()),
]
