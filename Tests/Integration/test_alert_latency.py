"""A notice is delivered within ten seconds of the end of the window that it is about, under load: ops/bench/alerts in short."""
import pytest

from support.latency import measure, table, total
from support.organisations import Receivers


@pytest.fixture
def receivers(folder):
    made = Receivers(folder)
    yield made
    made.stop()


@pytest.mark.alone
def test_a_notice_is_there_ten_seconds_after_the_window(telescope, folder, receivers):
    samples, rate = measure(telescope, folder, receivers, hosts=24, seconds=12, rate=10_000, packets=100_000, minutes=3)
    for name, half, most, worst in table(samples):
        print(f"{name}: p50 {half:.2f} s, p99 {most:.2f} s, at most {worst:.2f} s ({rate:,.0f} records a second)")
    assert {sample.channel for sample in samples} == {"mail", "webhook"}
    assert max(map(total, samples)) <= 10
