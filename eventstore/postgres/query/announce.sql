SELECT pg_notify('skald_appended', $1)
