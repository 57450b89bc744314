-- What exactly did an address ask for: the evidence for its operator?
-- Columns: site; window_start; class; service_port; packets; destinations; first_seen; source_port of the first
--   packet (what a carrier's NAT needs); ttl; signature.
-- Variables: address (or a block), since, until, most. Flows are read.
-- Cost: a fifth of a second for each million flows.
\ir defaults.psql
SELECT f.source, f.site, f.window_start, f.class, f.service_port, f.packets, f.destinations, f.first_seen, f.source_port,
    f.ttl, g.signature
FROM api.flow f LEFT JOIN api.signature g ON g.id = f.signature_id
WHERE f.window_start >= :'since' AND f.window_start < :'until' AND f.source <<= :'address'
ORDER BY f.first_seen, f.source
LIMIT :most;
