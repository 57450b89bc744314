"""What organisations are sent, as programs that are not ours read it, and with every text made to hurt."""
import csv
import datetime
import io
import ipaddress
import json
import re
import unicodedata

import pytest

from support.notices import (
    DAY, HOSTILE, NOW, Evidence, Item, Notice, decoded, dump, hostile, invented, one, problems)
from support.programs import ROOT

SCHEMA = str(ROOT / "ops/schemas/notice-1.schema.json")
KEY = "0c0ffee0-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def notices():
    """As they come: of alerts of every kind, finding, news and family."""
    made = [invented(seed) for seed in range(12)] + [invented(seed, reason="test") for seed in (50, 51)]
    items = [item for notice in made for item in notice.items]
    assert {(item.kind, item.finding, item.news == "closed") for item in items} == {
        (kind, finding, closed) for closed in (False, True) for kind, finding in (
            ("internal", "infection"), ("external", "infection"), ("internal", "misconfiguration"),
            ("external", "misconfiguration"), ("backscatter", "attack"))}
    assert {entry.traffic for item in items for entry in item.evidence} == {1, 2, 3, 5, 6, 7, 8, 9}
    return made


@pytest.fixture(scope="module")
def hurting():
    return [hostile(seed) for seed in range(24)]


def outbreak(count, **more):
    """One block full of hosts that scan alike."""
    first = int(ipaddress.IPv4Address("198.18.0.0"))
    return Notice(KEY, items=[
        Item(number, str(ipaddress.IPv4Address(first + number)), "198.18.0.0/15", tool="mirai", evidence=[
            Evidence(1, 6, 23, 700, NOW - 60_000, NOW, 1024 + number)]) for number in range(1, count + 1)], **more)


# Each format as its own readers take it.

def test_stix_is_what_oasis_asks_for(notices, hurting):
    found = problems("stix", one("stix", notices[:8] + notices[-1:] + hurting[:6]))
    assert not any(found), found


def test_intelmq_takes_its_events_as_they_are(notices, hurting):
    found = problems("intelmq", one("intelmq", notices + hurting))
    assert not any(found), found


def test_xarf_is_what_its_schemas_ask_for(notices):
    reports = [
        content.decode() for documents in dump("xarf", notices) for name, _, content in documents if name.endswith(b"json")]
    found = problems("xarf", reports)
    assert reports and not any(found), found


def test_our_json_is_what_the_published_schema_says(notices, hurting):
    found = problems("json", one("json", notices + hurting), schema=SCHEMA)
    assert not any(found), found


def test_the_schema_refuses_what_is_not_ours():
    good = json.loads(one("json", [outbreak(1)])[0])
    wrong = []
    for change in ({"version": 2}, {"tlp": "white"}, {"made_at": "2026-01-01"}, {"alerts": [{}]}):
        wrong.append(json.dumps({**good, **change}))
    assert all(problems("json", wrong, schema=SCHEMA))


def test_intelmq_parses_the_csv_as_shadowserver_s(notices):
    """Its own parser of Shadowserver's reports finds the file by its name and reads every row."""
    documents = [[name.decode(), content.decode()] for ((name, _, content),) in dump("shadowserver", notices)]
    for notice, (name, _), answer in zip(notices, documents, problems("shadowserver", documents)):
        # Shadowserver's report-filename.md, third expression.
        assert re.match(r"^(\d{4}-\d{2}-\d{2})-([^-]+)-(.+)\.csv$", name)[2] == "event4_honeypot_darknet"
        assert not answer["problems"] and len(answer["columns"]) == 32
        wanted = [
            {"source.ip": item.address, "source.port": entry.source_port, "destination.port": entry.destination_port,
             "protocol.transport": entry.transport, "source.asn": item.asn, "source.geolocation.cc": item.country,
             "extra.count": entry.packets, "destination.ip": None,
             "malware.name": "mirai" if item.tool == "mirai" and item.finding == "infection" else None}
            for item in notice.items for entry in item.evidence]
        assert [{key: event.get(key) for key in wanted[0]} for event in answer["events"]] == wanted
        assert all(("test" in event["classification.identifier"].split(";")) == notice.is_test for event in answer["events"])


# What they say.

