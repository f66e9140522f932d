UPDATE lanes SET head = ?, hash = ?
WHERE lane = ?
