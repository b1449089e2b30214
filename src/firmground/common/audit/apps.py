from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "firmground.common.audit"
