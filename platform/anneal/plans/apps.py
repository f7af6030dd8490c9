from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "anneal.plans"
    label = "plans"
