"""How the tests are spread over the workers of pytest-xdist. Without workers it changes nothing.

What is shared stays shared: all tests that use one fixture of a module or of the session run on one worker, one after the
other. What could collide does not: each worker has a PostgreSQL server of its own, since roles are of a whole server, and
ports of its own. Tests that measure time are marked `alone`, and ops/test runs them by themselves. Those that take longest
are marked `long` and begin first, so that no worker is left with one of them when the others have ended."""
import os

import pytest

from .ports import WORKER

SHARED = ("module", "package", "session")


def configure(config):
    """Gives a worker its server: the one of its number in DARKSCOPE_TEST_WORKERS, connections with ; between them."""
    config.addinivalue_line("markers", "alone: measures time, and nothing else may run meanwhile")
    config.addinivalue_line("markers", "long: takes half a minute or more, and begins before others")
    if "PYTEST_XDIST_WORKER" in os.environ:
        servers = os.environ.get("DARKSCOPE_TEST_WORKERS", "").split(";")
        if WORKER >= len(servers):
            raise pytest.UsageError("each worker needs a server of its own in DARKSCOPE_TEST_WORKERS: run ops/test")
        os.environ["DARKSCOPE_TEST_POSTGRES"] = servers[WORKER]


def shared(item):
    """The fixtures of ours that a test has in common with others."""
    # Those of plugins have no place.
    return {f"{found[-1].baseid}:{name}" for name, found in item._fixtureinfo.name2fixturedefs.items()
            if found[-1].scope in SHARED and found[-1].baseid}


def spread(items):
    """Marks the tests that share a fixture, directly or by a third, as one group; the longest come first."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    groups = {}
    for item in items:
        names = shared(item)
        joined = {groups.get(name, name) for name in names}
        for name in [*names, *(name for name, old in groups.items() if old in joined)]:
            groups[name] = min(joined)
    for item in items:
        for name in {groups[name] for name in shared(item)}:
            item.add_marker(pytest.mark.xdist_group(name.replace("/", ".").replace("::", ".")))
    items.sort(key=is_soon, reverse=True)


def is_soon(item):
    """Whether a test takes long, or begins with something that takes long: all that the session shares."""
    return item.get_closest_marker("long") is not None or any(
        found[-1].scope == "session" and found[-1].baseid for found in item._fixtureinfo.name2fixturedefs.values())
