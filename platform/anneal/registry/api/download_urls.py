"""Addresses of signed downloads."""

from __future__ import annotations

from django.urls import path

from anneal.registry.api.views import DownloadView

urlpatterns = [path("<str:token>", DownloadView.as_view())]
