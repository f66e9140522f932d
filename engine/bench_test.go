package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore/memory"
)

// replier completes every command at once and tells when a saga has told its caller the end: the shortest way round, so
// that what is measured is the engine.
type replier struct {
	replies chan domain.Envelope
	ended   chan struct{}
}

func (r *replier) Publish(_ context.Context, messages []domain.Envelope) error {
	for _, m := range messages {
		switch m.Status {
		case "":
			r.replies <- m
		case domain.ReplyCompleted:
			r.ended <- struct{}{}
		}
	}
	return nil
}

// BenchmarkOrder runs three-step sagas through an engine on the memory store, up to 256 at a time: 12 inputs and 11
// events for each, replies one by one as from a broker.
func BenchmarkOrder(b *testing.B) {
	r := &replier{replies: make(chan domain.Envelope, 1<<16), ended: make(chan struct{}, 1<<16)}
	e, err := engine.New(engine.Config{Store: memory.New(0), Publisher: r})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- e.Run(ctx) }()
	if err := e.PublishDefinition(ctx, order(b, 1, nil)); err != nil {
		b.Fatal(err)
	}
	for range 512 {
		go func() {
			for {
				select {
				case c := <-r.replies:
					answer(ctx, e, c)
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	b.ReportAllocs()
	b.ResetTimer()
	tokens := make(chan struct{}, 256)
	go func() {
		for n := range b.N {
			tokens <- struct{}{}
			go func() {
				_, err := e.Start(ctx, engine.StartRequest{
					Definition: "order", CorrelationID: fmt.Sprint("c-", n), Input: json.RawMessage(`{"item":"book","count":2}`),
					ReplyStream: "order:replies", EventType: "order:start", CausationID: fmt.Sprint("e-", n),
				})
				if err != nil {
					b.Error(err)
				}
			}()
		}
	}()
	for range b.N {
		<-r.ended
		<-tokens
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sagas/s")
	cancel()
	if err := <-stopped; err != nil {
		b.Error(err)
	}
}

func answer(ctx context.Context, e *engine.Engine, c domain.Envelope) {
	reply := domain.Envelope{CorrelationID: c.CorrelationID, SagaID: c.SagaID, EventType: c.EventType, RequestID: c.RequestID}
	for _, status := range [2]domain.ReplyStatus{domain.ReplyStart, domain.ReplyCompleted} {
		reply.Status = status
		if status == domain.ReplyCompleted {
			reply.Payload = json.RawMessage(`{"ok":true}`)
		}
		if err := e.Reply(ctx, reply, "r"); err != nil && ctx.Err() == nil {
			panic(err)
		}
	}
}
