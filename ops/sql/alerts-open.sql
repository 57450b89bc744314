-- Which alerts are open, the worst first?
-- Columns: alert; organisation; address; kind; finding; severity; confidence; state; sites; dark_addresses; packets;
--   first_seen and last_seen of the episode; told_at, NULL when nothing was told; proof of the block.
-- Variables: organisation (code; empty for all), most.
-- Cost: milliseconds for thousands of open alerts.
\ir defaults.psql
SELECT id AS alert, organisation, address, kind, finding, severity, confidence, state, cardinality(sites) AS sites,
    dark_addresses, episode_packets AS packets, episode_first_seen AS first_seen, last_seen, told_at, proof
FROM api.alert
WHERE state IN ('open', 'ongoing', 'quiet') AND NOT is_false_positive AND :'organisation' IN ('', organisation)
ORDER BY array_position('{high,medium,low}', severity), array_position('{high,medium,low}', confidence), last_seen DESC, id
LIMIT :most;
