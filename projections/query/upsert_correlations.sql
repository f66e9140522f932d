-- Sums up the conversations whose sagas have changed. The list is repeated for as many of them as are at hand.
INSERT INTO correlations (
    correlation_id, sagas, open, completed, compensated, cancelled, stuck, first_started_at, last_updated_at
)
SELECT
    correlation_id,
    count(*),
    sum(CASE WHEN status IN ('running', 'compensating') THEN 1 ELSE 0 END),
    sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END),
    sum(CASE WHEN status = 'compensated' THEN 1 ELSE 0 END),
    sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END),
    sum(CASE WHEN status = 'stuck' THEN 1 ELSE 0 END),
    min(started_at),
    max(updated_at)
FROM saga_status
WHERE correlation_id IN ($1)
GROUP BY correlation_id
ON CONFLICT (correlation_id) DO UPDATE SET
    sagas = excluded.sagas,
    open = excluded.open,
    completed = excluded.completed,
    compensated = excluded.compensated,
    cancelled = excluded.cancelled,
    stuck = excluded.stuck,
    first_started_at = excluded.first_started_at,
    last_updated_at = excluded.last_updated_at
