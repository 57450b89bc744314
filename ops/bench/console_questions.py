"""What the pages of the console ask, and how long its answers take."""

import http.client
import json
import time
import urllib.parse

SPANS = {"24 h": "now-24h", "7 d": "now-7d", "90 d": "now-90d"}
# Milliseconds that every answer may take, warm, in the median.
LIMIT = 500
SCANNERS = ("all", "without", "only")

# Path, parameters, spans in which it is asked.
QUESTIONS = (
    [("overview", {}, ["24 h"]), ("alerts", {}, ["24 h"]), ("sites", {}, list(SPANS)), ("site/s1", {}, ["24 h", "7 d"]),
     ("port/tcp-syn/7950", {}, list(SPANS)), ("source/0.0.0.1", {}, list(SPANS)), ("sources", {}, ["24 h", "7 d"])]
    + [("series", {"scanners": s}, list(SPANS)) for s in SCANNERS]
    + [("ports", {"scanners": s}, list(SPANS)) for s in SCANNERS]
    + [(f"filtered/top/{subject}", {"scanners": s}, list(SPANS))
       for subject in ("ports", "countries", "networks", "sites", "sources") for s in SCANNERS]
    + [(f"filtered/stack/{subject}", {"scanners": s}, list(SPANS))
       for subject in ("ports", "countries", "networks", "sites") for s in ("all", "without")]
    + [("filtered/stack/ports", {"measure": "sources"}, list(SPANS)),
       ("filtered/series", {"previous": "yes"}, list(SPANS)), ("filtered/series", {"scanners": "without"}, list(SPANS)),
       ("filtered/top/ports", {"q": "proto = tcp and port < 10000"}, list(SPANS)),
       ("filtered/series", {"q": "port in (7950, 15869)"}, list(SPANS)), ("filtered/series", {"q": "country = BA"}, list(SPANS)),
       ("filtered/top/sites", {"q": "port = 7950"}, list(SPANS)), ("filtered/top/ports", {"q": "site = s7"}, list(SPANS)),
       ("filtered/top/countries", {"q": "site = s7"}, ["24 h"]), ("filtered/top/networks", {"q": "site = s7"}, ["24 h"]),
       ("filtered/groups", {"by": "port"}, list(SPANS)), ("filtered/groups", {"by": "proto,class"}, list(SPANS)),
       ("filtered/groups", {"by": "country"}, list(SPANS)), ("filtered/groups", {"by": "site"}, list(SPANS)),
       ("filtered/groups", {"by": "country,site"}, ["24 h"]), ("filtered/groups", {"by": "port,site"}, ["24 h"])]
)


class Asked:
    """What was measured of one question, in milliseconds."""

    def __init__(self, path, parameters, span):
        self.path, self.parameters, self.span = path, parameters, span
        self.cold, self.warm, self.size, self.problem = None, [], 0, ""

    @property
    def text(self):
        words = " ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.path} {words}".strip()

    @property
    def median(self):
        return sorted(self.warm)[len(self.warm) // 2] if self.warm else None

    @property
    def late(self):
        """The 95th of a hundred."""
        return sorted(self.warm)[max(0, -(-len(self.warm) * 95 // 100) - 1)] if self.warm else None

    @property
    def is_missed(self):
        return not self.warm or self.median >= LIMIT


def ask(port, target):
    """Milliseconds until all of an answer is here, its status and its content."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    start = time.perf_counter()
    connection.request("GET", target)
    response = connection.getresponse()
    content = response.read()
    took = (time.perf_counter() - start) * 1_000
    connection.close()
    return took, response.status, content


def measure(port, runs, begin, words=""):
    """Each question in each of its spans.

    begin: called before the first ask of each, so that it can be from disk.
    words: only questions that hold this text.
    """
    results = []
    for path, parameters, spans in QUESTIONS:
        for span in spans:
            found = Asked(path, parameters, span)
            if words not in found.text:
                continue
            query = dict(parameters) if path in ("overview", "alerts") else {"from": SPANS[span], **parameters}
            target = f"/api/v1/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
            begin()
            for run in range(runs + 1):
                took, status, content = ask(port, target)
                if status != 200:
                    found.problem = json.loads(content).get("detail", content.decode(errors="replace"))[:200]
                    found.cold = took
                    break
                if run == 0:
                    found.cold = took
                else:
                    found.warm.append(took)
                found.size = len(content)
                # What takes this long is not asked many times.
                if took > 5_000 and run >= 1:
                    break
            results.append(found)
            shown = f"{found.median:.0f} ms" if found.warm else found.problem
            print(f"{found.text}, {span}: {shown}", flush=True)
    return results


def unasked(port):
    """Paths of the API that no question asks."""
    document = json.loads(ask(port, "/api/v1/openapi.json")[2])
    asked = [path.split("/") for path, _, _ in QUESTIONS]

    def is_asked(template):
        parts = template.removeprefix("/api/v1/").split("/")
        return any(len(parts) == len(path) and all(a == b or a.startswith("{") for a, b in zip(parts, path)) for path in asked)
    return [path for path, methods in document["paths"].items()
            if "get" in methods and path.startswith("/api/v1/") and not is_asked(path)]
