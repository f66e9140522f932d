package testenv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisSettings follow the durability that docker-compose.yml gives users.
var redisSettings = []string{
	"--databases", "256",
	"--appendonly", "yes",
	"--appendfsync", "everysec",
	"--save", "",
}

var redisKind = kind{
	name:           "redis",
	urlVariable:    "SKALD_TEST_REDIS_URL",
	imageVariable:  "SKALD_TEST_REDIS_IMAGE",
	images:         []string{"redis:7", "skald-test-servers:bookworm"},
	installPackage: "redis-server",
	ping:           pingRedis,
	program:        redisProgram,
	container:      redisContainer,
	url: func(host string, port int, password string) string {
		return fmt.Sprintf("redis://:%s@%s/0", password, net.JoinHostPort(host, strconv.Itoa(port)))
	},
}

// Redis returns the URL of a logical database that is empty and this test's alone until it ends. A test that needs FLUSHALL, CONFIG SET
// or a restart takes a server of its own from [StartRedis]: those reach beyond the logical database.
func Redis(t testing.TB) string {
	t.Helper()
	address := server(t, redisKind).url()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	number, err := claimDatabase(ctx, address)
	if err != nil {
		t.Fatalf("testenv: no logical database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := releaseDatabase(ctx, address, number); err != nil {
			t.Errorf("testenv: give back logical database %d: %v", number, err)
		}
	})
	own, err := withPath(address, strconv.Itoa(number))
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	return own
}

// pingRedis knocks at the port first: go-redis would knock five times, log it, and go on in the background.
func pingRedis(ctx context.Context, address string) error {
	o, err := redis.ParseURL(address)
	if err != nil {
		return fmt.Errorf("a Redis address must be a redis:// URL: %w", err)
	}
	c, err := (&net.Dialer{}).DialContext(ctx, o.Network, o.Addr)
	if err != nil {
		return err
	}
	if err := c.Close(); err != nil {
		return err
	}
	return withRedis(address, 0, func(c *redis.Client) error { return c.Ping(ctx).Err() })
}

// withRedis calls f with a client of one logical database.
func withRedis(address string, database int, f func(*redis.Client) error) (err error) {
	o, err := redis.ParseURL(address)
	if err != nil {
		return fmt.Errorf("a Redis address must be a redis:// URL: %w", err)
	}
	o.DB, o.PoolSize, o.MaxRetries = database, 1, -1
	c := redis.NewClient(o)
	defer func() { err = errors.Join(err, c.Close()) }()
	return f(c)
}
