UPDATE skald.dead_letters SET resolution = $2, resolved_by = $3, resolved_at = $4
WHERE id = $1 AND resolution = ''
