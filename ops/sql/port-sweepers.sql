-- Which sources tried the most ports in a day?
-- Columns: source; site; services, pairs of class and port; services_precision; packets; tool.
-- Variables: day, most.
-- Cost: a second for a day of a million sources.
\ir defaults.psql
SELECT source, site, services, services_precision, packets, tool
FROM api.source_day
WHERE day = :'day' AND source IS NOT NULL
ORDER BY services DESC, packets DESC, source
LIMIT :most;
