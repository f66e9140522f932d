package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
)

// gated is a world whose appends wait for the gate to be closed.
func gated(t *testing.T, adjust func(*engine.Config)) (*world, chan struct{}) {
	gate := make(chan struct{})
	silent := func(domain.Envelope, int) enginetest.Answer { return enginetest.Silence }
	w := newWorld(t, silent, order(t, 1, nil), func(c *engine.Config) {
		c.Store.(*enginetest.Store).Gate = func() { <-gate }
		if adjust != nil {
			adjust(c)
		}
	})
	return w, gate
}

func goStart(t *testing.T, w *world, n int) chan error {
	done := make(chan error, 1)
	go func() { _, err := w.Start(t.Context(), startRequest(n)); done <- err }()
	synctest.Wait()
	return done
}

func TestFullQueueRefusesStartsAndHoldsReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, gate := gated(t, func(c *engine.Config) { c.MaxBatch, c.QueueLength, c.StoreTimeout = 1, 1, 24*time.Hour })
		var accepted []chan error
		for n := range 3 { // one in flight, one decided, one queued
			accepted = append(accepted, goStart(t, w, n))
		}
		began := time.Now()
		_, err := w.Start(t.Context(), startRequest(4))
		wantIs(t, err, engine.ErrOverloaded)
		if waited := time.Since(began); waited != 250*time.Millisecond {
			t.Errorf("waited %s for room", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began = time.Now()
		err = w.Cancel(ctx, domain.SagaIDFromKey("order", "key-1", "c-1"), "ana", "")
		wantIs(t, err, context.DeadlineExceeded)
		if waited := time.Since(began); waited != time.Hour {
			t.Errorf("waited %s", waited)
		}
		close(gate)
		for _, done := range accepted {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestDrainFinishesWhatWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, gate := gated(t, nil)
		first, second := goStart(t, w, 1), goStart(t, w, 2)
		ended := make(chan error, 1)
		go func() { ended <- w.end() }()
		synctest.Wait()
		_, err := w.Start(t.Context(), startRequest(3))
		wantIs(t, err, engine.ErrStopping)

		close(gate)
		for _, done := range []chan error{first, second, ended} {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := w.broker.Published(); n != 4 {
			t.Errorf("%d messages were published, want two starts and two commands", n)
		}
		wantIs(t, w.Cancel(t.Context(), domain.SagaID{}, "ana", ""), engine.ErrStopping)
	})
}

func TestDrainIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), func(c *engine.Config) {
			c.Publisher = hangingPublisher{}
			c.PublishTimeout = time.Hour
		})
		done := goStart(t, w, 1)
		began := time.Now()
		err := w.end()
		if err == nil || !strings.Contains(err.Error(), "not drained") {
			t.Errorf("Run returned %v", err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("took %s", took)
		}
		if err := <-done; err != nil {
			t.Errorf("the start is durable, and yet: %v", err)
		}
	})
}

type hangingPublisher struct{}

func (hangingPublisher) Publish(ctx context.Context, _ []domain.Envelope) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestRunRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), nil)
		synctest.Wait()
		if err := w.Run(t.Context()); err == nil {
			t.Error("an engine ran twice")
		}
	})
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := engine.New(engine.Config{})
	for _, field := range []string{"Config.Store", "Config.Publisher"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}
