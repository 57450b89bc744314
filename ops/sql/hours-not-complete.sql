-- Which hours of which sensor are not complete, and why?
-- Columns: start; site; sensor; state (missing, partial, late); observed_seconds; windows of which parts have not
--   arrived; windows with the link down; dropped frames; gaps.
-- Variables: since, until, most.
-- Cost: milliseconds for a day, a second for a year of 100 sensors.
\ir defaults.psql
SELECT start, site, sensor, state, round(observed_seconds) AS observed_seconds, incomplete_windows, link_down_windows,
    dropped, gaps
FROM api.coverage
WHERE span = 3600 AND start >= :'since' AND start < :'until' AND state NOT IN ('complete', 'quiet')
ORDER BY start DESC, site, sensor
LIMIT :most;
