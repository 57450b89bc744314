"""Asks a console whatever its OpenAPI document allows, and what it does not: fuzz_api.py URL EXAMPLES SECONDS.

Runs under the Python that has Schemathesis (ops/console/tools). Prints {"operations": {name: questions}, "failures": [text]}.
The same examples come in every run.
"""
import json
import sys
import time

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

# A stream has no end, and what a program tells of itself takes no questions.
LEFT_OUT = ("/api/v1/events",)
# Bytes of an address that a console reads.
LONGEST = 8_192
LIMITS = dict(deadline=None, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def reason(error):
    """What a check found, or each of a group of checks."""
    return "; ".join(str(each).replace("\n", " ")[:300] for each in getattr(error, "exceptions", [error]))


def ask(operation, mode, examples, deadline, failures):
    """Asks up to so many questions; how many it were."""
    count = 0

    @settings(max_examples=examples, **LIMITS)
    @given(case=operation.as_strategy(generation_mode=mode))
    def fuzz(case):
        nonlocal count
        if time.monotonic() > deadline:
            return
        count += 1
        response = case.call(timeout=20)
        status = response.status_code
        if status >= 500 and not (status == 503 and "retry-after" in response.headers):
            failures.append(f"{case.method} {response.request.url}: {status} {response.text[:300]}")
        # What is longer than an address may be can be refused before it is read.
        elif status != 503 and len(response.request.url) <= LONGEST:
            try:
                case.operation.validate_response(response)
            except (Exception, BaseExceptionGroup) as error:
                failures.append(f"{case.method} {response.request.url}: {status} {response.text[:100]!r}: {reason(error)}")

    fuzz()
    return count


def main(url, examples, seconds):
    deadline, failures, asked = time.monotonic() + float(seconds), [], {}
    schema = schemathesis.openapi.from_url(url)
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in LEFT_OUT:
            continue
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            if mode is GenerationMode.NEGATIVE and not (operation.query or operation.path_parameters or operation.body):
                continue
            asked[f"{operation.method.upper()} {operation.path} {mode.value}"] = ask(
                operation, mode, int(examples), deadline, failures)
    json.dump({"operations": asked, "failures": failures[:20]}, sys.stdout)


main(*sys.argv[1:])
