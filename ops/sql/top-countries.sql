-- Which countries do the sources of probes belong to?
-- Columns: country (empty: not known); packets; share of all packets of probes; sources, distinct over hours and
--   sites with the extension hll, else at least those of the greatest hour of a site; sites.
-- Variables: since, until, most.
-- Cost: a second for a week of 20 sites.
\ir defaults.psql
SELECT country, sum(packets) AS packets, round(sum(packets) / sum(sum(packets)) OVER (), 4) AS share,
    greatest(max(sources), :united) AS sources, count(DISTINCT site) AS sites
FROM api.country_traffic
WHERE start >= :'since' AND start < :'until' AND NOT is_backscatter
GROUP BY country
ORDER BY packets DESC, country
LIMIT :most;
