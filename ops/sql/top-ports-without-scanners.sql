-- Which ports are left at the top when labelled scanners of research are taken away?
-- Columns: class; service_port; packets; without_scanners; scanners_share, the part of its packets that labelled
--   scanners sent.
-- Variables: since, until, most.
-- Cost: a second for a day of 20 sites.
\ir defaults.psql
SELECT a.class, a.service_port, a.packets, coalesce(w.packets, 0) AS without_scanners,
    round(1 - coalesce(w.packets, 0) / a.packets, 4) AS scanners_share
FROM (
    SELECT class, service_port, sum(packets) AS packets FROM api.port_traffic_by(:'since', :'until', 'all')
    WHERE service_port >= 0 GROUP BY class, service_port
) a LEFT JOIN (
    SELECT class, service_port, sum(packets) AS packets FROM api.port_traffic_by(:'since', :'until', 'without')
    WHERE service_port >= 0 GROUP BY class, service_port
) w USING (class, service_port)
ORDER BY without_scanners DESC, packets DESC, class, service_port
LIMIT :most;
