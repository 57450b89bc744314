-- What did the programme do in a year, month by month: its yearly report?
-- Columns: month, empty for the whole year; organisations, proven_blocks and ipv4_addresses at its end; opened, of them by
--   kind (internal, external, backscatter) and finding (infections, misconfigurations, attacks); closed; open_at_end; told;
--   notices; delivered and dead messages; minutes_to_notify and hours_to_clean, medians.
-- Variables: year, zone.
-- Cost: reads the history of all alerts: about six to ten seconds for 300,000 episodes.
\ir defaults.psql
SELECT month, organisations, proven_blocks, ipv4_addresses, opened, internal, external, backscatter, infections,
    misconfigurations, attacks, false_positives, closed, open_at_end, told, notices, delivered, dead,
    round((median_seconds_to_notify / 60)::numeric, 1) AS minutes_to_notify,
    round((median_seconds_to_clean / 3600)::numeric, 1) AS hours_to_clean
FROM api.programme_year(:year, :'zone');
