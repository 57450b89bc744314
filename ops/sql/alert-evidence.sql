-- What does an alert rest on, day by day and service by service?
-- Columns: day (UTC); class; service_port; service, its usual name; packets; flows; sites; first_seen, last_seen;
--   source_ports of first packets, up to ten, for hosts behind a NAT; reporters of ICMP errors.
-- Variables: alert, most.
-- Cost: milliseconds: evidence is found by the alert. It is kept as long as flows are.
\ir defaults.psql
SELECT (window_start AT TIME ZONE 'UTC')::date AS day, class, service_port, api.port_name(class, service_port) AS service,
    sum(packets) AS packets, count(*) AS flows, count(DISTINCT site) AS sites, min(first_seen) AS first_seen,
    max(last_seen) AS last_seen, (array_agg(DISTINCT source_port))[:10] AS source_ports,
    count(DISTINCT reporter) AS reporters
FROM api.alert_evidence
WHERE alert = :alert
GROUP BY day, class, service_port
ORDER BY day DESC, packets DESC, class, service_port
LIMIT :most;
