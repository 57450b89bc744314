"""Invented notices, what notice-dump makes of them, and validators that are not ours, in an environment of their own."""
import base64
import dataclasses
import hashlib
import ipaddress
import json
import os
import pathlib
import random
import shutil
import subprocess
import uuid

from .programs import ROOT, path
from .requirements import need

HERE = pathlib.Path(__file__).parent
FORMATS = ("text", "shadowserver", "intelmq", "xarf", "stix", "json", "cef")
SCAN, ATTACK = (1, 5, 7), (2, 3, 6, 8, 9)
DAY = 86_400_000
NOW = 1_793_500_000_000

# What a name or a note may hold when somebody wants it to hurt. The registry refuses control characters; whatever makes
# notices must not rely on it.
HOSTILE = [
    "=HYPERLINK(\"http://evil.example\",\"x\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "＝1+1",
    "a\r\nBcc: victim@example.org\r\n\r\nbody", "a\nb", "{{contact}}{{#items}}{{/items}}", "{{{x}}}", "{{!", "}}",
    "<script>alert(1)</script>", "\u202egpj.exe", "\u2066x\u2069", "\u2028y\u2029z", "x\u0000y\u001b[31mz\u007f\u0085",
    "😀" * 200,
    "👩‍👩‍👧‍👦" * 60, 'q"q', "b\\", "\\\\|=", "|pipe|", "a=b c=d", "'; DROP TABLE x; --", "%n%s", "ａ，ｂ", "", " ", "\ufeffbom",
    "e\u0301" * 150, "ภาษาไทย", "日本語、「引用」", "x" * 1000, "</json>\"}]}", "\ud7ff\ue000", "- ", "\U000e0041\U000e007f",
]


