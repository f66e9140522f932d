-- A store that has lanes keeps them: their number is fixed when it is created.
INSERT INTO lanes (lane)
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?1)
SELECT n FROM numbers
WHERE NOT EXISTS (SELECT 1 FROM lanes)
