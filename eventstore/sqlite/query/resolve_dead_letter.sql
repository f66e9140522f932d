UPDATE dead_letters SET resolution = ?, resolved_by = ?, resolved_at = ?
WHERE id = ? AND resolution = ''
