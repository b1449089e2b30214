"""Django's `migrate`, done by the role that owns the tables; then the application's role is let in."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.officers.models import Role
from firmground.officers.territory import EVERYWHERE, seeing

GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role};
"""
# The trail is written by its triggers alone.
TRAIL = "REVOKE INSERT, UPDATE, DELETE ON audit_entry, audit_seal FROM {role}"


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"]
        installing = acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="migrate", using=using)
        with seeing(EVERYWHERE, using=using), installing:  # row-level security binds the owner, too
            super().handle(*args, **options)
        owner, application = connections[using], connections["default"]
        with application.cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone() == (True,):
                raise Refusal(
                    "The role in DATABASE_URL is a superuser or goes round row-level security: every officer would see "
                    "every household. Make a plain role for the application, and name the owner in DATABASE_OWNER_URL."
                )
        role = application.settings_dict["USER"]
        if role != owner.settings_dict["USER"]:
            with owner.cursor() as cursor:
                cursor.execute(GRANTS.format(role=owner.ops.quote_name(role)))
                if "audit_entry" in owner.introspection.table_names(cursor):
                    cursor.execute(TRAIL.format(role=owner.ops.quote_name(role)))
