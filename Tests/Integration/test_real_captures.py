"""Every capture beside the package through the real sensor, transport and database: from SQL alone, each sum follows
from the oracle with libpcap's overrides applied."""
import collections
import re
import shutil

import pytest

from support import captures
from support.captures import Oracle
from support.database import Database
from support.programs import check
from support.telescope import Telescope

NAMES = captures.names()
if not NAMES:
    pytest.skip(f"there are no captures in {captures.FOLDER}", allow_module_level=True)

pytestmark = pytest.mark.long

# sysexits.h: EX_DATAERR, for a capture that breaks off.
DAMAGED = 65
CLASSES = {"tcp-syn": "syn", "tcp-synack": "synack", "tcp-rst": "rst", "tcp-other": "other"}
MALFORMED = "ip4_short + ip4_badversion + ip4_badihl + ip4_optcut + ip4_badlen + ip6_short + ip6_badversion"


def sensor_name(name):
    return f"c{NAMES.index(name):02}"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """One database with every capture as the import of a sensor of its own, and what each sensor said."""
    database = Database()
    telescope = Telescope(tmp_path_factory.mktemp("captures"), database)
    try:
        telescope.start_collector()
        telescope.add_site("real")
        said = {}
        for name in NAMES:
            oracle = Oracle(name)
            sensor = telescope.add_sensor("real", sensor_name(name))
            said[name] = sensor.read(oracle.path, code=DAMAGED if oracle.is_damaged else 0)
        yield telescope, said
    finally:
        telescope.close()
        database.drop()


def rows(imported, name, sql):
    return imported[0].database.rows(sql, sensor_name(name))


def counts(imported, name, sql):
    return {str(key): int(packets) for key, packets in rows(imported, name, sql)}


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_is_in_its_bin(imported, name):
    oracle = Oracle(name)
    received, aggregated, filtered, non_ip, malformed = rows(imported, name, f"""
        SELECT coalesce(sum(received), 0), coalesce(sum(aggregated), 0), coalesce(sum(filtered), 0),
            coalesce(sum(non_ip), 0), coalesce(sum({MALFORMED}), 0) FROM api.account WHERE sensor = %s""")[0]
    assert received == oracle["packets_total"]
    assert aggregated == oracle["ipv4.packets"] + oracle["ipv6.packets"]
    assert filtered == 0
    assert non_ip == oracle["non_ip_packets"]
    assert malformed == oracle["malformed_ip_packets"]


@pytest.mark.parametrize("name", NAMES)
def test_sums_by_family_are_the_oracles(imported, name):
    oracle = Oracle(name)
    found = {family: values for family, *values in rows(imported, name, """
        SELECT family, sum(packets), sum(bytes), count(DISTINCT source) FROM api.flow WHERE sensor = %s GROUP BY 1""")}
    for family, key in ((4, "ipv4"), (6, "ipv6")):
        expected = [oracle[f"{key}.{what}"] for what in ("packets", "ip_bytes", "distinct_src")]
        assert found.get(family, [0, 0, 0]) == expected
        assert counts(imported, name, f"""
            SELECT protocol, sum(packets) FROM api.flow WHERE sensor = %s AND family = {family} GROUP BY 1
            """) == oracle.counts(f"{key}.by_protocol")


@pytest.mark.parametrize("name", NAMES)
def test_classes_are_the_oracles(imported, name):
    oracle = Oracle(name)
    for family, key in ((4, "ipv4"), (6, "ipv6")):
        tcp = collections.Counter()
        for kind, packets in rows(imported, name, f"""
                SELECT class, sum(packets) FROM api.flow
                WHERE sensor = %s AND family = {family} AND protocol = 6 GROUP BY 1"""):
            tcp[CLASSES.get(kind, "flags_unknown")] += int(packets)
        assert tcp == oracle.counts(f"{key}.tcp_classes")
        assert counts(imported, name, f"""
            SELECT (service_port / 256) || '/' || (service_port %% 256), sum(packets) FROM api.flow
            WHERE sensor = %s AND family = {family} AND class LIKE 'icmp-%%' GROUP BY 1
            """) == oracle.counts(f"{key}.icmp_type_code")


@pytest.mark.parametrize("name", NAMES)
def test_minutes_are_the_oracles(imported, name):
    oracle = Oracle(name)
    late = int(rows(imported, name, "SELECT coalesce(sum(late), 0) FROM api.account WHERE sensor = %s")[0][0])
    found = {int(start): int(packets) for start, packets in rows(imported, name, """
        SELECT extract(epoch FROM window_start), sum(packets) FROM api.flow WHERE sensor = %s GROUP BY 1""")}
    expected = oracle.minutes()
    # A packet that comes after its window was closed is counted in the oldest open one, and said to be late.
    difference = sum(abs(found.get(m, 0) - expected.get(m, 0)) for m in {*found, *expected})
    assert difference <= 2 * late
    assert late <= oracle["ts_backwards"]


@pytest.mark.parametrize("name", NAMES)
def test_every_source_protocol_and_service_port_has_its_sum(imported, name):
    oracle = Oracle(name)
    packets = [facts for facts in map(captures.dissect, captures.read(oracle.path)) if not isinstance(facts, str)]
    # Our own dissection is worth something only as far as it agrees with the oracle's tuples.
    tuples, expected = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0])
    for facts in packets:
        for table, key in (
            (tuples, (facts.source, facts.destination, facts.protocol, facts.dport)),
            (expected, (facts.source, facts.protocol, facts.kind, facts.port)),
        ):
            table[key][0] += 1
            table[key][1] += facts.bytes
    assert {key: tuple(sums) for key, sums in tuples.items()} == oracle.tuples()
    found = {(source, protocol, kind, port): [int(count), int(size)] for source, protocol, kind, port, count, size in rows(
        imported, name, """
        SELECT host(source), protocol, class, service_port, sum(packets), sum(bytes) FROM api.flow WHERE sensor = %s
        GROUP BY 1, 2, 3, 4""")}
    assert found == expected


@pytest.mark.parametrize("name", [name for name in NAMES if Oracle(name).is_damaged])
def test_a_damaged_file_says_where_it_broke(imported, name):
    """And what came before is in SQL: the tests above check it for damaged files too."""
    said = imported[1][name]
    lines = [line for line in said.splitlines() if name in line and re.search(r"breaks off", line)]
    assert lines, said
    if Oracle(name)["packets_total"]:
        assert re.search(r"at byte \d+", lines[-1]), lines


def test_accounts_and_flows_agree_in_every_window(imported):
    imported[0].assert_conserved()
    assert imported[0].lost() == (0, 0)


def test_a_file_read_again_is_recognised(imported):
    """By the sensor that read it, also when its spool was lost."""
    telescope, _ = imported
    name = "stopddos_dns_rrsig_fragmented.pcap"
    before = telescope.packets()
    folder = telescope.folder / f"real-{sensor_name(name)}"
    for lose_spool in (False, True):
        if lose_spool:
            shutil.rmtree(folder / "state" / "spool")
        check("darkscope-sensor", "run", "--config", folder / "sensor.toml", "--read", Oracle(name).path)
        assert telescope.packets() == before
