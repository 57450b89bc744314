-- What did a dark address get in each year, beside NICTER's published series?
-- Columns: year; sites; packets; addresses; packets_per_address; coverage; the same of NICTER, and whether published,
--   rounded or derived.
-- Variables: none.
-- Cost: milliseconds: one row for each sensor and day.
\ir defaults.psql
SELECT year, sites, packets, addresses, packets_per_address, round(coverage::numeric, 4) AS coverage, nicter_packets,
    nicter_addresses, nicter_packets_per_address, nicter_origin
FROM api.year
ORDER BY year;
