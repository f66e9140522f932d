package server_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/router/redis/internal/server"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func open(t *testing.T) *server.Server {
	t.Helper()
	settings, err := redis.ParseURL(testenv.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(settings)
	t.Cleanup(func() { _ = client.Close() })
	return server.New(client, settings, "me", slog.New(slog.DiscardHandler))
}

func TestOnlyConsumersThatLeftNothingAreForgotten(t *testing.T) {
	s, ctx, at := open(t), context.Background(), server.Source{Stream: "s", Group: "g"}
	if made, err := s.MakeGroup(ctx, at); err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	if err := s.Client.XAdd(ctx, &redis.XAddArgs{Stream: "s", Values: []string{"a", "1"}}).Err(); err != nil {
		t.Fatal(err)
	}
	for _, consumer := range []string{"busy", "idle"} { // the first one gets the entry
		err := s.Client.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: consumer, Streams: []string{"s", ">"}, Block: -1}).Err()
		if err != nil && consumer == "busy" {
			t.Fatal(err)
		}
		if err := s.Client.XGroupCreateConsumer(ctx, "s", "g", consumer).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.ForgetConsumers(ctx, at, "", time.Hour); err != nil || n != 0 {
		t.Errorf("forgot %d that were just seen, %v", n, err)
	}
	if n, err := s.ForgetConsumers(ctx, at, "", 0); err != nil || n != 1 {
		t.Errorf("forgot %d, %v; want 1", n, err)
	}
	left, err := s.Client.XInfoConsumers(ctx, "s", "g").Result()
	if err != nil || len(left) != 1 || left[0].Name != "busy" {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestAWaitingReadIsInterrupted(t *testing.T) {
	s, ctx, at := open(t), context.Background(), server.Source{Stream: "s", Group: "g"}
	if _, err := s.MakeGroup(ctx, at); err != nil {
		t.Fatal(err)
	}
	r := s.NewReader(time.Hour)
	t.Cleanup(func() { _ = r.Close() })
	returned := make(chan struct{})
	var err error
	go func() {
		defer close(returned)
		err = r.Do(ctx, "XREADGROUP", "GROUP", "g", "c", "BLOCK", time.Hour.Milliseconds(), "STREAMS", "s", ">").Err()
	}()
	s.Interrupt(r, returned)
	if err != redis.Nil { //nolint:errorlint // the very answer of a read that found nothing; an error of the connection would lose entries
		t.Errorf("the read ended with %v, want the answer that there is nothing", err)
	}
}
