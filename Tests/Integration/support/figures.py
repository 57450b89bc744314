"""What is true of a span of the scene, counted from its flows, and how pages write figures."""
import collections
import datetime
import decimal
import ipaddress
import re

from .scene import COUNTRIES

Flow = collections.namedtuple("Flow", "site kind service source at packets")
Flow.port = property(lambda flow: (flow.kind, str(flow.service)))


def country(address):
    """Of the table of origins that the scene has."""
    if ":" in address:
        return None
    first = int(address.split(".")[0])
    return COUNTRIES[first * first % len(COUNTRIES)] if first % 9 else None


class Figures:
    """Every flow of the scene's past span, or of another one."""

    def __init__(self, scene, span=None):
        span = span or scene.span()
        self.start, self.stop = (datetime.datetime.fromisoformat(span[name].replace("Z", "+00:00")) for name in ("from", "to"))
        self.flows = [Flow(site, kind, service, source, at, int(packets)) for site, kind, service, source, at, packets in scene.sql(
            """SELECT site, class, service_port, host(source), window_start, packets FROM api.flow
               WHERE window_start >= %s AND window_start < %s""", self.start, self.stop)]
        assert len(self.flows) > 1_000

    @staticmethod
    def country(flow):
        return country(flow.source)

    def packets(self, key, flows=None):
        found = collections.Counter()
        for flow in self.flows if flows is None else flows:
            found[key(flow)] += flow.packets
        return found

    def sources(self, key, flows=None):
        """Distinct sources."""
        return self._distinct(key, lambda flow: ipaddress.ip_address(flow.source), flows)

    def sites(self, key, flows=None):
        """Distinct sites."""
        return self._distinct(key, lambda flow: flow.site, flows)

    def _distinct(self, key, of, flows):
        found = collections.defaultdict(set)
        for flow in self.flows if flows is None else flows:
            found[key(flow)].add(of(flow))
        return {key: len(values) for key, values in found.items()}


def table(tab, title, place=0):
    """Rows of the card whose title begins so: the address of the row's link, and the texts of its cells."""
    return tab.look("""([title, place]) => [...[...document.querySelectorAll('main section')].filter(
        s => s.querySelector('h2')?.innerText.startsWith(title)).at(place).querySelectorAll('tbody tr')].map(row => [
            row.querySelector('a')?.getAttribute('href').split('?')[0] ?? null, ...[...row.cells].map(c => c.innerText.trim())])""",
                    [title, place])


def whole(text):
    return int(text.replace(",", ""))


def short(value):
    """As lib/format.js: three digits, a half rounded up, and a unit."""
    units = (10**12, " T"), (10**9, " G"), (10**6, " M"), (10**3, " k")
    least, unit = next((found for found in units if value >= found[0]), (1, ""))
    digits = decimal.Context(prec=3, rounding=decimal.ROUND_HALF_UP).plus(decimal.Decimal(str(value)) / least)
    return f"{float(digits):,g}{unit}"


def is_about(text, truth):
    """Whether a number of distinct sources is the truth: not above it after ≥, within 5 % of it after ≈."""
    value = int(re.sub(r"[^\d]", "", text))
    if text.startswith("≥"):
        return 0 < value <= truth
    return abs(value - truth) <= 0.05 * truth if text.startswith("≈") else value == truth
