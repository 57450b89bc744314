-- How did a port develop, hour by hour?
-- Columns: hour in the zone; packets and distinct sources of all sites; sources_precision; packets_per_address_day;
--   coverage; state.
-- Variables: class, port, since, until, zone.
-- Cost: a seventh of a second for a month of 20 sites.
\ir defaults.psql
SELECT time AT TIME ZONE :'zone' AS hour, packets, sources, sources_precision,
    round(packets_per_address_day::numeric, 3) AS packets_per_address_day, round(coverage::numeric, 4) AS coverage, state
FROM api.series(:'since', :'until', 'hour', :'zone', :'class', :port)
ORDER BY time;
