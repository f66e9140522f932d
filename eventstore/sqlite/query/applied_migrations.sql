SELECT number, applied_at FROM migrations
