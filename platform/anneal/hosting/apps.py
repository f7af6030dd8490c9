from django.apps import AppConfig


class HostingConfig(AppConfig):
    name = "anneal.hosting"
    label = "hosting"
