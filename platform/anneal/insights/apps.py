from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "anneal.insights"
    label = "insights"
