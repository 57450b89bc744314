-- How do ZMap, Masscan and Mirai's scanner spread?
-- Columns: day; tool; sources with at least 3 SYNs of which 90 % match; packets of those sources; sites_seen; their
--   share of all sources and packets of the day.
-- Variables: first_day, end_day.
-- Cost: a second for each day of 400,000 sources.
\ir defaults.psql
SELECT day, tool, sources, packets, sites_seen, round(share_of_sources::numeric, 4) AS share_of_sources,
    round(share_of_packets::numeric, 4) AS share_of_packets
FROM api.tool_spread(:'first_day', :'end_day');
