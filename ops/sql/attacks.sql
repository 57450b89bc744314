-- Who was attacked with forged senders, how hard, and at which ports?
-- Columns: victim; protocol; ports; first_seen; last_seen; packets; rate_pps and peak_pps, answers a second over all
--   of the IPv4 Internet; meets_moore; sites.
-- Variables: since, until, most.
-- Cost: milliseconds: events are stored when they are found.
\ir defaults.psql
SELECT victim, protocol, ports, first_seen, last_seen, packets, round(rate_pps::numeric, 1) AS rate_pps,
    round(peak_pps::numeric, 1) AS peak_pps, meets_moore, cardinality(sites) AS sites
FROM api.attack_event
WHERE site IS NULL AND last_seen >= :'since' AND first_seen < :'until'
ORDER BY packets DESC, victim, protocol
LIMIT :most;
