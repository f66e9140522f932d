SELECT count(*) FROM skald.lanes
