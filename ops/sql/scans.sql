-- Which scans went over the Internet, all sites taken as one telescope?
-- Columns: source; scanner, its label; class; service_port; first_seen; last_seen; packets; destinations, dark
--   addresses (estimate); rate_pps, packets a second over all of the IPv4 Internet, with rate_low and rate_high;
--   sites.
-- Variables: since, until, most.
-- Cost: milliseconds: events are stored when they are found.
\ir defaults.psql
SELECT source, api.scanner_label(source, first_seen) AS scanner, class, service_port, first_seen, last_seen, packets,
    destinations, round(rate_pps::numeric, 1) AS rate_pps, round(rate_low::numeric, 1) AS rate_low,
    round(rate_high::numeric, 1) AS rate_high, cardinality(sites) AS sites
FROM api.scan_event
WHERE site IS NULL AND last_seen >= :'since' AND first_seen < :'until'
ORDER BY packets DESC, source, class, service_port
LIMIT :most;
