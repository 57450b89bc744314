-- Which sources reached several sites in a day: who scans the Internet, and not us?
-- Columns: source; sites; packets; services, the most at one sensor; hours between its first and last packet.
-- Variables: day, least_sites, most.
-- Cost: a second for a day of a million sources.
\ir defaults.psql
SELECT source, count(DISTINCT site) AS sites, sum(packets) AS packets, max(services) AS services,
    round(extract(epoch FROM max(last_seen) - min(first_seen)) / 3600, 2) AS hours
FROM api.source_day
WHERE day = :'day' AND source IS NOT NULL
GROUP BY source
HAVING count(DISTINCT site) >= :least_sites
ORDER BY sites DESC, packets DESC, source
LIMIT :most;
