-- Which ports rise now, against the same hour of the last 7 and 28 days?
-- Columns: hour; class; service_port; score (beyond 6 chance is unlikely); packets_per_address_day now, usual in 7
--   and 28 days; sources now and usual; sites; hours_28, of how many hours usual is.
-- Variables: at (default: the newest hour that is over for 15 minutes), most.
-- Cost: half a second for 20 sites.
\ir defaults.psql
SELECT hour, class, service_port, round(score::numeric, 1) AS score,
    round(packets_per_address_day::numeric, 3) AS packets_per_address_day, round(usual_7::numeric, 3) AS usual_7,
    round(usual_28::numeric, 3) AS usual_28, sources, sources_precision, usual_sources_7, usual_sources_28, sites, hours_28
FROM api.rising_ports(:'at', :most);
