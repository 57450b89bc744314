-- How does each organisation stand: what is open, how bad is it, and since when?
-- Columns: organisation; name; open alerts, and of them infections, misconfigurations, attacks; severe: those of high
--   severity; untold: those of which nothing was told; oldest, when the oldest was opened; proven_blocks; contacts.
-- Variables: most.
-- Cost: milliseconds for thousands of open alerts.
\ir defaults.psql
WITH open AS (
    SELECT organisation, count(*) AS open, count(*) FILTER (WHERE finding = 'infection') AS infections,
        count(*) FILTER (WHERE finding = 'misconfiguration') AS misconfigurations,
        count(*) FILTER (WHERE finding = 'attack') AS attacks, count(*) FILTER (WHERE severity = 'high') AS severe,
        count(*) FILTER (WHERE first_told_at IS NULL) AS untold, min(opened_at) AS oldest
    FROM api.alert
    WHERE state IN ('open', 'ongoing', 'quiet') AND NOT is_false_positive
    GROUP BY organisation
)
SELECT o.code AS organisation, o.name, coalesce(a.open, 0) AS open, coalesce(a.infections, 0) AS infections,
    coalesce(a.misconfigurations, 0) AS misconfigurations, coalesce(a.attacks, 0) AS attacks,
    coalesce(a.severe, 0) AS severe, coalesce(a.untold, 0) AS untold, a.oldest, o.proven_blocks, o.contacts
FROM api.organisation o LEFT JOIN open a ON a.organisation = o.code
WHERE o.ended_at IS NULL
ORDER BY coalesce(a.open, 0) DESC, o.code
LIMIT :most;
