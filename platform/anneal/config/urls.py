"""Every address of the platform. Anything unknown outside the API is the page, which has its own router."""

from __future__ import annotations

from django.urls import include, path, re_path

from anneal.common.api.docs import DocsView, SchemaView
from anneal.common.api.health import healthz, readyz
from anneal.common.api.page import nothing, page

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    # Passwords are changed by our own API, which writes audit logs, ends sessions and prints no link.
    re_path("^_allauth/browser/v1/(?:auth|account)/password/", nothing),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/v1/schema", SchemaView.as_view(), name="schema"),
    path("api/v1/docs", DocsView.as_view(), name="docs"),
    path("api/v1/", include("anneal.tenants.api.urls")),
    path("api/v1/", include("anneal.plans.api.urls")),
    path("api/v1/", include("anneal.catalog.api.urls")),
    path("api/v1/", include("anneal.datasets.api.urls")),
    path("api/v1/", include("anneal.registry.api.urls")),
    path("api/v1/", include("anneal.jobs.api.urls")),
    path("api/v1/", include("anneal.hosting.api.urls")),
    path("api/v1/", include("anneal.insights.api.urls")),
    path("downloads/checkpoints/", include("anneal.jobs.api.download_urls")),
    path("downloads/", include("anneal.registry.api.download_urls")),
    re_path(r"^(?!(?:api|openai|_allauth|downloads|static|assets)(?:/|$)).*$", page, name="page"),
]
handler404 = "anneal.common.api.exceptions.not_found"
handler500 = "anneal.common.api.exceptions.server_error"
