-- How do probes from a country develop, day by day?
-- Columns: day in the zone (only days of which something was measured); packets; packets_per_address_day; sources,
--   distinct over hours and sites with the extension hll, else at least those of the greatest hour of a site; sites.
-- Variables: country, since, until, zone (one whose days are made of whole hours in UTC).
-- Cost: a second for a month of 20 sites.
\ir defaults.psql
WITH space AS (
    SELECT date_trunc('day', start, :'zone') AS day, sum(observed_address_seconds) AS seconds
    FROM api.coverage
    WHERE span = 3600 AND start >= :'since' AND start < :'until' AND observed_seconds > 0
    GROUP BY 1
), traffic AS (
    SELECT date_trunc('day', start, :'zone') AS day, sum(packets) AS packets, greatest(max(sources), :united) AS sources,
        count(DISTINCT site) AS sites
    FROM api.country_traffic
    WHERE start >= :'since' AND start < :'until' AND country = :'country' AND NOT is_backscatter
    GROUP BY 1
)
SELECT (day AT TIME ZONE :'zone')::date AS day, coalesce(packets, 0) AS packets,
    round((coalesce(packets, 0)::float8 * 86400 / seconds)::numeric, 3) AS packets_per_address_day,
    coalesce(sources, 0) AS sources, coalesce(sites, 0) AS sites
FROM space LEFT JOIN traffic USING (day)
ORDER BY day;
