DELETE FROM checkpoints WHERE projection = $1
