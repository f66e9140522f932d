package testenv

import (
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestRedisGivesTestsDatabasesOfTheirOwn(t *testing.T) {
	first, second := Redis(t), Redis(t)
	if first == second {
		t.Fatalf("both tests were given %s", first)
	}
	redisClient(t, first).Set(t.Context(), "word", "first", 0)
	if n := redisClient(t, second).DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("the second database holds %d keys", n)
	}
}

func TestRedisEmptiesADatabaseBeforeTheNextTest(t *testing.T) {
	seen := map[string]bool{}
	for range 3 { // the lowest free number is given again
		t.Run("one", func(t *testing.T) {
			address := Redis(t)
			seen[address] = true
			c := redisClient(t, address)
			if n := c.DBSize(t.Context()).Val(); n != 0 {
				t.Errorf("%d keys of another test", n)
			}
			c.Set(t.Context(), "word", "left", 0)
		})
	}
	if len(seen) != 1 {
		t.Logf("numbers were not given again: %v", seen)
	}
}

func TestRedisLeavesAForeignDatabaseAlone(t *testing.T) {
	address := server(t, redisKind).url()
	foreign, err := withPath(address, "1")
	if err != nil {
		t.Fatal(err)
	}
	c := redisClient(t, foreign)
	c.Set(t.Context(), "word", "somebody's", 0)
	t.Cleanup(func() { c.Del(t.Context(), "word") })

	if got := Redis(t); got == foreign {
		t.Errorf("was given %s, which is in use", got)
	}
	if word := c.Get(t.Context(), "word").Val(); word != "somebody's" {
		t.Errorf("the foreign key became %q", word)
	}
}

func TestRedisTakesOverWhatADeadBinaryClaimed(t *testing.T) {
	s := StartRedis(t)
	c := redisClient(t, s.URL())
	c.Set(t.Context(), claimKey(1), 1, 0) // claimed in 1970
	left, err := withPath(s.URL(), "1")
	if err != nil {
		t.Fatal(err)
	}
	redisClient(t, left).Set(t.Context(), "word", "left", 0)

	got, err := tryClaim(t.Context(), c, s.URL(), 1)
	if err != nil || !got {
		t.Fatalf("claim: %v, %v", got, err)
	}
	if n := redisClient(t, left).DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys were left in it", n)
	}
	if again, err := tryClaim(t.Context(), c, s.URL(), 1); err != nil || again {
		t.Errorf("claimed twice: %v, %v", again, err)
	}
}

func TestKilledRedisKeepsWhatItAppended(t *testing.T) {
	s := StartRedis(t)
	before := s.URL()
	redisClient(t, s.URL()).XAdd(t.Context(), &redis.XAddArgs{Stream: "mission:commands", Values: []string{"word", "kept"}})

	s.Kill()
	if err := pingRedis(t.Context(), s.URL()); err == nil {
		t.Fatal("a killed server answered")
	}
	s.Restart()

	if s.URL() != before {
		t.Errorf("the address changed from %s to %s", before, s.URL())
	}
	if n := redisClient(t, s.URL()).XLen(t.Context(), "mission:commands").Val(); n != 1 {
		t.Errorf("the stream holds %d entries after the kill", n)
	}
}

func redisClient(t *testing.T, address string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries = -1
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}
