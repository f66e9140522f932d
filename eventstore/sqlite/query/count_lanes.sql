SELECT count(*) FROM lanes