@dataclasses.dataclass
class Evidence:
    traffic: int
    protocol: int
    service: int
    packets: int
    first: int
    last: int
    source: int
    ttl: int = 51
    length: int = 40
    flags: int = 2
    reporter: str | None = None

    @property
    def source_port(self):
        """Where packets came from; None without ports."""
        if self.traffic in (1, 5):
            return self.source or None
        return self.service if self.traffic in (2, 3, 6) else None

    @property
    def destination_port(self):
        """None when it is not told."""
        return self.service if self.traffic in (1, 5) else None

    @property
    def transport(self):
        return {1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp"}[self.protocol]


@dataclasses.dataclass
class Item:
    alert: int
    address: str
    prefix: str
    kind: str = "external"
    finding: str = "infection"
    news: str = "opened"
    severity: str = "high"
    confidence: str = "medium"
    reasons: tuple = ("2 sites",)
    state: str = "open"
    episode: int = 1
    first: int = NOW - 3_600_000
    last: int = NOW - 60_000
    packets: int = 1234
    new: int = 1234
    sites: int = 2
    dark: int = 57
    tool: str | None = None
    late: bool = False
    asn: int | None = 64500
    as_name: str | None = "EXAMPLE-AS"
    country: str | None = "JP"
    evidence: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Notice:
    key: str
    reason: str = "first"
    made: int = NOW
    code: str = "example-city"
    name: str = "Example City"
    country: str | None = "JP"
    language: str = "en"
    tlp: str = "amber"
    zone: str = "Asia/Tokyo"
    reporter: tuple = ("Darkscope of Example CERT", "cert@example.org", "example.org")
    items: list = dataclasses.field(default_factory=list)
    templates: dict = dataclasses.field(default_factory=dict)

    @property
    def is_test(self):
        return self.reason == "test"


def evidence_of(kind, finding, family, place):
    """One that can be: of a scan or of an attack, with ports or without."""
    r = random.Random(f"{kind} {finding} {family} {place}")
    first = NOW - r.randrange(60_000, DAY)
    last = first + r.randrange(0, 60_000)
    traffic = r.choice(ATTACK if kind == "backscatter" else SCAN if finding != "misconfiguration" else (5,))
    protocol = {1: 6, 2: 6, 3: 6, 5: 17, 6: 17}.get(traffic, 1 if family == 4 else 58)
    service = 8 << 8 if traffic == 7 else 3 << 8 | 1
    if protocol in (6, 17):
        service = r.choice((23, 2323, 445, 22, 53, 123, 8080, 40000))
    reporter = r.choice(("203.0.113.250", None)) if traffic == 9 and family == 4 else None
    return Evidence(
        traffic, protocol, service, r.randrange(1, 10**6), first, last,
        0 if protocol not in (6, 17) else service if kind == "backscatter" else r.randrange(1024, 65536), reporter=reporter)


def item_of(number, r):
    """An alert as it may be told, the family, kind and news by chance."""
    family = r.choice((4, 4, 4, 6))
    kind = r.choice(("internal", "external", "external", "backscatter"))
    finding = "attack" if kind == "backscatter" else r.choice(("infection", "infection", "misconfiguration"))
    news = r.choice(("opened", "reopened", "changed", "grew", "closed"))
    if family == 4:
        address, prefix = f"192.0.2.{r.randrange(1, 255)}", "192.0.2.0/24"
    else:
        address, prefix = str(ipaddress.IPv6Address(0x20010DB8 << 96 | r.getrandbits(64))), "2001:db8::/32"
    packets = r.randrange(10, 10**7)
    return Item(
        number, address, prefix, kind, finding, news, severity=r.choice(("low", "medium", "high")),
        confidence=r.choice(("low", "medium", "high")),
        reasons=tuple(r.sample(("2 sites", "TTL consistent", "mirai"), r.randrange(4))),
        state="closed" if news == "closed" else "open", episode=r.randrange(1, 4), packets=packets, new=r.randrange(0, packets),
        sites=r.randrange(1, 6), dark=r.randrange(1, 4000), tool=r.choice((None, "mirai", "masscan", "zmap")),
        late=r.random() < 0.2, asn=r.choice((None, 64500)), country=r.choice((None, "JP")),
        evidence=[] if news == "closed" else [
            evidence_of(kind, finding, family, number * 100 + place) for place in range(r.randrange(1, 5))])


def invented(seed, count=None, **more):
    """A notice of invented alerts, the same for the same seed."""
    r = random.Random(seed)
    items = [item_of(number + 1, r) for number in range(r.randrange(1, 12) if count is None else count)]
    return Notice(
        str(uuid.UUID(int=r.getrandbits(128), version=4)), **{
            "reason": r.choice(("first", "digest")), "language": r.choice(("en", "ja", "id", "th")),
            "tlp": r.choice(("clear", "green", "amber", "amber+strict", "red")), "items": items, **more})


def hostile(seed):
    """An invented notice whose texts all hurt."""
    r = random.Random(seed)
    notice = invented(seed, code=r.choice(HOSTILE), name=r.choice(HOSTILE), country=r.choice((None, "=1", "jp")),
                      language=r.choice(("en", "ja", "id", "..", "{{")), tlp=r.choice(HOSTILE),
                      reporter=(r.choice(HOSTILE), r.choice(HOSTILE), r.choice(HOSTILE)))
    for item in notice.items:
        item.reasons = tuple(r.choice(HOSTILE) for _ in range(r.randrange(30)))
        item.tool, item.as_name = r.choice(HOSTILE), r.choice(HOSTILE)
        item.asn, item.country = r.choice((-1, 0, 2**40, None)), r.choice(HOSTILE)
        item.first, item.last = r.choice((-2**63, 0, 2**63 - 1, NOW)), r.choice((-2**63, 0, 2**63 - 1, NOW))
        item.packets = item.new = item.dark = r.choice((-2**63, 0, 2**63 - 1))
        item.sites, item.episode = r.choice((-1, 0, 2**40)), r.choice((-1, 2**40))
        for entry in item.evidence:
            entry.packets = r.choice((-1, 0, 2**63 - 1))
            entry.first, entry.last = r.choice((-2**63, 0, 2**63 - 1)), r.choice((-2**63, 0, 2**63 - 1))
    return notice


def _hex(text):
    return "-" if text is None else text.encode("utf-8", "surrogatepass").hex()


def _lines(notice):
    yield ["notice", _hex(notice.key), notice.reason, notice.made, _hex(notice.code), _hex(notice.name), _hex(notice.country),
           _hex(notice.language), _hex(notice.tlp), _hex(notice.zone)]
    yield ["reporter", *map(_hex, notice.reporter)]
    for language, text in notice.templates.items():
        yield ["template", language, _hex(text)]
    for i in notice.items:
        yield ["item", i.alert, i.news, i.address, i.kind, i.finding, i.severity, i.confidence,
               ",".join(map(_hex, i.reasons)) if i.reasons else "-", i.state, i.episode, i.first, i.last, i.packets, i.new,
               i.sites, i.dark, _hex(i.tool), int(i.late), i.prefix, "-" if i.asn is None else i.asn, _hex(i.as_name),
               _hex(i.country)]
        for e in i.evidence:
            yield ["evidence", e.traffic, e.protocol, e.service, e.packets, e.first, e.last, e.source, e.ttl, e.length, e.flags,
                   e.reporter or "-"]
    yield ["end"]


def dump(form, notices):
    """For each notice the list of what notice-dump says: tuples of bytes; an error line as a tuple of one."""
    text = "".join(" ".join(map(str, line)) + "\n" for notice in notices for line in _lines(notice))
    done = subprocess.run([path("notice-dump"), form], input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    found, current = [], []
    for line in done.stdout.splitlines():
        if line == "end":
            found.append(current)
            current = []
        elif line.startswith("error "):
            current.append((line,))
        else:
            current.append(tuple(bytes.fromhex(part) for part in line.split(" ")))
    assert len(found) == len(notices)
    return found


def one(form, notices):
    """For each notice its one document in UTF-8."""
    result = []
    for documents in dump(form, notices):
        (_, _, content), = documents
        result.append(content.decode())
    return result


def validator_python():
    """Python with the validators: an environment below .build that is made once for each list of them.

    Without a network it cannot be made: skipped on a developer's machine, failed in CI."""
    wanted = HERE / "validators.txt"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]
    home = ROOT / ".build" / f"validators-{digest}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        making = home.with_name(f"{home.name}.{os.getpid()}")
        log = ""
        install = [making / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", wanted]
        for command in (["/usr/bin/python3", "-m", "venv", making], install):
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
            log += done.stderr
            if done.returncode:
                shutil.rmtree(making, ignore_errors=True)
                need(False, f"needs the packages of {wanted.name} from PyPI: {log[-500:]}")
        (making / "complete").touch()
        try:
            making.rename(home)
        except OSError:
            shutil.rmtree(making, ignore_errors=True)
    return str(python)


def problems(form, documents, **more):
    """What the validator of a format that is not ours has against documents (texts or pairs of name and text): lists, one
    for each."""
    request = json.dumps({"format": form, "documents": documents, **more})
    done = subprocess.run(
        [validator_python(), str(HERE / "validate_notices.py")], input=request, capture_output=True, text=True,
        timeout=300,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "INTELMQ_ROOT_DIR": "/nonexistent"})
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def decoded(payload):
    return base64.b64decode(payload, validate=True).decode()
