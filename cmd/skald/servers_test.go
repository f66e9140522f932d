package main

import (
	"context"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/web/api"
)

// The main job on real servers: a start by XADD, participants in a program of their own, Postgres behind it.
func TestMissionOnRedisAndPostgres(t *testing.T) {
	store, broker := testenv.Postgres(t), testenv.Redis(t)
	s := serve(t, "--store", store, "--broker", broker, "--definitions", "../../examples/mission")
	participants(t, broker)

	redis := connect(t, broker)
	add(t, redis, "correlation_id", "c1", "event_type", "mission:start", "robot_count", "2", "area", "ZoneA", "reply_stream", "mission:replies:c1")
	add(t, redis, "correlation_id", "c1", "event_type", "mission:start", "robot_count", "2", "area", "ZoneB", "fail_at", "integrate_maps")
	add(t, redis, "event_type", "mission:start", "area", "ZoneC")
	add(t, redis, "correlation_id", "c2", "event_type", "mission:start", "payload", "{broken")

	var all api.Conversation
	eventually(t, func() bool {
		o := skald(t, "status", "--correlation-id", "c1", "--json", "--server", s.url)
		if o.code != exitOK {
			return false
		}
		o.json(t, &all)
		return len(all.Sagas) == 2 && all.Sagas[0].Settled() && all.Sagas[1].Settled()
	})
	statuses := map[domain.Status]int{}
	for _, saga := range all.Sagas {
		statuses[saga.Status]++
	}
	if statuses[domain.Completed] != 1 || statuses[domain.Compensated] != 1 {
		t.Errorf("statuses: %v", statuses)
	}
	replies, err := redis.XRange(t.Context(), "mission:replies:c1", "-", "+").Result()
	if err != nil || len(replies) < 2 || replies[0].Values["status"] != "start" || replies[len(replies)-1].Values["status"] != "completed" {
		t.Errorf("replies: %v, %v", replies, err)
	}
	eventually(t, func() bool {
		o := s.skald("dead", "list")
		return strings.Contains(o.stdout, "correlation_id") && strings.Contains(o.stdout, "payload")
	})
	s.skald("replay", "--correlation-id", "c1").want(t, exitOK, "saga completed", "saga compensated")
	s.stop()
	skald(t, "list", "--store", store).want(t, exitOK, "c1", "compensated")
	skald(t, "replay", "verify", "--store", store).want(t, exitOK)
	skald(t, "migrate", "status", "--store", store).want(t, exitOK)
}

func TestServeWaitsForItsServersWithALineATry(t *testing.T) {
	server := testenv.StartRedis(t)
	server.Stop()
	m, log := New(strings.NewReader(""), &lockedBuffer{}, nil, nil), &lockedBuffer{}
	m.Stderr = log
	ended := make(chan int, 1)
	go func() {
		ended <- m.Run(context.Background(), []string{"serve", "--listen", "127.0.0.1:0", "--store", "memory:", "--broker", server.URL()})
	}()
	eventually(t, func() bool { return strings.Count(log.String(), "waiting for redis") >= 2 })
	server.Restart()
	select {
	case url := <-m.Ready():
		skald(t, "list", "--server", url).want(t, exitOK, "no sagas")
	case code := <-ended:
		t.Fatalf("serve ended with %d:\n%s", code, log)
	case <-time.After(30 * time.Second):
		t.Fatalf("serve is not ready:\n%s", log)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if code := <-ended; code != exitOK {
		t.Errorf("serve ended with %d:\n%s", code, log)
	}
}

// participants runs `skald participant mission` for the time of the test.
func participants(t *testing.T, broker string) {
	t.Helper()
	log := &lockedBuffer{}
	m := New(strings.NewReader(""), &lockedBuffer{}, log, nil)
	ended := make(chan int, 1)
	go func() { ended <- m.Run(context.Background(), []string{"participant", "mission", "--broker", broker}) }()
	<-m.Ready()
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if code := <-ended; code != exitOK {
			t.Errorf("participants ended with %d:\n%s", code, log)
		}
	})
}

func connect(t *testing.T, broker string) *goredis.Client {
	t.Helper()
	options, err := goredis.ParseURL(broker)
	if err != nil {
		t.Fatal(err)
	}
	redis := goredis.NewClient(options)
	t.Cleanup(func() {
		if err := redis.Close(); err != nil {
			t.Error(err)
		}
	})
	return redis
}

func add(t *testing.T, redis *goredis.Client, fields ...string) {
	t.Helper()
	values := make([]any, len(fields))
	for i, field := range fields {
		values[i] = field
	}
	if err := redis.XAdd(t.Context(), &goredis.XAddArgs{Stream: "mission:commands", Values: values}).Err(); err != nil {
		t.Fatal(err)
	}
}
