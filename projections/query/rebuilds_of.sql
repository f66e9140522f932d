-- The rebuilds of a projection that are under way or were left behind by a process that died.
SELECT DISTINCT projection FROM checkpoints WHERE projection LIKE $1
