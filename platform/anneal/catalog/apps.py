from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "anneal.catalog"
    label = "catalog"
