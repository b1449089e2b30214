"""Django's PostgreSQL backend, for which the embedded server is started when somebody first connects."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from firmground.common.embedded_postgres import Server


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        server = Server.of(Path(self.settings_dict["HOME"]))
        server.ensure()
        return {**super().get_connection_params(), "host": str(server.socket_folder), "port": server.port}
