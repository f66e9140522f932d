-- The conversations whose row in correlations is not the sum over their rows in saga_status.
WITH sums AS (
    SELECT
        correlation_id,
        count(*) AS sagas,
        sum(CASE WHEN status IN ('running', 'compensating') THEN 1 ELSE 0 END) AS open,
        sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END) AS completed,
        sum(CASE WHEN status = 'compensated' THEN 1 ELSE 0 END) AS compensated,
        sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS cancelled,
        sum(CASE WHEN status = 'stuck' THEN 1 ELSE 0 END) AS stuck,
        min(started_at) AS first_started_at,
        max(updated_at) AS last_updated_at
    FROM saga_status
    GROUP BY correlation_id
)
SELECT sums.correlation_id, 'correlations has no row, saga_status has sagas of it'
FROM sums
WHERE NOT EXISTS (SELECT 1 FROM correlations WHERE correlations.correlation_id = sums.correlation_id)
UNION ALL
SELECT correlations.correlation_id, 'correlations has a row, saga_status has no saga of it'
FROM correlations
WHERE NOT EXISTS (SELECT 1 FROM sums WHERE sums.correlation_id = correlations.correlation_id)
UNION ALL
SELECT sums.correlation_id, 'the row in correlations is not the sum over saga_status'
FROM sums
JOIN correlations ON correlations.correlation_id = sums.correlation_id
WHERE sums.sagas <> correlations.sagas
   OR sums.open <> correlations.open
   OR sums.completed <> correlations.completed
   OR sums.compensated <> correlations.compensated
   OR sums.cancelled <> correlations.cancelled
   OR sums.stuck <> correlations.stuck
   OR sums.first_started_at <> correlations.first_started_at
   OR sums.last_updated_at <> correlations.last_updated_at
