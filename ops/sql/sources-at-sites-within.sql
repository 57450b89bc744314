-- Which sources reached several sites within a short time: who comes to all of us at once?
-- Columns: source; sites; packets; first_seen, last_seen, to the millisecond.
-- Variables: at, within, least_sites, most.
-- Cost: reads the flows of that time: about a second for two million records. For whole days: sources-at-many-sites.sql.
\ir defaults.psql
SELECT source, count(DISTINCT site) AS sites, sum(packets) AS packets, min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM api.flow
WHERE window_start >= :'at' AND window_start < :'at'::timestamptz + :'within'::interval
GROUP BY source
HAVING count(DISTINCT site) >= :least_sites
ORDER BY sites DESC, packets DESC, source
LIMIT :most;
