-- What is the traffic made of: probes, answers to forged senders, the rest?
-- Columns: day (UTC); class; is_backscatter; packets; share of the day's packets.
-- Variables: since, until.
-- Cost: a second for a month of 20 sites.
\ir defaults.psql
SELECT (start AT TIME ZONE 'UTC')::date AS day, class, is_backscatter, sum(packets) AS packets,
    round(sum(packets) / sum(sum(packets)) OVER (PARTITION BY start), 4) AS share
FROM api.port_traffic
WHERE span = 86400 AND start >= :'since' AND start < :'until'
GROUP BY start, class, is_backscatter
ORDER BY start, packets DESC;