def test_our_json_tells_all_there_is(notices):
    def time(text):
        return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)

    for notice, text in zip(notices, one("json", notices)):
        told = json.loads(text)
        assert (told["key"], told["reason"], told["test"], time(told["made_at"]), told["tlp"]) == (
            notice.key, notice.reason, notice.is_test, notice.made, notice.tlp)
        assert told["organisation"] == {"code": notice.code, "name": notice.name, "country": notice.country}
        assert len(told["alerts"]) == len(notice.items)
        for alert, item in zip(told["alerts"], notice.items):
            assert (alert["alert"], alert["address"], alert["prefix"], alert["kind"], alert["finding"], alert["news"]) == (
                item.alert, item.address, item.prefix, item.kind, item.finding, item.news)
            assert (alert["severity"], alert["confidence"], alert["reasons"], alert["state"]) == (
                item.severity, item.confidence, list(item.reasons), item.state)
            assert (alert["episode"], alert["late"]) == (item.episode, item.late)
            assert alert["tool"] == (None if item.kind == "backscatter" else item.tool)
            assert (time(alert["first_seen"]), time(alert["last_seen"]), alert["packets"], alert["new_packets"]) == (
                item.first, item.last, item.packets, item.new)
            assert (alert["sites"], alert["dark_addresses"], alert["asn"], alert["as_name"], alert["country"]) == (
                item.sites, item.dark, item.asn, item.as_name, item.country)
            assert [
                (e["source_port"], e["destination_port"], e["packets"], time(e["first_seen"]), time(e["last_seen"]),
                 e["transport"], e["icmp_reporter"]) for e in alert["evidence"]
            ] == [(e.source_port, e.destination_port, e.packets, e.first, e.last, e.transport, e.reporter)
                  for e in item.evidence]


def test_intelmq_hears_of_infection_only_at_high_confidence_and_never_of_victims(notices):
    for notice, text in zip(notices, one("intelmq", notices)):
        events = [json.loads(line) for line in text.splitlines()]
        entries = [(item, entry) for item in notice.items for entry in item.evidence or [None]]
        assert len(events) == len(entries)
        for event, (item, entry) in zip(events, entries):
            wanted = ("test" if notice.is_test else "ddos" if item.finding == "attack" else item.finding
                      if item.finding == "misconfiguration" else "infected-system" if item.confidence == "high" else "scanner")
            assert event["classification.type"] == wanted and event["source.ip"] == item.address
            assert event.get("source.port") == (entry and entry.source_port)
            assert "destination.ip" not in event


def test_xarf_accuses_nobody_who_is_attacked_or_clean(notices):
    for notice, documents in zip(notices, dump("xarf", notices)):
        reports = [json.loads(content) for name, _, content in documents if name.endswith(b"json")]
        notes = [content.decode() for name, _, content in documents if not name.endswith(b"json")]
        accused = [item for item in notice.items if item.kind != "backscatter" and item.news != "closed"
                   and any(entry.traffic in (1, 5) for entry in item.evidence)]
        assert [report["source_identifier"] for report in reports] == [item.address for item in accused]
        for report, item in zip(reports, accused):
            # Shown with the times and ports that its holder finds the device by.
            log = list(csv.DictReader(io.StringIO(decoded(report["evidence"][0]["payload"]))))
            assert [int(row["packets"]) for row in log] == [entry.packets for entry in item.evidence]
            assert report["source_port"] == next(entry.source for entry in item.evidence if entry.traffic in (1, 5))
            assert ("darkscope:test" in report["tags"]) == notice.is_test
        left = [item.address for item in notice.items if item not in accused]
        assert len(notes) == bool(left) and all(address in notes[0] for address in left)


def test_stix_has_indicators_of_scanners_only(notices):
    for notice, text in zip(notices, one("stix", notices)):
        objects = json.loads(text)["objects"]
        patterns = {o["pattern"] for o in objects if o["type"] == "indicator"}
        scanners = {
            f"[ipv{ipaddress.ip_address(item.address).version}-addr:value = '{item.address}']" for item in notice.items
            if item.finding == "infection" and not notice.is_test}
        assert patterns == scanners
        observed = [o for o in objects if o["type"] == "observed-data"]
        assert [o["number_observed"] for o in observed] == [min(item.packets, 999_999_999) for item in notice.items]
        assert all(("test" in o["labels"]) == notice.is_test for o in objects if "labels" in o)
        assert all(o["valid_from"] < o["valid_until"] for o in objects if o["type"] == "indicator")


