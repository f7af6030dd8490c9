from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "anneal.tenants"
    label = "tenants"
