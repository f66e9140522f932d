package redis_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/router/redis"
)

func awaitLoss(t *testing.T, b *redis.Broker) {
	t.Helper()
	select {
	case <-b.Lost():
	case <-time.After(patience):
		t.Fatal("the loss was not noticed")
	}
}

func TestAFlushIsNoticedAndLaterMessagesArrive(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		server := testenv.StartRedis(t)
		b, plain := open(t, server.URL(), redis.Options{}), raw(t, server.URL())
		messages, _ := subscribe(t, b, "s", "g")
		send(t, b, "s", "1")
		expect(t, messages, "1")
		if err := plain.FlushAll(context.Background()).Err(); err != nil {
			t.Fatal(err)
		}
		awaitLoss(t, b)
		send(t, b, "s", "2")
		expect(t, messages, "2")
	})
}

func TestAnOldCopyOfTheDataIsNoticed(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		server := testenv.StartRedis(t)
		b, plain := open(t, server.URL(), redis.Options{}), raw(t, server.URL())
		ctx := context.Background()
		eventually(t, "two beats", func() bool {
			n, err := plain.HGet(ctx, "skald:beat", "count").Int()
			return err == nil && n >= 3
		})
		if err := plain.HSet(ctx, "skald:beat", "count", 1).Err(); err != nil { // what a replica that missed the last writes has
			t.Fatal(err)
		}
		awaitLoss(t, b)
	})
}

func TestAnOutageIsWaitedOut(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		server := testenv.StartRedis(t)
		b := open(t, server.URL(), redis.Options{})
		messages, _ := subscribe(t, b, "s", "g")
		send(t, b, "s", "1")
		expect(t, messages, "1")
		server.Stop()
		if err := b.Ping(context.Background()); err == nil {
			t.Fatal("Ping succeeded on a stopped server")
		}
		server.Restart()
		send(t, b, "s", "2")
		expect(t, messages, "2")
		select {
		case <-b.Lost():
			t.Error("a restart with all data was taken for a loss")
		default:
		}
	})
}

func TestOpenWaitsForTheServer(t *testing.T) {
	server := testenv.StartRedis(t)
	server.Stop()
	opened := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	go func() {
		b, err := redis.Open(ctx, server.URL(), redis.Options{})
		if err == nil {
			err = b.Close()
		}
		opened <- err
	}()
	server.Restart()
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
}

func TestOpenGivesUpWithItsContextAndKeepsThePassword(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := redis.Open(ctx, "redis://:sesame@127.0.0.1:1/0", redis.Options{})
	if err == nil || !strings.Contains(err.Error(), "start it, or correct the broker URL") {
		t.Errorf("error %v", err)
	}
	for _, url := range []string{"redis://:sesame@[/0", "http://:sesame@host"} {
		_, wrong := redis.Open(ctx, url, redis.Options{})
		if wrong == nil {
			t.Errorf("%s was accepted", url)
		}
		for _, err := range []error{err, wrong} {
			if err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("the error shows the password: %v", err)
			}
		}
	}
}
