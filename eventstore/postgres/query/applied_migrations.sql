SELECT number, applied_at FROM skald.migrations
