"""Origins through the programs: `darkscope origins` and what SQL then says of addresses."""
import pytest

from support import mmdb
from support.command_line import DATA, FAILURE, NO_INPUT, USAGE


def load(operator, *files, name="own", date="2026-01-31", more=()):
    return operator.check("origins", "import", *files, "--name", name, "--date", date, *more)


def origin(operator, address):
    return operator.database.row("SELECT country, asn, as_name FROM api.origin(%s)", address)


def write(folder, name, text):
    (folder / name).write_text(text)
    return folder / name


def test_files_of_several_forms_make_one_version(operator, folder):
    geoip = write(folder, "geoip", "# countries\n167772160,167837695,TH\n2001:db8::,2001:db8:ffff::,ID\n")
    networks = write(folder, "pfx2as", "10.0.0.0\t16\t64496_64497\n10.0.8.0\t24\t64498\n")
    own = write(folder, "own.csv", 'prefix,country,asn,name\n10.0.8.128/25,JP,AS64499,"Own, Ltd"\n')
    load(operator, geoip, networks, own)
    assert origin(operator, "10.0.0.1") == ("TH", 64496, None)
    assert origin(operator, "10.0.8.1") == ("TH", 64498, None)
    assert origin(operator, "10.0.8.200") == ("JP", 64499, "Own, Ltd")
    assert origin(operator, "2001:db8::1") == ("ID", None, None)
    assert origin(operator, "10.1.0.0") == (None, None, None)
    listed = operator.json("origins", "list")["versions"]
    assert [(v["version"], v["name"], v["data_date"], v["rows"], v["active"]) for v in listed] == [
        (1, "own", "2026-01-31", 5, True)]


@pytest.mark.parametrize("version", [4, 6])
def test_mmdb_files_of_each_maker_are_read(operator, folder, version):
    country = {"country": {"iso_code": "TH", "names": {"en": "Thailand"}}, "continent": {"code": "AS"}}
    rows = [("10.0.0.0/8", country), ("11.0.0.0/9", country)]
    if version == 6:
        rows.append(("2001:db8::/32", {"country": {"iso_code": "UK"}}))
    mmdb.write(folder / "country.mmdb", rows, version)
    mmdb.write(folder / "asn.mmdb", [
        ("10.0.0.0/16", {"autonomous_system_number": 64496, "autonomous_system_organization": "Example"}),
        ("10.128.0.0/9", {"autonomous_system_number": 4200000000})], version)
    # IPinfo has flat texts; the country's name is no code.
    mmdb.write(folder / "ipinfo.mmdb", [
        ("192.0.2.0/24", {"country": "Japan", "country_code": "JP", "asn": "AS64500", "as_name": "Flat"})], version)
    load(operator, folder / "country.mmdb", folder / "asn.mmdb", folder / "ipinfo.mmdb")
    assert origin(operator, "10.0.255.255") == ("TH", 64496, "Example")
    assert origin(operator, "10.1.0.0") == ("TH", None, None)
    assert origin(operator, "10.255.0.0") == ("TH", 4200000000, None)
    assert origin(operator, "11.127.0.0") == ("TH", None, None)
    assert origin(operator, "11.128.0.0") == (None, None, None)
    assert origin(operator, "192.0.2.1") == ("JP", 64500, "Flat")
    if version == 6:
        assert origin(operator, "2001:db8::1") == ("GB", None, None)
        assert origin(operator, "::ffff:10.0.0.1") == (None, None, None)


def test_versions_can_be_changed_and_are_forgotten(operator, folder):
    for country in ("TH", "JP"):
        load(operator, write(folder, country, f"10.0.0.0/8,{country}\n"), name=country)
    assert origin(operator, "10.0.0.1")[0] == "JP"
    assert "Version 1 is used" in operator.check("origins", "use", "1")
    assert origin(operator, "10.0.0.1")[0] == "TH"
    load(operator, folder / "JP", name="kept", more=["--keep"])
    assert origin(operator, "10.0.0.1")[0] == "TH"
    assert "There are: 1, 2, 3" in operator.refused(FAILURE, "origins", "use", "9")


def test_what_is_wrong_with_a_file_is_said_and_nothing_imported(operator, folder):
    good = write(folder, "good", "10.0.0.0/8,TH\n")

    def refused(text, code=DATA):
        bad = write(folder, "bad", text)
        return operator.refused(code, "origins", "import", good, bad, "--name", "x", "--date", "2026-01-31").replace(
            str(bad), "bad")

    assert refused("10.0.0.0/8,TH\n10.0.0.0/33,TH\n") == (
        'darkscope: bad:2: "10.0.0.0/33" is no block such as 192.0.2.0/24. Nothing was imported\n')
    assert "Name it with --format" in refused("what is this\n")
    assert "overlap" in refused("10.0.0.0,10.0.0.9,TH\n10.0.0.5,10.0.0.20,TH\n")
    assert "it is empty" in refused("")
    mmdb.write(folder / "whole.mmdb", [("10.0.0.0/8", {"country": {"iso_code": "TH"}})])
    whole = (folder / "whole.mmdb").read_bytes()
    (folder / "cut.mmdb").write_bytes(whole[400:])
    operator.refused(DATA, "origins", "import", folder / "cut.mmdb", "--name", "x", "--date", "2026-01-31")
    mmdb.write(folder / "city.mmdb", [("10.0.0.0/8", {"city": "Bangkok"})])
    assert "no countries" in operator.refused(
        DATA, "origins", "import", folder / "city.mmdb", "--name", "x", "--date", "2026-01-31")
    operator.refused(NO_INPUT, "origins", "import", folder / "none", "--name", "x", "--date", "2026-01-31")
    for words in (["--name", "x"], ["--name", "x", "--date", "2026-02-30"], ["--name", "x", "--date", "now"],
                  ["--name", "x", "--date", "2026-01-31", "--format", "xml"]):
        assert operator.run("origins", "import", good, *words).returncode == USAGE
    assert operator.json("origins", "list") == {"versions": []}
    assert operator.database.value("SELECT count(*) FROM enrichment.version") == 0
