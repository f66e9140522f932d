-- Writes where a step stands now. The list of values is repeated for as many rows as are at hand.
INSERT INTO saga_steps (
    saga_id, step, position, phase, direction, attempts, compensation_attempts, in_doubt, fraction, error, error_code,
    output, commanded_at, retry_at, ended_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (saga_id, step) DO UPDATE SET
    phase = excluded.phase,
    direction = excluded.direction,
    attempts = excluded.attempts,
    compensation_attempts = excluded.compensation_attempts,
    in_doubt = excluded.in_doubt,
    fraction = excluded.fraction,
    error = excluded.error,
    error_code = excluded.error_code,
    output = excluded.output,
    retry_at = excluded.retry_at,
    ended_at = excluded.ended_at
