-- How much came in each day, in the days of a time zone?
-- Columns: day in that zone; packets (NULL: nobody measured, 0: quiet); packets_per_address_day, which is what to
--   compare; coverage; state.
-- Variables: since, until, zone.
-- Cost: a tenth of a second for a month of 20 sites.
\ir defaults.psql
SELECT (time AT TIME ZONE :'zone')::date AS day, packets, round(packets_per_address_day::numeric, 2)
    AS packets_per_address_day, round(coverage::numeric, 4) AS coverage, state
FROM api.series(:'since', :'until', 'day', :'zone', with_sources => false)
ORDER BY time;
