"""A telescope of four sites that has watched for two days until now, with a console beside its ingest: what the pages' tests
look at. Traffic is the generator's; sources are in many countries; three organisations have hosts that something happens to.
"""
import datetime
import json
import time

from .console import Console
from .organisations import load, new_key
from .telescope import free_port, generate_with
from .waiting import until

SITES = {"id-1": "198.18.32.0/24", "jp-1": "198.18.64.0/23", "sg-1": "198.18.0.0/22", "th-1": "198.18.96.0/24"}
ZONES = {"id-1": "Asia/Jakarta", "jp-1": "Asia/Tokyo", "sg-1": "Asia/Singapore", "th-1": "Asia/Bangkok"}
# Seconds of history: two whole days (UTC) and a part of today, for sources are told by whole days.
HISTORY = 50 * 3_600
PACKETS = {"id-1": 4_000, "jp-1": 7_000, "sg-1": 12_000, "th-1": 4_000}
INFECTED, ATTACKED, WRONG = "192.0.2.25", "198.51.100.80", "203.0.113.77"
SCANNERS = ["162.142.125.10", "162.142.125.11", "71.6.135.131"]
KNOWN = ["--infected", f"{INFECTED}:mirai", "--attacked", f"{ATTACKED}:443", "--infected", f"{WRONG}:smb",
         *(word for scanner in SCANNERS for word in ("--scanner", scanner)), "--known-rate", "3"]
COUNTRIES = ["CN", "IN", "US", "RU", "BR", "VN", "SG", "ID", "TH", "KR", "TW", "IR", "DE", "NL", "JP", "MY", "HK", "PH", "FR",
             "GB", "UA", "TR", "MX", "ZA", "EG", "AU"]


# West, south, east and north of some countries, about: outlines to draw a map with.
OUTLINES = {"CN": (75, 22, 130, 48), "IN": (70, 9, 90, 30), "US": (-124, 28, -70, 48), "RU": (40, 52, 170, 72), "BR": (-70, -28, -38, 2),
            "ID": (98, -8, 138, 3), "AU": (115, -36, 152, -13), "JP": (131, 31, 143, 44), "DE": (7, 48, 14, 54)}


def outlines(folder):
    """A file of outlines for the console's key `land`."""
    file = folder / "land.json"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": code, "properties": {}, "geometry": {"type": "Polygon", "coordinates": [
            [[west, south], [west, north], [east, north], [east, south], [west, south]]]}}
        for code, (west, south, east, north) in OUTLINES.items()]}, separators=(",", ":")))
    return file


def origins():
    """Lines of an origins file: every /8 has a country and a network, but for one in nine."""
    for first in range(1, 224):
        if first % 9:
            yield f"{first}.0.0.0/8,{COUNTRIES[first * first % len(COUNTRIES)]},{64_500 + first},Network {first}\n"


class Scene:
    def __init__(self, telescope):
        self.telescope, self.database, self.folder = telescope, telescope.database, telescope.folder
        self.console = Console(free_port())
        self.end = int(time.time()) // 60 * 60
        new_key(self.folder)
        (self.folder / "pick-up").mkdir()
        telescope.configure({
            "console": {"listen": f"127.0.0.1:{self.console.port}", "access": "open", "land": outlines(self.folder)},
            "rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}, "surges": {"quiet": "1s"},
            "alerts": {"key_file": self.folder / "alerts.key", "pickup_directory": self.folder / "pick-up",
                       "smtp": f"smtp://127.0.0.1:{free_port()}", "from": "alerts@darkscope.example"}})
        telescope.start_collector()
        self._register()
        self.sensors = {}
        made = generate_with(self.folder, PACKETS, SITES, KNOWN, seed=7, start=self.end - HISTORY, span=HISTORY)
        for site, file in made.items():
            telescope.darkscope("site", "add", site, "--name", f"Site {site}", "--prefix", SITES[site], "--country",
                                site[:2].upper(), "--zone", ZONES[site], "--destinations", "full")
            self.sensors[site] = telescope.add_sensor(site, "edge", sensor={"window": "300s"})
        # The registry knows the blocks since now: they were dark before.
        self.database.rows("UPDATE meta.dark_prefix SET validity = '[2020-01-01,)'")
        for site, sensor in self.sensors.items():
            sensor.read(made[site])
        self._settle()
        self.database.rows("CREATE EXTENSION hll")
        telescope.darkscope("role", "make")

    def _register(self):
        (self.folder / "origins.csv").write_text("".join(origins()))
        today = datetime.date.today().isoformat()
        self.telescope.darkscope("origins", "import", self.folder / "origins.csv", "--name", "invented", "--date", today)
        (self.folder / "scanners.txt").write_text("\n".join(SCANNERS))
        self.telescope.darkscope("scanners", "import", self.folder / "scanners.txt", "--name", "invented", "--date", today)
        load(self.telescope, self.folder, [
            {"organisation": code, "name": name, "prefix": prefix, "valid_from": "2020-01-01", "vouched_by": "the test"}
            for code, name, prefix in (("city", "City of Example", "192.0.2.0/24"), ("cert", "Example CERT", "198.51.100.0/24"),
                                       ("net", "Example Net", "203.0.113.0/24"))])
        # One hears of it, and one has a mail server that is away.
        self.telescope.darkscope("org", "contact", "add", "city", "file", "city", "--format", "json")
        self.telescope.darkscope("org", "contact", "add", "cert", "mail", "soc@cert.example")

    def _settle(self):
        """Until rollups, days of sources, surges and notices are made of all that is stored."""
        whole = len(SITES) * 2
        query = """
            SELECT (SELECT count(*) FROM rollup.dirty WHERE kind = 1 OR start < date_trunc('day', now(), 'UTC')),
                (SELECT count(*) FROM event.dirty), (SELECT count(*) FROM rollup.world_dirty WHERE span <= 86400),
                (SELECT count(*) FROM (SELECT DISTINCT start, sensor FROM rollup.source_day) d) >= %s,
                (SELECT count(*) FROM alert.arrival),
                (SELECT count(DISTINCT address) FROM alert.alert WHERE state IN ('open', 'ongoing', 'quiet')) >= 2"""
        done = lambda: self.database.row(query, whole)  # noqa: E731
        until(lambda: done() == (0, 0, 0, True, 0, True), 240, lambda: f"a settled scene: {done()}\n{self.telescope.logs()}")

    def sql(self, text, *values):
        return self.database.rows(text, *values)

    def span(self):
        """A span of whole hours in the past, in which nothing changes any more, as the pages' parameters."""
        stop = self.end // 3_600 * 3_600
        return {"from": stamp(stop - 86_400), "to": stamp(stop)}


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
