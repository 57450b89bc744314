-- Which ports rose of late, and what explains it?
-- Columns: start; until; class; service_port; metric (packets or sources); score; times_usual; explanation by sites,
--   countries, signatures and tools.
-- Variables: since, until, most.
-- Cost: milliseconds: surges are stored when they are found.
\ir defaults.psql
SELECT start, until, class, service_port, metric, round(score::numeric, 1) AS score, times_usual, explanation
FROM api.surge
WHERE start >= :'since' AND start < :'until'
ORDER BY score DESC, start
LIMIT :most;
