"""Addresses of quotas."""

from __future__ import annotations

from django.urls import path

from anneal.plans.api.views import QuotasView

urlpatterns = [path("quotas", QuotasView.as_view())]
