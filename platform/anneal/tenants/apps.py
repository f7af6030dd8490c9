from importlib import import_module

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "anneal.tenants"
    label = "tenants"

    def ready(self) -> None:
        """Register how callers say who they are, for the schema."""
        import_module("anneal.tenants.api.schema")
