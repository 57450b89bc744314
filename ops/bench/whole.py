"""The whole sensor: a collector and a database on the other cores take what it sends, and only its own time counts."""

import os
import pathlib
import shutil
import sys
import tempfile

import measure
from programs import Program

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Integration"))


NAME = "darkscope-sensor, spooling and sending until all is acknowledged"


class Centre:
    """A collector over an empty database, and a new sensor for each run: a file that is known is not sent again."""

    def __init__(self, conninfo, folder_of_programs, core):
        os.environ["DARKSCOPE_BIN"] = folder_of_programs
        from support.database import Database
        from support.telescope import Telescope

        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-bench-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.database = Database(conninfo)
        self.telescope = Telescope(self.folder, self.database)
        self.telescope.add_site("bench", "198.18.0.0/16", destinations="permuted")
        collector = self.telescope.start_collector()
        measure.bystanders.add(collector.id)
        os.sched_setaffinity(collector.id, os.sched_getaffinity(0) - {core} or {core})
        self.sensors = 0

    def arguments(self, file, directory):
        self.sensors += 1
        sensor = self.telescope.add_sensor(
            "bench", f"s{self.sensors}", capture={"destinations": "permuted", "prefixes": ["198.18.0.0/16"]})
        return [os.path.join(os.environ["DARKSCOPE_BIN"], "darkscope-sensor"), "run", "--config", str(sensor.config),
                "--read", file]

    def program(self):
        return Program("ours", NAME, self.arguments)

    def close(self):
        self.telescope.close()
        self.database.drop()
        shutil.rmtree(self.folder, ignore_errors=True)
