-- Who is under attack with forged senders: whose answers reach the dark space?
-- Columns: victim; classes of its answers; service_ports it answers from, or was asked for; packets; sites; minutes
--   with answers; first_seen; last_seen.
-- Variables: since, until, most. Flows are read.
-- Cost: a fifth of a second for each million flows.
\ir defaults.psql
SELECT coalesce(victim, source) AS victim, array_agg(DISTINCT class) AS classes,
    (array_agg(DISTINCT coalesce(victim_port, service_port)))[1:10] AS service_ports, sum(packets) AS packets,
    count(DISTINCT site) AS sites, count(DISTINCT window_start) AS minutes, min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM api.flow
WHERE window_start >= :'since' AND window_start < :'until' AND is_backscatter AND (victim IS NOT NULL OR class <> 'icmp-error')
GROUP BY 1
HAVING sum(packets) >= 25
ORDER BY packets DESC, victim
LIMIT :most;
