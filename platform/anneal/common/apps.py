from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class CommonConfig(AppConfig):
    name = "anneal.common"
    label = "common"

    def ready(self) -> None:
        """Load the texts of every app: an error may be raised before the module of its words was imported."""
        for config in apps.get_app_configs():
            if config.name.startswith("anneal.") and find_spec(f"{config.name}.errors"):
                import_module(f"{config.name}.errors")
