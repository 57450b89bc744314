-- Which sources sent most in a day?
-- Columns: source; packets; sites; services, the most at one sensor; tool at any of them; first_seen; last_seen.
-- Variables: day, most.
-- Cost: a second for a day of a million sources.
\ir defaults.psql
SELECT source, sum(packets) AS packets, count(DISTINCT site) AS sites, max(services) AS services, max(tool) AS tool,
    min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM api.source_day
WHERE day = :'day' AND source IS NOT NULL
GROUP BY source
ORDER BY packets DESC, source
LIMIT :most;
