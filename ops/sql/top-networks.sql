-- Which networks (autonomous systems) do the sources of probes belong to?
-- Columns: asn (empty: not known; -1: those without a row of their own); as_name; packets; share of all packets of
--   probes; sources as in top-countries.sql; sites.
-- Variables: since, until, most.
-- Cost: a second for a week of 20 sites.
\ir defaults.psql
SELECT asn, as_name, sum(packets) AS packets, round(sum(packets) / sum(sum(packets)) OVER (), 4) AS share,
    greatest(max(sources), :united) AS sources, count(DISTINCT site) AS sites
FROM api.as_traffic
WHERE start >= :'since' AND start < :'until' AND NOT is_backscatter
GROUP BY asn, as_name
ORDER BY packets DESC, asn
LIMIT :most;
