from importlib import import_module

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "anneal.registry"
    label = "registry"

    def ready(self) -> None:
        """Register what is counted of quotas, in every process."""
        import_module("anneal.registry.quotas")
