"""Fixtures of the black-box tests. They need the programs built and DARKSCOPE_TEST_POSTGRES; ops/test gives both."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support import workers  # noqa: E402
from support.browser import Browser  # noqa: E402
from support.command_line import Operator  # noqa: E402
from support.database import Database  # noqa: E402
from support.internet import DAYS_BEFORE, ORIGINS, PREFIXES, SCANNERS, TOMORROW, Internet  # noqa: E402
from support.month import Month  # noqa: E402
from support.programs import path  # noqa: E402
from support.scene import Scene  # noqa: E402
from support.telescope import Telescope, shared_telescope  # noqa: E402
from support.waiting import until  # noqa: E402


def pytest_configure(config):
    workers.configure(config)


# Before pytest-xdist looks for groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Without programs nothing can be tested, and a run that skips everything must not pass for one that tested."""
    for program in ("darkscope", "darkscope-sensor", "darkscope-collector"):
        if items and not os.access(path(program), os.X_OK):
            raise pytest.UsageError(f"{path(program)} is not there. Run swift build, or set DARKSCOPE_BIN")
    workers.spread(items)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, f"report_{call.when}", outcome.get_result())


@pytest.fixture
def folder():
    """A directory of the test's own, short enough for the path of a Unix socket, that other users may enter."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-it-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def database():
    made = Database()
    yield made
    made.drop()


@pytest.fixture
def operator(folder, database):
    return Operator(folder, database)


@pytest.fixture
def telescope(request, folder, database):
    """A Darkscope whose collector does not run yet. When the test fails, the programs' logs are shown."""
    made = Telescope(folder, database)
    yield made
    made.close()
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        print(made.logs())


@pytest.fixture(scope="session")
def world():
    """Every packet of an invented Internet, and a database with what the programs made of its captures. Tests read it."""
    with shared_telescope() as telescope:
        folder, database = telescope.folder, telescope.database
        internet = Internet()
        telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}, "surges": {"quiet": "1s"}})
        telescope.start_collector()
        (folder / "origins.csv").write_text("".join(f"{block},{c},{asn},{name}\n" for block, c, asn, name in ORIGINS))
        telescope.darkscope("origins", "import", folder / "origins.csv", "--name", "invented", "--date", TOMORROW)
        (folder / "scanners.txt").write_text("\n".join(SCANNERS))
        telescope.darkscope("scanners", "import", folder / "scanners.txt", "--name", "invented", "--date", TOMORROW)
        for site, prefix in PREFIXES.items():
            telescope.add_site(site, prefix)
            telescope.add_sensor(site, "edge").read(*internet.write(folder, site))
        until(lambda: database.value("SELECT count(*) FROM rollup.dirty WHERE start < %s", TOMORROW) == 0
              and database.value("SELECT count(*) FROM rollup.world_dirty WHERE start < %s", TOMORROW) == 0
              and database.value("SELECT count(*) FROM event.dirty WHERE start < %s", TOMORROW) == 0
              and database.value("SELECT count(*) FROM (SELECT DISTINCT start, sensor FROM rollup.source_day) d")
              == 3 * (DAYS_BEFORE + 1) + 1
              and database.value("""
                  SELECT NOT EXISTS (SELECT FROM trend.changed c WHERE c.start < s.at) AND s.at > (
                      SELECT max(start) FROM rollup.coverage WHERE span = 300 AND observed_seconds > 0 AND start < %s)
                  FROM (SELECT max(at) AS at FROM trend.state) s""", TOMORROW), 600, "rollups, events and surges")
        database.rows("CREATE EXTENSION hll")
        telescope.darkscope("role", "make")
        telescope.darkscope("role", "partner", "alpha")
        yield internet.packets, database


@pytest.fixture(scope="session")
def month():
    """Every packet of thirty days at twenty sites, and a database with what the programs made of them. Tests read it."""
    with shared_telescope() as telescope:
        yield Month(telescope.folder, telescope)


@pytest.fixture(scope="session")
def scene():
    """Two days until now at four sites, with a console beside the ingest, for tests of the pages. What they change they undo."""
    with shared_telescope() as telescope:
        yield Scene(telescope)


@pytest.fixture(scope="session")
def chromium():
    made = Browser()
    yield made
    made.close()


@pytest.fixture
def tab(scene, chromium):
    """A page at 1440 x 900 in UTC. Whatever goes wrong on it that the test did not take note of fails the test."""
    made = chromium.open(scene.console)
    yield made
    problems = made.problems()
    made.close()
    assert problems == []
