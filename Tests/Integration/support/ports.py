"""Ports that nobody else is given."""
import os
import random
import socket

EACH = 1_500
# Of the worker of pytest-xdist that this is, from 0; 0 without workers.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def free_port(kind=socket.SOCK_STREAM):
    """A port below the range of client ports, so that nobody is given it while its owner restarts. Each worker has a
    range of its own."""
    first = 20_000 + WORKER % 8 * EACH
    while True:
        port = random.SystemRandom().randrange(first, first + EACH)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
