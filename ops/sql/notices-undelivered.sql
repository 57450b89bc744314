-- Which notices did not arrive, and why?
-- Columns: message; notice; organisation; reason; channel; target; state (due or dead); attempts; made_at; waiting, since
--   then; due_at, the next attempt, NULL when dead; problem of the last attempt.
-- Variables: most.
-- Cost: milliseconds for thousands of messages.
\ir defaults.psql
SELECT id AS message, notice, organisation, reason, channel, target, state, attempts, created_at AS made_at,
    date_trunc('second', now() - created_at) AS waiting, CASE WHEN state = 'due' THEN due_at END AS due_at, problem
FROM api.message
WHERE state = 'dead' OR state = 'due' AND (attempts > 0 OR created_at < now() - interval '1 minute')
ORDER BY created_at, id
LIMIT :most;
