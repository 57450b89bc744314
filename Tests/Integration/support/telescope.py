"""A whole Darkscope on loopback: a database, a collector, and sensors that replay or capture."""
import contextlib
import getpass
import json
import pathlib
import shutil
import tempfile
import time

from . import wire
from .database import Database
from .ports import free_port
from .programs import Process, check, run
from .waiting import until


def toml(sections):
    """{section: {key: value}} as TOML; what is None is left out."""
    def text(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(map(text, value)) + "]"
        if isinstance(value, int):
            return str(value)
        return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = []
    for section, keys in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {text(value)}" for key, value in keys.items() if value is not None]
    return "\n".join(lines) + "\n"


def merge(base, more):
    """Sections with the keys of `more` over those of `base`."""
    return {s: {**base.get(s, {}), **more.get(s, {})} for s in {**base, **more}}


def write_secret(path, text):
    path.write_text(text + "\n")
    path.chmod(0o600)


class Telescope:
    def __init__(self, folder, database, prefix=()):
        self.folder = pathlib.Path(folder)
        self.database = database
        self.prefix = prefix
        self.port = free_port()
        self.collector = None
        self.processes = []
        self.secret, self.server_key = wire.new_key()
        write_secret(self.folder / "collector.key", self.secret)
        self.config = self.folder / "collector.toml"
        self.configure()
        check("darkscope-collector", "migrate", "--config", self.config)

    @property
    def endpoint(self):
        return f"tcp://127.0.0.1:{self.port}"

    def configure(self, more={}):
        self.config.write_text(toml(merge({
            "collector": {"listen": self.endpoint, "secret_key_file": self.folder / "collector.key"},
            "database": {"connection": self.database.conninfo},
        }, more)))

    def launch_collector(self):
        """Starts a collector and returns at once; `start_collector` waits until it serves."""
        self.ready_file = self.folder / f"ready-{len(self.processes)}"
        self.collector = Process(
            "darkscope-collector", "run", "--config", self.config, "--ready-file", self.ready_file,
            log=self.folder / "collector.log", prefix=self.prefix)
        self.processes.append(self.collector)
        return self.collector

    def start_collector(self, seconds=30):
        collector = self.launch_collector()

        def is_ready():
            assert collector.is_alive(), f"the collector ended with {collector.code}:\n{collector.log()[-3000:]}"
            return self.ready_file.exists()

        until(is_ready, seconds, lambda: f"a ready collector\n{collector.log()[-3000:]}")
        return collector

    def darkscope(self, *arguments, **more):
        return check("darkscope", *arguments, "--config", self.config, **more)

    def add_site(self, code, *prefixes, destinations="full"):
        self.darkscope(
            "site", "add", code, "--name", f"Site {code}", "--destinations", destinations, "--prefix",
            *(prefixes or ["198.18.0.0/15"]))

    def add_sensor(self, site, name, port=None, register=True, **more):
        sensor = Sensor(self, site, name, port or self.port, more)
        if register:
            sensor.register()
        return sensor

    def close(self):
        for process in self.processes:
            process.kill()

    def logs(self):
        return "\n".join(
            f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in sorted(self.folder.glob("*.log")))

    # What SQL says.

    def packets(self, sensor=None):
        """Packets that are in flows or overflow: of all, or of the sensors of that name."""
        where, values = ("WHERE sensor = %s", (sensor,) * 2) if sensor else ("", ())
        return int(self.database.value(
            f"SELECT coalesce((SELECT sum(packets) FROM api.flow {where}), 0)"
            f" + coalesce((SELECT sum(packets) FROM api.overflow {where}), 0)", *values))

    def lost(self):
        """Packets in gap rows, and how many gap rows do not know how many."""
        packets, unknown = self.database.row(
            "SELECT coalesce(sum(packets), 0), count(*) FILTER (WHERE packets IS NULL) FROM api.gap")
        return int(packets), unknown

    def missing(self):
        """Batches that sensors gave a number to and that are neither stored nor declared lost."""
        return int(self.database.value("SELECT coalesce(sum(missing), 0) FROM api.stream"))

    def assert_conserved(self):
        """The law of the account in every batch, and of flows against accounts in every window."""
        assert self.database.rows("""
            SELECT * FROM api.account WHERE received <> aggregated + filtered + non_ip + ip4_short + ip4_badversion
                + ip4_badihl + ip4_optcut + ip4_badlen + ip6_short + ip6_badversion""") == []
        assert self.database.rows("""
            SELECT a.site, a.sensor, a.stream_id, a.window_start, a.aggregated, f.packets
            FROM (SELECT site, sensor, stream_id, window_start, sum(aggregated) AS aggregated
                FROM api.account GROUP BY 1, 2, 3, 4) a
            LEFT JOIN (SELECT stream_id, window_start, sum(packets) AS packets FROM (
                    SELECT stream_id, window_start, packets FROM api.flow
                    UNION ALL SELECT stream_id, window_start, packets FROM api.overflow) r GROUP BY 1, 2) f
                USING (stream_id, window_start)
            WHERE a.aggregated <> coalesce(f.packets, 0)""") == []


@contextlib.contextmanager
def shared_telescope():
    """A Darkscope with a folder and a database of its own, for all tests that leave it as it is; nothing is left of it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-it-", dir="/tmp"))
    database = Database()
    made = Telescope(folder, database)
    try:
        yield made
    finally:
        made.close()
        database.drop()
        shutil.rmtree(folder, ignore_errors=True)


class Sensor:
    def __init__(self, telescope, site, name, port, more):
        self.telescope, self.site, self.name = telescope, site, name
        self.folder = telescope.folder / f"{site}-{name}"
        self.folder.mkdir(mode=0o755)
        self.state = self.folder / "state"
        self.secret, self.key = wire.new_key()
        write_secret(self.folder / "sensor.key", self.secret)
        self.config = self.folder / "sensor.toml"
        self.log = telescope.folder / f"{site}-{name}.log"
        self.port = port
        self.configure(more)

    def configure(self, more={}):
        self.config.write_text(toml(merge({
            "sensor": {
                "state_directory": self.state, "secret_key_file": self.folder / "sensor.key",
                # No test depends on whether the machine has an account darkscope.
                "user": getpass.getuser(),
            },
            "capture": {"destinations": "full"},
            "uplink": {
                "collectors": [f"127.0.0.1:{self.port}"], "server_key": self.telescope.server_key,
                # Tests have less time than the Internet.
                "reconnect": "1s", "reconnect_maximum": "2s",
            },
            "spool": {"minimum_free": "0B"},
        }, more)))

    def register(self):
        self.telescope.darkscope("sensor", "add", self.site, self.name, "--public-key", self.key)

    def revoke(self):
        self.telescope.darkscope("sensor", "revoke", self.site, self.name)

    def start(self, *arguments, program=None, through=(), **more):
        """Starts it, by a command that becomes it if `through` is given."""
        process = Process(
            "darkscope-sensor", "run", "--config", self.config, *arguments, log=self.log, program=program,
            prefix=(*self.telescope.prefix, *through), **more)
        self.telescope.processes.append(process)
        return process

    def read(self, *files, timeout=120, code=0, more=()):
        """Imports files and waits until all is acknowledged and the program has ended; what it said."""
        done = run("darkscope-sensor", "run", "--config", self.config, "--read", *files, *more, timeout=timeout,
                   prefix=self.telescope.prefix)
        with open(self.log, "a") as log:
            log.write(done.stderr)
        assert done.returncode == code, f"exit {done.returncode} instead of {code}:\n{done.stderr[-3000:]}"
        return done.stderr


def generate(folder, packets, sites, seed=1, start=None, span=3600, sources=2000):
    """Generated traffic: {site code: (pcap file, expected totals)}."""
    files = generate_with(folder, dict.fromkeys(sites, packets), sites, seed=seed, start=start, span=span, sources=sources)
    return {code: (file, json.loads(open(file + ".json").read())) for code, file in files.items()}


def generate_with(folder, packets, sites, known=(), seed=1, start=None, span=3600, sources=2000):
    """The files of {site code: packets}, all of one Internet, with the options of known hosts."""
    start = int(time.time()) // 60 * 60 - span if start is None else start
    found = {}
    for count in sorted(set(packets.values())):
        output = str(pathlib.Path(folder) / "{site}.pcap")
        chosen = [code for code in sites if packets[code] == count]
        options = [word for code in chosen for word in ("--site", f"{code}={sites[code]}")]
        check("darkscope", "generate", "--packets", count, "--seed", seed, "--start", start, "--span", span,
              "--sources", sources, "--output", output, *known, *options)
        found.update({code: output.replace("{site}", code) for code in chosen})
    return found
