DELETE FROM projection_parked WHERE projection = $1 AND saga_id IN ($2)
