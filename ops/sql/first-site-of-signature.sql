-- Which site saw a header signature, that is, a piece of software, first?
-- Columns: site; first_day; lag_days; observing_since; started_later; packets and sources of the first day.
-- Variables: signature (api.signature.id), first_day, end_day.
-- Cost: milliseconds: found by an index.
\ir defaults.psql
SELECT site, first_day, lag_days, observing_since, started_later, packets, sources, sources_precision
FROM api.first_seen_signature(:signature, :'first_day', :'end_day');
