-- Which site saw a port first, and how much later did the others?
-- Columns: site; first_seen; lag behind the first site; within, how exact both are; observing_since; started_later,
--   whether the site did not observe yet; coverage_of_lag, the observed share of the hours in between; packets and
--   sources of the first hour.
-- Variables: class, port, first_day, end_day.
-- Cost: 20 ms for a month of 20 sites.
\ir defaults.psql
SELECT site, first_seen, lag, within, observing_since, started_later, round(coverage_of_lag::numeric, 3) AS coverage_of_lag,
    packets, sources
FROM api.first_seen(:'class', :port, :'first_day', :'end_day');
