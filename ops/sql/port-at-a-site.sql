-- How did a port develop at one site, by ten minutes?
-- Columns: time in the zone; packets; packets_per_address_day; coverage; state.
-- Variables: class, port, site, since, until, zone.
-- Cost: a tenth of a second for a day.
\ir defaults.psql
SELECT time AT TIME ZONE :'zone' AS time, packets, round(packets_per_address_day::numeric, 3) AS packets_per_address_day,
    round(coverage::numeric, 4) AS coverage, state
FROM api.series(:'since', :'until', '10 minutes', :'zone', :'class', :port, ARRAY[:'site'], with_sources => false)
ORDER BY time;
