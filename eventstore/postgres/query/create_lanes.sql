-- A store that has lanes keeps them: their number is fixed when it is created.
INSERT INTO skald.lanes (lane)
SELECT generate_series(0, $1::integer - 1)
WHERE NOT EXISTS (SELECT 1 FROM skald.lanes)
