-- How long does it take until an organisation is told, and until it is clean?
-- Columns: organisation; told: episodes with a first notice in the time; minutes_to_notify, the median from first packet
--   to first notice; cleaned: episodes closed in the time that had been told; hours_to_clean, the median from first notice
--   to last packet; slowest, the most hours.
-- Variables: since, until, most.
-- Cost: reads the history of all alerts: about 1.5 seconds for 300,000 episodes.
\ir defaults.psql
SELECT organisation,
    count(*) FILTER (WHERE first_told_at >= :'since' AND first_told_at < :'until') AS told,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds_to_notify)
        FILTER (WHERE first_told_at >= :'since' AND first_told_at < :'until') / 60)::numeric, 1) AS minutes_to_notify,
    count(seconds_to_clean) FILTER (WHERE closed_at >= :'since' AND closed_at < :'until') AS cleaned,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds_to_clean)
        FILTER (WHERE closed_at >= :'since' AND closed_at < :'until') / 3600)::numeric, 1) AS hours_to_clean,
    round((max(seconds_to_clean) FILTER (WHERE closed_at >= :'since' AND closed_at < :'until') / 3600)::numeric, 1) AS slowest
FROM api.alert_episode
WHERE first_told_at >= :'since' AND first_told_at < :'until' OR closed_at >= :'since' AND closed_at < :'until'
GROUP BY organisation
ORDER BY hours_to_clean DESC NULLS LAST, organisation
LIMIT :most;
