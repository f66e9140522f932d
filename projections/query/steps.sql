SELECT
    saga_id, step, position, phase, direction, attempts, compensation_attempts, in_doubt, fraction, error, error_code,
    output, commanded_at, retry_at, ended_at
FROM saga_steps
