UPDATE sagas SET version = ?, status = ?, open = ?, next_due = ?
WHERE lane = ? AND saga_id = ? AND version = ?
