DELETE FROM projection_parked WHERE projection = $1
