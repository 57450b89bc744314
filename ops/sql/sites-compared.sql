-- How do the sites compare in a day: share of all packets, rate, and how much was observed?
-- Columns: site; packets; share; dark IPv4 addresses on average; packets_per_address_day; coverage; state.
-- Variables: day.
-- Cost: milliseconds.
\ir defaults.psql
SELECT site, sum(packets) AS packets, round(sum(packets) / nullif(sum(sum(packets)) OVER (), 0), 4) AS share,
    round((sum(expected_address_seconds) / 86400)::numeric, 1) AS addresses,
    round((sum(ipv4_packets)::float8 * 86400 / nullif(sum(observed_address_seconds), 0))::numeric, 2)
        AS packets_per_address_day,
    round((sum(observed_address_seconds) / nullif(sum(expected_address_seconds), 0))::numeric, 4) AS coverage,
    string_agg(DISTINCT state, ', ') AS state
FROM api.coverage
WHERE span = 86400 AND start = :'day'::timestamp AT TIME ZONE 'UTC'
GROUP BY site
ORDER BY packets DESC, site;
