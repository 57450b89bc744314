"""Scans and attacks of thirty days at twenty sites, against a plain loop over the packets of the captures."""
from support import events
from support.month import SITES, SPANS, plans
from test_events import SCAN_SILENCE, compare, found_events


def test_scans_and_attacks_of_a_month_are_found(month):
    assert month.database.value("SELECT sum(left_out) FROM api.telescope") == 0
    # Of no telescope of the month is the silence that ends a scan shorter than six hours.
    assert month.database.rows("SELECT DISTINCT scan_timeout_seconds * 1000 FROM api.telescope") == [(SCAN_SILENCE,)]
    found = found_events(month.database)[None]
    # Of all sites together: what one of thirty addresses sees, records of five minutes tell too roughly.
    compare("all sites of a month", found, events.spans([
        (key, time, (site, to)) for site, files in month.files.items() for file in files
        for key, time, to in events.keys(file)], SCAN_SILENCE))
    # All that was planted is there, and where it was seen.
    by_address = {name[0][1]: row for name, row in found.items()}
    for index in range(len(SPANS)):
        for plan in plans(index):
            row = by_address[plan.address]
            assert set(row[5]) <= SITES.keys() and len(row[5]) > 10
