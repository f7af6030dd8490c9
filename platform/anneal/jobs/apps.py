from importlib import import_module

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "anneal.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Register what is counted of quotas, in every process."""
        import_module("anneal.jobs.quotas")
