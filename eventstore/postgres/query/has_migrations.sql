SELECT to_regclass('skald.migrations') IS NOT NULL
