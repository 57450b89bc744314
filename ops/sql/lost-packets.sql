-- What was lost for good, and why?
-- Columns: site; sensor; reason; gaps; packets known to be lost; unknown, the gaps of which nobody knows how many;
--   first and last moment that they touch.
-- Variables: since, until.
-- Cost: milliseconds: one row for each gap.
\ir defaults.psql
SELECT site, sensor, reason, count(*) AS gaps, sum(packets) AS packets, count(*) FILTER (WHERE packets IS NULL) AS unknown,
    min(lost_from) AS first, max(lost_to) AS last
FROM api.gap
WHERE lost_to >= :'since' AND lost_from < :'until'
GROUP BY site, sensor, reason
ORDER BY packets DESC NULLS LAST, site, sensor;
