-- Who asks for a port?
-- Columns: source; packets; sites; destinations, distinct dark addresses, the most in a window; zmap, masscan, mirai,
--   packets that match each header test; first_seen; last_seen.
-- Variables: class, port, since, until, most. Flows are read: ask for hours, not for months, and while flows are
--   kept.
-- Cost: a fifth of a second for each million flows.
\ir defaults.psql
SELECT source, sum(packets) AS packets, count(DISTINCT site) AS sites, max(destinations) AS destinations,
    sum(zmap) AS zmap, sum(masscan) AS masscan, sum(mirai) AS mirai, min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM api.flow
WHERE window_start >= :'since' AND window_start < :'until' AND class = :'class' AND service_port = :port
GROUP BY source
ORDER BY packets DESC, source
LIMIT :most;
