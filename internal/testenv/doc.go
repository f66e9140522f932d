// Package testenv gives tests real servers: a Postgres database and a Redis logical database of their own, or a whole
// server that a test may kill. Nothing is mocked and nothing is skipped: where no server can be had the test fails with
// one line that says what to install.
//
// A package that uses it hands its TestMain over:
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
//
// # Where servers come from
//
// For each kind the first way that works is taken, and the choice is printed once per test binary to standard error:
//
//  1. env: the URL in SKALD_TEST_POSTGRES_URL or SKALD_TEST_REDIS_URL, a server meant for tests;
//  2. containers: a Docker engine, through testcontainers-go, with the image named by SKALD_TEST_POSTGRES_IMAGE or
//     SKALD_TEST_REDIS_IMAGE, else the official one, else the one that scripts/make-test-images makes. An image that is
//     not there is pulled, for one minute at most;
//  3. local: the postgres and redis-server programs of this machine, on free loopback ports, with a random password.
//     Postgres refuses to run as root: a test that is root runs it as the user postgres.
//
// SKALD_TEST_ENV=env|containers|local takes that way only, and fails where it does not work.
//
// # How long servers live
//
// One server of a kind serves a whole test binary. It is started by the first test that asks, and stopped by [Main]. If the
// binary dies without getting there (a panic, a timeout, kill -9), Linux ends the local servers with it, and the next
// binary on this machine removes the data and the containers that it left.
package testenv
