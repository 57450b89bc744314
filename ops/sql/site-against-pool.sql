-- What does a site get that the others do not, and what is missing there?
-- Columns: finding (only here, more here, less here, missing here); class; service_port; packets; packets_at_most and
--   expected, from the rate of the other sites; chance that such a difference is one; rates here and there;
--   pool_sites that saw it, of pool_sites_observing. A port missing here that most sites see is likely filtered
--   upstream.
-- Variables: site, since, until, most.
-- Cost: half a second for a day of 20 sites, 3 s for a week.
\ir defaults.psql
SELECT finding, class, service_port, packets, packets_at_most, round(expected::numeric, 1) AS expected,
    to_char(chance, '9.9EEEE') AS chance, round(packets_per_address_day::numeric, 3) AS packets_per_address_day,
    round(pool_packets_per_address_day::numeric, 3) AS pool_packets_per_address_day, pool_sites, pool_sites_observing
FROM api.site_against_pool(:'site', :'since', :'until', :most);