def test_stix_of_a_later_notice_updates_that_of_an_earlier():
    earlier, later = outbreak(2), outbreak(2)
    later.key, later.made, later.reason = KEY.replace("1", "2"), NOW + DAY, "digest"
    for item in later.items:
        item.news, item.packets, item.last = "grew", 5000, NOW + DAY - 1000
        item.evidence = []
    both = [{o["id"]: o for o in json.loads(text)["objects"]} for text in one("stix", [earlier, later])]
    again = [id for id, thing in both[0].items() if thing["type"] in ("observed-data", "indicator", "sighting")]
    assert len(again) == 6 and set(again) <= set(both[1])
    for id in again:
        assert both[0][id]["created"] == both[1][id]["created"] and both[0][id]["modified"] < both[1][id]["modified"]
    later.items[0].news = "closed"
    ended = [o for o in json.loads(one("stix", [later])[0])["objects"] if o["type"] == "indicator"]
    assert [o["valid_until"] > o["modified"] for o in ended] == [False, True]


def test_copies_of_a_notice_are_the_same_to_the_byte(notices):
    for form in ("shadowserver", "intelmq", "xarf", "stix", "json", "cef", "mail"):
        assert dump(form, notices) == dump(form, notices[:7]) + dump(form, notices[7:])


def test_names_of_files_of_a_day_differ(notices):
    for form in ("shadowserver", "intelmq", "xarf", "stix", "json"):
        names = [name.decode() for documents in dump(form, notices) for name, _, _ in documents]
        assert len(set(names)) == len(names) and all(re.fullmatch(r"[A-Za-z0-9._-]{1,150}", name) for name in names)


# CEF.

def cef(line):
    """Header and extension by the rules of the CEF implementation standard."""
    *header, extension = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)
    keys = list(re.finditer(r"(?:^| )([a-zA-Z0-9]+)=", extension))
    values = [extension[found.end():following.start() if following else None]
              for found, following in zip(keys, [*keys[1:], None])]
    return header, {found[1]: re.sub(r"\\(.)", r"\1", value) for found, value in zip(keys, values)}


def test_cef_has_shadowserver_s_keys_and_others_take_it(notices):
    lines = dump("cef", notices)
    others = problems("cef", [line.decode() for of in lines for (line,) in of])
    for notice, of in zip(notices, lines):
        for item, (line,) in zip(notice.items, of, strict=True):
            header, told = cef(line.decode())
            assert header[:4] == ["CEF:0", "Darkscope", "darkscope-collector", "1.2.3"]
            assert header[5].startswith("TEST: ") == notice.is_test
            top = item.evidence[0] if item.evidence else None
            wanted = {
                "src" if ":" not in item.address else "c6a2": item.address, "spt": top and top.source_port,
                "dpt": top and top.destination_port, "cn1": item.asn, "cs1": item.country, "cnt": item.new,
                "start": item.first, "end": item.last, "rt": notice.made, "externalId": item.alert, "cn3Label": "confidence",
                "cs6": "TLP:" + notice.tlp.upper(), "flexString1": notice.key}
            assert {key: told.get(key) for key in wanted} == {
                key: None if value is None else str(value) for key, value in wanted.items()}
            other = others.pop(0)
            assert (other["DeviceVendor"], other["DeviceEventClassID"], other["externalId"]) == (
                "Darkscope", header[4], told["externalId"])


def test_cef_escapes_what_it_is_made_of():
    notice = outbreak(1, name="a=b\\c|d\ne", reporter=("r", "c@example.org", "x|=\\y"))
    ((line,),), = dump("cef", [notice])
    assert b"flexString2=a\\=b\\\\c|d e" in line and b"dvchost=x|\\=\\\\y" in line and b"\n" not in line


# Mail.

def mail(*notices, form="mail"):
    return [tuple(part.decode() for part in found) for (found,) in dump(form, notices)]


