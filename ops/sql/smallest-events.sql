-- How small a scan or an attack could each site have seen, and all together?
-- Columns: site (empty: all together); hours; addresses; smallest_scan and smallest_attack, packets a second over all
--   of the IPv4 Internet, at the best hour.
-- Variables: since, until.
-- Cost: milliseconds.
\ir defaults.psql
SELECT site, count(*) AS hours, max(addresses) AS addresses, round(min(smallest_scan)::numeric, 1) AS smallest_scan,
    round(min(smallest_attack)::numeric, 1) AS smallest_attack
FROM api.telescope
WHERE start >= :'since' AND start < :'until'
GROUP BY site
ORDER BY addresses DESC, site NULLS FIRST;
