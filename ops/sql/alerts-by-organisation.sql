-- How does each organisation stand: what is open, how bad is it, and since when?
-- Columns: organisation; name; open alerts, and of them infections, misconfigurations, attacks; severe: those of high
--   severity; untold: those of which nothing was told; oldest, when the oldest was opened; proven_blocks; contacts.
-- Variables: most.
-- Cost: milliseconds for thousands of open alerts.
\ir defaults.psql
SELECT o.code AS organisation, o.name, count(a.id) AS open, count(a.id) FILTER (WHERE a.finding = 'infection') AS infections,
    count(a.id) FILTER (WHERE a.finding = 'misconfiguration') AS misconfigurations,
    count(a.id) FILTER (WHERE a.finding = 'attack') AS attacks, count(a.id) FILTER (WHERE a.severity = 'high') AS severe,
    count(a.id) FILTER (WHERE a.first_told_at IS NULL) AS untold, min(a.opened_at) AS oldest, o.proven_blocks, o.contacts
FROM api.organisation o
LEFT JOIN api.alert a ON a.organisation = o.code AND a.state IN ('open', 'ongoing', 'quiet') AND NOT a.is_false_positive
WHERE o.ended_at IS NULL
GROUP BY o.code, o.name, o.proven_blocks, o.contacts
ORDER BY open DESC, organisation
LIMIT :most;
