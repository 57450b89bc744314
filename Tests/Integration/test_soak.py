"""Simulated hours in seconds: nothing is lost, and nothing grows. ops/soak does the same with a day of a /16's load."""
import pytest

from support import soak


@pytest.mark.long
def test_hours_need_no_more_at_their_end_than_in_their_middle(telescope, folder):
    telescope.start_collector()
    telescope.add_site("soak", soak.BLOCK)
    # So small that the sensor waits for the collector: what is needed does not depend on how far it is ahead.
    sensor = telescope.add_sensor("soak", "edge", capture={"memory": "48MiB"}, spool={"maximum_size": "4MiB"})
    watch, expected = soak.stream(telescope, sensor, folder, hours=2, per_second=150, sources=50_000, tick=0.05)
    soak.assert_all_is_stored(telescope, expected)
    print(watch.figures())
    watch.assert_flat(0.1)
