SELECT head FROM lanes
ORDER BY lane
