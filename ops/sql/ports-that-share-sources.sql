-- Which other ports do the sources of a port ask for?
-- Columns: class; service_port; shared, sources that asked for both; share of the port's own sources.
-- Variables: class, port, since, until, most. Flows are read.
-- Cost: half a second for each million flows.
\ir defaults.psql
WITH pair AS (
    SELECT DISTINCT source, class, service_port FROM api.flow
    WHERE window_start >= :'since' AND window_start < :'until' AND NOT is_backscatter
), own AS (
    SELECT source FROM pair WHERE class = :'class' AND service_port = :port
)
SELECT class, service_port, count(*) AS shared, round(count(*)::numeric / (SELECT count(*) FROM own), 4) AS share
FROM pair JOIN own USING (source)
WHERE (class, service_port) <> (:'class', :port)
GROUP BY class, service_port
ORDER BY shared DESC, class, service_port
LIMIT :most;
