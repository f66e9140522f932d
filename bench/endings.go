package main

import (
	"context"
	"sync"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router"
)

// endingStream is where every measured saga sends its own replies.
const endingStream = "bench:replies"

// endings stands between the engine and the broker and notes when a saga tells its caller the end: that is after the
// append which ended it is durable. Everything is passed on, so the cost of publishing is in the figures.
type endings struct {
	router.Broker
	mu      sync.Mutex
	waiting map[string]chan domain.ReplyStatus
}

func newEndings(b router.Broker) *endings {
	return &endings{Broker: b, waiting: map[string]chan domain.ReplyStatus{}}
}

func (e *endings) expect(correlationID string) <-chan domain.ReplyStatus {
	ended := make(chan domain.ReplyStatus, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting[correlationID] = ended
	return ended
}

// Publish is the engine's Publisher.
func (e *endings) Publish(ctx context.Context, messages []domain.Envelope) error {
	if err := e.Broker.Publish(ctx, messages); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range messages {
		m := &messages[i]
		if m.Stream != endingStream || m.Status != domain.ReplyCompleted && m.Status != domain.ReplyFailed {
			continue
		}
		if ended, ok := e.waiting[m.CorrelationID]; ok {
			delete(e.waiting, m.CorrelationID)
			ended <- m.Status
		}
	}
	return nil
}
