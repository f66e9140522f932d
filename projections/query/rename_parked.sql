-- What a rebuild had to park is what its projection has parked once the rebuild takes its place.
UPDATE projection_parked SET projection = $2 WHERE projection = $1
