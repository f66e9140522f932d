SELECT head FROM skald.lanes
ORDER BY lane
