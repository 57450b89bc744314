"""Run by the Python of support.notices.validator_python(): reads {"format", "documents"} and prints a list of problems for
each document. Every judgement here is that of a package which others keep."""
import csv
import importlib.resources
import io
import json
import logging
import pathlib
import sys


def stix(text):
    """OASIS's schemas and rules, what it only advises included, and the ids that OASIS's library makes of observables."""
    import stix2
    from stix2validator import ValidationOptions, validate_instance
    # Not asked: random ids, because ours are made from names on purpose; destination ports, which are dark in backscatter;
    # and names of protocols, for which it asks IANA over the network.
    options = ValidationOptions(version="2.1", strict=True, disabled="uuid-check,network-traffic-ports,protocols")
    document = json.loads(text)
    found = []
    result = validate_instance(document, options)
    found += [str(error) for error in result.errors] + [str(warning) for warning in getattr(result, "warnings", [])]
    bundle = stix2.parse(text, allow_custom=False)
    for thing in bundle.objects:
        if thing["type"] in ("ipv4-addr", "ipv6-addr", "network-traffic"):
            again = type(thing)(**{key: value for key, value in thing.items() if key != "id"})
            if again.id != thing.id:
                found.append(f"{thing.id} should be {again.id}")
    return found


def xarf(text):
    import xarf as library
    result = library.parse(text)
    found = [f"{error.field}: {error.message}" for error in result.errors]
    found += [f"{warning.field}: {warning.message}" for warning in result.warnings]
    return found if result.report or found else ["no report"]


def intelmq(text):
    from intelmq.lib.message import Event
    harmonization = json.loads((importlib.resources.files("intelmq") / "etc" / "harmonization.conf").read_text())
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        event = Event(harmonization=harmonization)
        for key, value in json.loads(line).items():
            try:
                # Without sanitation: values have to be right as they are.
                event.add(key, value, sanitize=False)
            except Exception as error:
                found.append(f"line {number}, {key}: {error}")
    return found


# Columns that IntelMQ's parser needs, and some that it takes, as Shadowserver's schema for IntelMQ has them for this report.
DARKNET = {
    "required_fields": [["time.source", "timestamp", "add_UTC_to_timestamp"], ["source.ip", "src_ip", "validate_ip"],
                        ["source.port", "src_port", "convert_int"]],
    "optional_fields": [["classification.identifier", "tag", "validate_to_none"],
                        ["malware.name", "infection", "validate_to_none"],
                        ["protocol.transport", "protocol"], ["source.asn", "src_asn", "invalidate_zero"],
                        ["source.geolocation.cc", "src_geo"], ["destination.ip", "dst_ip", "validate_ip"],
                        ["destination.port", "dst_port", "convert_int"], ["extra.", "public_source", "validate_to_none"],
                        ["extra.", "event_id", "validate_to_none"], ["extra.", "count", "convert_int"]],
    "constant_fields": {"classification.taxonomy": "other", "classification.type": "other"},
}


def shadowserver(document):
    """IntelMQ's parser of Shadowserver's reports over the file: its rows as events, and what it says against them."""
    name, text = document
    import intelmq.bots.parsers.shadowserver._config as config
    from intelmq.bots.parsers.shadowserver.parser import ShadowserverParserBot
    from intelmq.lib.message import Report
    harmonization = json.loads((importlib.resources.files("intelmq") / "etc" / "harmonization.conf").read_text())
    getattr(config, "__config").filename_mapping["event4_honeypot_darknet"] = ("Honeypot-Darknet", DARKNET)

    class Parser(ShadowserverParserBot):
        """The parser without the pipeline that bots are started in."""
        logger = logging.getLogger("parser")

        def __init__(self):
            self._mode = "detect"

    Parser.harmonization = harmonization
    parser, said = Parser(), io.StringIO()
    parser.logger.handlers = [logging.StreamHandler(said)]
    report = Report(harmonization=harmonization)
    report.add("raw", text)
    report.add("extra.file_name", name)
    events = []
    for row in parser.parse(report):
        if None in row or None in row.values():
            said.write(f"a row of another length: {row}")
        events += [event.to_dict() for event in parser.parse_line(row, report)]
    return {"problems": [line for line in said.getvalue().splitlines() if line], "events": events,
            "columns": next(csv.reader(io.StringIO(text), dialect="unix"))}


def cef(text):
    import pycef
    return pycef.parse(text)


def ours(text):
    from jsonschema import Draft202012Validator, FormatChecker
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(text))]


request = json.load(sys.stdin)
if "schema" in request:
    SCHEMA = json.loads(pathlib.Path(request["schema"]).read_text())
check = {"stix": stix, "xarf": xarf, "intelmq": intelmq, "shadowserver": shadowserver, "json": ours, "cef": cef}[request["format"]]
answers = [check(document) for document in request["documents"]]
json.dump(answers, sys.stdout)
