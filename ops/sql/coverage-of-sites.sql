-- How completely was each site measured, and how much does a dark address there get?
-- Columns: site; days that have rows; coverage, the observed share of its dark space; packets;
--   packets_per_address_day; incomplete_days, those in which not everything was observed.
-- Variables: since, until.
-- Cost: milliseconds: one row of rollups for each site and day.
\ir defaults.psql
SELECT site, count(DISTINCT start) AS days,
    round((sum(observed_address_seconds) / nullif(sum(expected_address_seconds), 0))::numeric, 4) AS coverage,
    sum(packets) AS packets,
    round((sum(ipv4_packets) * 86400 / nullif(sum(observed_address_seconds), 0)::numeric)::numeric, 2)
        AS packets_per_address_day,
    count(*) FILTER (WHERE state NOT IN ('complete', 'quiet')) AS incomplete_days
FROM api.coverage
WHERE span = 86400 AND start >= :'since' AND start < :'until'
GROUP BY site
ORDER BY site;
