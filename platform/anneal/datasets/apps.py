from importlib import import_module

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    name = "anneal.datasets"
    label = "datasets"

    def ready(self) -> None:
        """Register what is counted of quotas, in every process."""
        import_module("anneal.datasets.quotas")
