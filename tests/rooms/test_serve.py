"""Starting the server again where one was killed a moment ago."""

import socket
import threading
from collections.abc import Iterator

import pytest

from firmground.cli.serve import free


@pytest.fixture
def held() -> Iterator[socket.socket]:
    """A port of this machine that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def test_an_administrator_who_starts_again_waits_for_the_killed_servers_workers_to_let_go(held: socket.socket) -> None:
    port = held.getsockname()[1]
    threading.Timer(0.4, held.close).start()
    assert not free("127.0.0.1", port)
    assert free("127.0.0.1", port, within=5.0)


def test_a_port_that_somebody_keeps_is_not_free(held: socket.socket) -> None:
    assert not free("127.0.0.1", held.getsockname()[1], within=0.2)
