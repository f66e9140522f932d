-- One migrates at a time, in each schema; the lock is given back with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('skald migrations of ' || $1, 0))
