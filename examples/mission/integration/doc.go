// Package integration holds the tests of the mission on real servers: Redis, Postgres, and the router as the built
// binary. There is one file for each handler, one for the start trigger, one for the way back, and some for what may go
// wrong; util_test.go is what they share.
//
// Tests named TestMission… also run against a stack that somebody else has started, router and participants included
// (docker-compose.integration.yaml):
//
//	SKALD_TEST_EXTERNAL_ROUTER=1 SKALD_TEST_REDIS_URL=… SKALD_TEST_POSTGRES_URL=… go test -run '^TestMission' ./examples/mission/integration
//
// The others kill or rob what they run on and need servers of their own; against a stack of others they fail and say so.
package integration
