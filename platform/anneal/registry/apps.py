from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "anneal.registry"
    label = "registry"
