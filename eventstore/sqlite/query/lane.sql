SELECT head, hash FROM lanes
WHERE lane = ?
