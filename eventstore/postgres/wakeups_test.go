package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/internal/testenv"
)

// An append of another process is announced.
func TestAppendWakesOtherProcesses(t *testing.T) {
	address := testenv.Postgres(t)
	reader, writer := openStore(t, address), openStore(t, address)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	woken := reader.Appended(ctx)
	<-woken // it listens
	appendOne(t, writer, 0, eventstoretest.NewSagaIn(writer, 0).Continue(0, 1))
	if _, open := <-woken; !open {
		t.Error("no wake-up came in time")
	}
}

// A reader whose connection is lost listens again.
func TestListenAgainAfterALostConnection(t *testing.T) {
	address := testenv.Postgres(t)
	proxy, url := newProxy(t, address)
	reader, writer := openStore(t, url), openStore(t, address)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	woken := reader.Appended(ctx)
	<-woken
	proxy.dropAll()
	<-woken // it listens again
	appendOne(t, writer, 0, eventstoretest.NewSagaIn(writer, 0).Continue(0, 1))
	if _, open := <-woken; !open {
		t.Error("no wake-up came in time")
	}
}

// cleanupContext is for the time after a test, when its own context has ended.
func cleanupContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