@pytest.mark.parametrize("language, spoken, words", [
    ("en", "en", "Suspected infection"), ("ja", "ja", "感染の疑い"), ("id", "id", "Dugaan infeksi"),
    ("th", "en", "Suspected infection"), ("..", "en", "Suspected infection")])
def test_mail_speaks_the_recipient_s_language_or_english(language, spoken, words):
    (told, subject, body), = mail(outbreak(1, language=language))
    assert told == spoken and words in subject and words in body and "198.18.0.1" in subject
    for fact in ("198.18.0.1", "198.18.0.0/15", "2026-", "tcp/23", "700", "1025", "TLP:AMBER", "cert@example.org", "UTC", KEY):
        assert fact in body
    assert "{{" not in body


@pytest.mark.parametrize("language", ["en", "ja", "id"])
def test_mail_has_words_of_its_own_for_each_kind_of_trouble(language):
    """No two of them read the same, and a victim is never told to clean."""
    def body(**more):
        notice = outbreak(1, language=language)
        for name, value in more.items():
            setattr(notice.items[0], name, value)
        return mail(notice)[0][1:]

    told = [
        body(), body(kind="internal"), body(finding="misconfiguration"), body(kind="internal", finding="misconfiguration"),
        body(kind="backscatter", finding="attack"), body(news="closed", state="closed"), body(news="grew"),
        body(news="changed"), body(news="reopened"), body(finding="none", news="changed"), body(late=True)]
    assert len(set(told)) == len(told)
    advice = {"en": "change default passwords", "ja": "初期パスワード", "id": "kata sandi bawaan"}[language]
    assert [advice in body for _, body in told] == [True, True, False, False, False, False, True, True, True, False, True]


@pytest.mark.parametrize("form", ["shadowserver", "intelmq", "xarf", "stix", "json", "cef", "mail", "text"])
def test_a_test_says_so_in_every_format_and_nothing_else_does(form):
    def says(reason):
        document, = dump(form, [outbreak(1, reason=reason)])[0]
        return [re.search("test", part.decode(), re.IGNORECASE) is not None for part in document]

    assert any(says("test")) and (form == "json" or not any(says("first")))
    if form == "mail":
        assert says("test") == [False, True, True]
        for language, word in (("en", "[TEST]"), ("ja", "【テスト】"), ("id", "[UJI COBA]")):
            (_, subject, _), = mail(outbreak(1, reason="test", language=language))
            assert subject.startswith(word)


def test_mail_tells_twenty_at_length_and_leaves_none_out():
    (_, subject, attached), (_, _, alone) = *mail(outbreak(700)), *mail(outbreak(700), form="mail-alone")
    assert "700 alerts" in subject and "680 more: see the attachment" in attached
    assert len(re.findall(r"198\.18\.\d+\.\d+  SUSPECTED", attached)) == 20 and len(attached) < 20_000
    assert len(set(re.findall(r"198\.18\.\d+\.\d+", alone))) == 701  # and the block


def test_an_operator_s_template_replaces_ours_and_a_wrong_one_is_refused_with_its_line():
    notice = outbreak(2, templates={
        "en": "S {{count}}\n\n{{! note }}\nA {{organisation}}\n{{#items}}\n- {{address}}{{#tool}} {{tool}}{{/tool}}\n"
              "{{/items}}\n{{^test}}\nreal\n{{/test}}\n", "vi": "{{code}}\n\nxin chào\n"})
    assert mail(notice) == [("en", "S 2", "A Example City\n- 198.18.0.1 mirai\n- 198.18.0.2 mirai\nreal\n")]
    notice.language = "vi"
    assert mail(notice) == [("vi", "example-city", "xin chào\n")]
    wrong = {
        "": "line 1: a template is", "x": "line 1: a template is", "x\ny\nz": "line 1: a template is",
        "{{nmae}}\n\nx": "line 1: there is no", "x\n\ny\n{{nmae}}": "line 4: there is no",
        "x\n\n{{#items}}\n": "line 3: section items", "x\n\n\n{{/items}}": "line 4: the end",
        "x\n\n{{#items}}{{#test}}{{/items}}{{/test}}": "line 3: the end", "x\n\n{{address": "line 3: {{ has no",
        "x\n\n" + "{{#items}}" * 17: "line 3: sections are too deep", "x\n\n" + "y" * 300_000: "line 1: the template is longer"}
    for text, cause in wrong.items():
        (error,), found = dump("mail", [outbreak(1, templates={"en": text})])[0]
        assert error.startswith("error " + cause), (text[:50], error)
        assert found[0] == b"en"
    (error,), _ = dump("mail", [outbreak(1, templates={"EN": "x\n\ny"})])[0]
    assert "is no language" in error


