-- Which ports get the most distinct sources?
-- Columns: class; service_port; packets; sources, distinct over all sites and days; sources_precision; sites that saw
--   it.
-- Variables: since, until (whole days in UTC are read from the days, else from the hours), most.
-- Cost: a second for 30 days of 20 sites.
\ir defaults.psql
SELECT class, service_port, packets, sources, sources_precision, sites
FROM api.top_ports(:'since', :'until', 'sources', :most);
