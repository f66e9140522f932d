package participant_test

import (
	"context"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/inproc"
	"github.com/skald-go/skald/router/participant"
)

// Two groups read one stream, and a command for each waits there before either exists. Neither may be dropped because
// the other group was quicker to skip it.
func TestGroupsOfOneStreamWaitForEachOther(t *testing.T) {
	for range 100 {
		b := inproc.New(inproc.Options{})
		handled := make(chan string, 2)
		handle := func(eventType, group string) participant.Handler {
			return participant.Handle(eventType, func(context.Context, struct{}, participant.Progress) (struct{}, error) {
				handled <- eventType
				return struct{}{}, nil
			}, participant.Group(group))
		}
		for _, eventType := range []string{"resources:allocate", "resources:release"} {
			command := domain.Envelope{Stream: "resources:commands", CorrelationID: "c1", SagaID: domain.SagaIDFromKey("test", eventType, "c1").String(), EventType: eventType, Payload: []byte("{}")}
			if err := b.Publish(t.Context(), []domain.Envelope{command}); err != nil {
				t.Fatal(err)
			}
		}
		stop := run(t, b, handle("resources:allocate", "allocators"), handle("resources:release", "releasers"))
		receiveBoth(t, handled)
		stop()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func receiveBoth(t *testing.T, handled <-chan string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seen := map[string]bool{}
	for len(seen) < 2 {
		select {
		case eventType := <-handled:
			seen[eventType] = true
		case <-ctx.Done():
			t.Fatalf("handled only %v", seen)
		}
	}
}
