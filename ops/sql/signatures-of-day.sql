-- Which software scans: which header signatures did a day have, and at how many sites?
-- Columns: signature_id; signature; packets; flows; sites; sources, distinct over the sites with the extension hll,
--   else at least those of the site with the most.
-- Variables: day, most.
-- Cost: milliseconds: at most 1,001 rows for each sensor.
\ir defaults.psql
SELECT signature_id, signature, sum(packets) AS packets, sum(flows) AS flows, count(DISTINCT site) AS sites,
    greatest(max(sources), :united) AS sources
FROM api.signature_day
WHERE day = :'day'
GROUP BY signature_id, signature
ORDER BY packets DESC, signature_id
LIMIT :most;
