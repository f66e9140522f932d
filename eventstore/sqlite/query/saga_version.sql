SELECT version FROM sagas
WHERE lane = ? AND saga_id = ?
