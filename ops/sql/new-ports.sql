-- Which ports were not there in the 28 days before?
-- Columns: class; service_port; first_hour; packets; sources; sources_precision; sites; days_before, of how many days
--   that is known.
-- Variables: since, until (at most 31 days), least_sources, most.
-- Cost: a fifth of a second for a day of 20 sites.
\ir defaults.psql
SELECT class, service_port, first_hour, packets, sources, sources_precision, sites, days_before
FROM api.new_ports(:'since', :'until', 28, :least_sources, :most);