def test_a_template_cannot_grow_without_bound():
    deep = "x\n\n" + "{{#items}}" * 5 + "y" * 1000 + "{{/items}}" * 5
    (_, _, body), = mail(outbreak(20, templates={"en": deep}))
    assert 4 << 20 <= len(body) <= (4 << 20) + 1000


# Texts that hurt.

FORMULA = tuple("=+-@\t\r＝＋－＠")


def plain(text):
    """Nothing in it acts on a reader but ends of lines."""
    return not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in "\n\u200c\u200d"]


@pytest.mark.parametrize("form", ["shadowserver", "intelmq", "xarf", "stix", "json", "cef", "mail", "text"])
def test_no_text_of_people_acts_on_a_reader(hurting, form):
    for documents in dump(form, hurting):
        for document in documents:
            assert all(plain(part.decode()) for part in document)


def test_no_text_of_people_is_a_formula_a_cell_or_a_row(hurting):
    for notice, text in zip(hurting, one("shadowserver", hurting)):
        rows = list(csv.reader(io.StringIO(text), dialect="unix", strict=True))
        assert len(rows) == 1 + sum(len(item.evidence) for item in notice.items) and {len(row) for row in rows} == {32}
        assert not [cell for row in rows for cell in row if cell.startswith(FORMULA)]
        assert text.count("\n") == len(rows)
    # And what the text says is still there.
    name = next(text for text in HOSTILE if text.startswith("=HYPERLINK"))
    notice = outbreak(1, reporter=(name, "c@example.org", "example.org"))
    row = list(csv.DictReader(io.StringIO(one("shadowserver", [notice])[0]), dialect="unix"))[0]
    assert row["public_source"] == "'" + name


def test_no_text_of_people_is_a_header_a_line_or_a_template(hurting):
    for language, subject, body in mail(*hurting):
        assert language in ("en", "ja", "id") and "\n" not in subject and len(subject) <= 200
        assert not re.search(r"^Bcc:", body, re.MULTILINE)
    for text in HOSTILE:
        if "{{" not in text:
            continue
        (_, _, body), = mail(outbreak(1, name=text))
        assert text in body
    for notice, lines in zip(hurting, dump("cef", hurting)):
        assert len(lines) == len(notice.items)
        assert all(len(line) <= 1792 and b"\n" not in line for (line,) in lines)
        assert all(cef(line.decode())[1]["externalId"] == str(item.alert) for item, (line,) in zip(notice.items, lines))
    for form in ("intelmq", "json", "stix"):
        for text in one(form, hurting):
            for line in text.splitlines():
                json.loads(line)


def test_what_is_harmless_is_told_as_it_is():
    for name in ("Ōsaka 大阪市（防災）", "ภาษาไทย", "👩‍👩‍👧‍👦", 'Q "& <Sons>', "O'Neill; 50 % = x|y\\z"):
        notice = outbreak(1, name=name)
        assert json.loads(one("json", [notice])[0])["organisation"]["name"] == name
        assert name in mail(notice)[0][2]
        ((line,),), = dump("cef", [notice])
        assert cef(line.decode())[1]["flexString2"] == name


def test_what_is_beyond_the_bounds_is_left_out():
    notice = outbreak(5001)
    notice.items[0].evidence = [Evidence(1, 6, 1000 + entry, 1, NOW, NOW, 5000) for entry in range(51)]
    (_, _, content), = dump("json", [notice])[0]
    alerts = json.loads(content)["alerts"]
    assert (len(alerts), len(alerts[0]["evidence"])) == (5000, 50)
    assert len(content) < 8 << 20
    for form, count in (("shadowserver", 5050), ("intelmq", 5049)):
        assert one(form, [notice])[0].count("\n") == count
