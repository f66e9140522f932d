SELECT correlation_id, sagas, open, completed, compensated, cancelled, stuck, first_started_at, last_updated_at
FROM correlations
WHERE correlation_id = $1
