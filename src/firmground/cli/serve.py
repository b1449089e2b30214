"""`firmground serve`: the pages."""

import ipaddress
import os
import socket
import time
from typing import Any

import click

from firmground.cli.django_setup import start_django
from firmground.cli.work import working
from firmground.common.errors import Refusal

LEAVING = 5.0  # seconds: the workers of a server that was killed hold its port until they see that it is gone


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=min(4, os.cpu_count() or 1), show_default=True)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the pages until interrupted."""
    check_host(host)
    if not free(host, port, within=LEAVING):
        raise Refusal(f"Something listens on {host}:{port} already. Choose another --port.")
    start_django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    run(host, port, workers)


def check_host(host: str) -> None:
    """See that nobody but this machine can reach the address, unless the installation says who may.

    Raises:
        Refusal: others could, and nobody has said under which names, or it is the demo.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if loopback:
        return
    if os.environ.get("FIRMGROUND_DEMO") == "1":
        raise Refusal(
            f"The demo does not listen on {host}: it shows its officers' passwords to everybody who reaches it. "
            "Use 127.0.0.1, and a tunnel (ssh -L) from elsewhere."
        )
    if not os.environ.get("FIRMGROUND_HOSTS"):
        raise Refusal(
            f"Firmground does not listen on {host} before FIRMGROUND_HOSTS says under which names people reach it over "
            "HTTPS, such as FIRMGROUND_HOSTS=firmground.example.gov.cn. Without that, use 127.0.0.1."
        )


def free(host: str, port: int, *, within: float = 0.0) -> bool:
    """Whether nothing listens there, or no longer does after so many seconds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + within
    while True:
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.1)
            else:
                return True


def run(host: str, port: int, workers: int) -> None:
    """Serve until interrupted."""
    from django.db import connections
    from gunicorn.app.base import BaseApplication
    from gunicorn.util import import_app

    class Pages(BaseApplication):
        def load_config(self) -> None:
            settings: dict[str, Any] = {
                "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                "workers": workers,
                "worker_class": "gthread",
                "threads": 4,
                "timeout": 120,
                "accesslog": None,  # addresses of pages say whose household was looked at
                "loglevel": "warning",
                "control_socket_disable": True,
                "when_ready": lambda _: click.echo(f"Firmground is at http://{host}:{port}/ (Ctrl-C stops it)"),
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            # In each worker, after the fork: the engines' threads would not survive it.
            return import_app("firmground.web.wsgi:application")

    connections.close_all()  # nor may workers share a connection
    with working():  # files that are handed in are loaded outside the request
        Pages().run()
