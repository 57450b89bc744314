"""Research scanners through the programs: lists are imported, and traffic is told with, without and of them only."""
import collections
import json

from support import captures
from support.command_line import DATA, FAILURE
from support.telescope import generate
from support.waiting import until

CODE, PREFIX = "th-scan", "198.18.0.0/22"


def test_lists_are_imported_replaced_and_ended(operator, folder):
    nict, misp, text = folder / "nict.json", folder / "misp.json", folder / "list.txt"
    nict.write_text("\n".join(json.dumps(row) for row in [
        {"ip": "192.0.2.1", "scanner": "Example", "last_seen": "2025-12-31"}, {"ip": "2001:db8::1", "scanner": "ตัวอย่าง"}]))
    misp.write_text(json.dumps({"name": "Known", "list": ["198.51.100.0/24"], "type": "cidr"}))
    text.write_text("# own\n203.0.113.7 ours\n")
    for file, name in ((nict, "nict"), (misp, "misp"), (text, "own")):
        assert "is used from now on" in operator.check(
            "scanners", "import", file, "--name", name, "--date", "2026-01-31")
    assert operator.database.rows(
        "SELECT block::text, organisation, list, list_date::text, until::text FROM api.scanner ORDER BY 1") == [
            ("192.0.2.1/32", "Example", "nict", "2026-01-31", "2025-12-31"),
            ("198.51.100.0/24", "Known", "misp", "2026-01-31", None),
            ("2001:db8::1/128", "ตัวอย่าง", "nict", "2026-01-31", None),
            ("203.0.113.7/32", None, "own", "2026-01-31", None)]
    assert [operator.database.value("SELECT api.scanner_label(%s)", address) for address in (
        "192.0.2.1", "198.51.100.99", "203.0.113.7", "203.0.113.8")] == ["Example", "Known", "own", None]
    listed = operator.json("scanners", "list")["lists"]
    assert [(v["name"], v["rows"], v["active"]) for v in listed] == [
        ("nict", 2, True), ("misp", 1, True), ("own", 1, True)]
    operator.check("scanners", "end", "own")
    assert "There are: nict, misp" in operator.refused(FAILURE, "scanners", "end", "own")
    text.write_text("203.0.113.7\nexample.org\n")
    assert f'{text}:2: "example.org" is no address and no block. Nothing was imported' in operator.refused(
        DATA, "scanners", "import", text, "--name", "own", "--date", "2026-01-31")
    assert operator.database.value("SELECT count(*) FROM api.scanner WHERE list = 'own'") == 0


def test_traffic_with_without_and_of_scanners_equals_the_capture(telescope, folder):
    truth = generate(folder, 30_000, {CODE: PREFIX}, span=600)
    telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}})
    telescope.start_collector()
    telescope.add_site(CODE, PREFIX)
    telescope.add_sensor(CODE, "edge").read(truth[CODE][0])
    facts = [captures.dissect(packet) for packet in captures.read(truth[CODE][0])]
    packets = [fact for fact in facts if not isinstance(fact, str)]
    # Every fifth of the sources, the greatest first, in the manner of NICT.
    sources = [source for source, _ in collections.Counter(p.source for p in packets).most_common()]
    chosen = set(sources[::5])
    (folder / "list.json").write_text(json.dumps(
        [{"ip": address, "scanner": "S", "last_seen": "2026-01-01"} for address in chosen]))
    database = telescope.database

    def told(choice):
        return {row[0]: (int(row[1]), int(row[2])) for row in database.rows("""
            SELECT class, sum(packets), sum(bytes) FROM api.port_traffic_by('-infinity', 'infinity', %s) GROUP BY 1""",
            choice)}

    def expected(belongs):
        found = collections.defaultdict(lambda: [0, 0])
        for packet in packets:
            if belongs(packet.source):
                found[packet.kind][0] += 1
                found[packet.kind][1] += packet.bytes
        return {kind: tuple(sums) for kind, sums in found.items()}

    everything = expected(lambda source: True)
    until(lambda: told("all") == everything, 60, "rollups")
    assert told("only") == {} and told("without") == everything
    telescope.darkscope("scanners", "import", folder / "list.json", "--name", "nict", "--date", "2026-01-31")
    of_them = expected(lambda source: source in chosen)
    until(lambda: told("only") == of_them, 60, lambda: f"labels: {told('only')} for {of_them}")
    assert told("without") == expected(lambda source: source not in chosen)
    assert told("all") == everything
    # Ports that few sources name are exact.
    few = {port for port, count in collections.Counter(
        port for port, _ in {(p.port, p.source) for p in packets if p.kind == "tcp-syn"}).items() if count < 200}
    counted = {(port, choice): sources for choice in ("only", "without") for port, sources in database.rows("""
        SELECT service_port, sum(sources) FROM api.port_traffic_by('-infinity', 'infinity', %s) WHERE class = 'tcp-syn'
        AND service_port >= 0 GROUP BY start, service_port HAVING count(*) = 1""", choice) if port in few}
    if len({packet.time // 3_600_000_000_000 for packet in packets}) == 1:
        for (port, choice), number in counted.items():
            assert number == len({p.source for p in packets if p.kind == "tcp-syn" and p.port == port
                                  and (p.source in chosen) == (choice == "only")}), (port, choice)
    telescope.darkscope("scanners", "end", "nict")
    until(lambda: told("only") == {}, 60, "no labels")
    assert told("without") == everything
