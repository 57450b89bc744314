"""What a collector tells Prometheus, against the metrics and labels that the rules of ops/prometheus use."""
import pathlib
import re
import urllib.error
import urllib.request

from support.telescope import free_port, generate
from support.waiting import until
from test_prometheus import listed, promtool

ROOT = pathlib.Path(__file__).parents[2]
# Those that have no value before a batch was refused, and before a live window came.
LATER = {"darkscope_batches_rejected_total", "darkscope_sensor_lag_seconds"}


def test_the_collector_knows_every_metric_that_rules_use():
    """A metric that is renamed would silence its rules."""
    sources = "\n".join(path.read_text() for path in (ROOT / "Collector").rglob("*.swift"))
    assert LATER < listed("collector")
    assert listed("collector") <= set(re.findall(r'"(darkscope_[a-z0-9_]+)"', sources))


def test_the_collector_tells_them_with_the_labels_that_rules_use(telescope, folder):
    port = free_port()
    telescope.configure({"console": {"access": "open", "listen": f"127.0.0.1:{port}"}})
    telescope.start_collector()
    telescope.add_site("th-1", "198.18.0.0/24")
    files = generate(folder, 2_000, {"th-1": "198.18.0.0/24"})["th-1"][0]
    telescope.add_sensor("th-1", "edge").read(files)

    def text():
        try:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
        except urllib.error.URLError:
            return None
        return answer if 'darkscope_batches_committed_total{sensor="' in answer \
            and "darkscope_sensor_last_commit_timestamp_seconds{" in answer else None

    answer = until(text, 60, "metrics of a sensor's batches")
    promtool("check", "metrics", input=answer)
    told = set(re.findall(r"^# TYPE (\w+) ", answer, re.M))
    assert listed("collector") - LATER <= told
    for line in (
            r'darkscope_sensor_last_commit_timestamp_seconds\{sensor="th-1/edge"\} \d+', r"darkscope_ready 1",
            r'darkscope_batches_committed_total\{sensor="th-1/edge"\} [1-9]', r'darkscope_sensors\{state="silent"\} 0',
            r'darkscope_outbox_messages\{state="dead"\} 0', r'darkscope_ingest_delay_seconds_bucket\{le="60"\} \d+',
            r'darkscope_db_commit_seconds_bucket\{le="5"\} [1-9]'):
        assert re.search(rf"^{line}", answer, re.M), line
