-- What did an address do, day by day and site by site?
-- Columns: day; site; packets; services, pairs of class and port; first_seen; last_seen; tool that its headers show.
-- Variables: address (or a block), first_day, end_day.
-- Cost: milliseconds: found by an index. Days that are over only; ports-of-address.sql has today.
\ir defaults.psql
SELECT day, site, sensor, source, packets, services, services_precision, first_seen, last_seen, tool
FROM api.source_history(:'address', :'first_day', :'end_day')
ORDER BY day, source, site, sensor
LIMIT :most;
