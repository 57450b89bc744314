-- Which sources are labelled as scanners, and by whom?
-- Columns: list (behaviour: our own rule); organisation; blocks; addresses of the IPv4 blocks; list_date; until, when
--   the last of them was seen.
-- Variables: none.
-- Cost: milliseconds for lists of thousands.
\ir defaults.psql
SELECT list, organisation, count(*) AS blocks,
    sum(CASE WHEN family(block) = 4 THEN 2::numeric ^ (32 - masklen(block)) END)::int8 AS addresses,
    max(list_date) AS list_date, max(until) AS until
FROM api.scanner
GROUP BY list, organisation
ORDER BY addresses DESC NULLS LAST, list, organisation;
