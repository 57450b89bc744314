"""ops/bench/trends in little: every question is answered and in time."""
import os
import subprocess

from support.programs import ROOT, environment, folder as programs
from support.requirements import need


def test_the_questions_about_all_sites_are_answered_in_time():
    server = os.environ.get("DARKSCOPE_TEST_POSTGRES")
    need(server, "DARKSCOPE_TEST_POSTGRES is not set")
    done = subprocess.run(
        [str(ROOT / "ops" / "bench" / "trends"), "--small", "--sites", "4", "--days", "6", "--flow-days", "2",
         "--packets", "2000", "--ingest-runs", "0", "--postgres", server, "--programs", str(programs()), "--output", "-"],
        capture_output=True, text=True, timeout=300, env=environment())
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rows = {cells[1].strip(): [cell.strip() for cell in cells[2:]] for cells in
            (line.split("|") for line in done.stdout.splitlines()) if len(cells) == 10}
    assert [name for name, cells in rows.items() if cells[0].startswith("<")] == [
        "top 20 ports by sources, 30 days", "one address of the last day, all days", "sources at 3 sites and more, last day",
        "the overview"]
    for name, cells in rows.items():
        assert cells[-3] != "0", name
