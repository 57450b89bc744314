-- What did a block send, day by day?
-- Columns: day; sources (exact); packets; sites; sources by tool; coverage; state. NULL: not measured, or not summed
--   yet; 0: nothing came.
-- Variables: block (at most /8, IPv6 /16), first_day, end_day.
-- Cost: half a second for a /8 and a month of 20 sites.
\ir defaults.psql
SELECT day, sources, packets, syn_packets, most_services, sites, zmap_sources, masscan_sources, mirai_sources,
    round(coverage::numeric, 4) AS coverage, state
FROM api.block_history(:'block', :'first_day', :'end_day');
