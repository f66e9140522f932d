package testenv

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Logical databases are claimed by keys in database 0, because a server named by the environment serves several test binaries
// at once. A claim older than claimAge belonged to a binary that died: its database is emptied and taken over. A
// database with keys and no claim is not ours, and is left alone.
const (
	claimPrefix = "skald:testenv:database:"
	claimAge    = time.Hour
)

// claimScript sets KEYS[1] to now (ARGV[1]) unless a claim younger than ARGV[2] stands. It returns 0 for taken, 1 for new, 2 for
// taken over.
var claimScript = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held and tonumber(held) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return held and 2 or 1`)

// claimed are this process's own, which hold even if a test flushes database 0.
var claimed = struct {
	sync.Mutex
	numbers map[int]bool
}{numbers: map[int]bool{}}

// claimDatabase returns the number of an empty logical database that nobody else has.
func claimDatabase(ctx context.Context, address string) (int, error) {
	claimed.Lock()
	defer claimed.Unlock()
	number := 0
	err := withRedis(address, 0, func(c *redis.Client) error {
		count, err := countDatabases(ctx, c)
		if err != nil {
			return err
		}
		for n := 1; n < count && number == 0; n++ {
			if claimed.numbers[n] {
				continue
			}
			got, err := tryClaim(ctx, c, address, n)
			if err != nil {
				return err
			}
			if got {
				number = n
			}
		}
		if number == 0 {
			return fmt.Errorf("all %d are in use: run fewer tests at once, or start Redis with --databases 256", count)
		}
		return nil
	})
	if err == nil {
		claimed.numbers[number] = true
	}
	return number, err
}

func tryClaim(ctx context.Context, c *redis.Client, address string, n int) (bool, error) {
	now := time.Now()
	state, err := claimScript.Run(ctx, c, []string{claimKey(n)}, now.Unix(), now.Add(-claimAge).Unix()).Int()
	if err != nil || state == 0 {
		return false, err
	}
	empty := false
	err = withRedis(address, n, func(own *redis.Client) error {
		if state == 2 {
			empty = true
			return own.FlushDB(ctx).Err()
		}
		size, err := own.DBSize(ctx).Result()
		empty = size == 0
		return err
	})
	if err == nil && !empty {
		err = c.Del(ctx, claimKey(n)).Err()
	}
	return empty, err
}

// releaseDatabase empties a claimed database and gives it back.
func releaseDatabase(ctx context.Context, address string, n int) error {
	claimed.Lock()
	defer claimed.Unlock()
	flush := withRedis(address, n, func(c *redis.Client) error { return c.FlushDB(ctx).Err() })
	release := withRedis(address, 0, func(c *redis.Client) error { return c.Del(ctx, claimKey(n)).Err() })
	delete(claimed.numbers, n)
	return errors.Join(flush, release)
}

func claimKey(n int) string { return claimPrefix + strconv.Itoa(n) }

func countDatabases(ctx context.Context, c *redis.Client) (int, error) {
	settings, err := c.ConfigGet(ctx, "databases").Result()
	if err != nil {
		return 0, fmt.Errorf("ask how many logical databases there are: %w", err)
	}
	return strconv.Atoi(settings["databases"])
}
