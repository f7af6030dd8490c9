from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "anneal.common"
    label = "common"
