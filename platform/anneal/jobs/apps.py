from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "anneal.jobs"
    label = "jobs"
