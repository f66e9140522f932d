package participant

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/skald-go/skald/domain"
)

// Handler handles the commands of one event type. Make one with Handle.
type Handler struct {
	EventType string
	Stream    string // where the commands come from
	Group     string // the consumer group that reads them
	// Concurrency is how many commands of one group are handled at once; the largest among the group's handlers counts.
	Concurrency int
	// Timeout ends the context of one call; 0 means never.
	Timeout time.Duration
	// OnError hears every error that is answered as failed; nil means nobody.
	OnError func(ctx context.Context, command domain.Envelope, err error)

	call func(ctx context.Context, payload json.RawMessage, p Progress) (json.RawMessage, error)
}

// Handle makes a handler of commands with the given event type, such as "resources:allocate". The command's payload is
// decoded into In, and Out is encoded as the payload of "completed", both by encoding/json. fn may be called by several
// goroutines at once, for different sagas.
//
// Without options the commands come from "<domain>:commands" through the group "<domain>_handler_group", where domain
// is what stands before the colon of the event type.
func Handle[In, Out any](eventType string, fn func(ctx context.Context, in In, p Progress) (Out, error), options ...Option) Handler {
	name, _, _ := strings.Cut(eventType, ":")
	h := Handler{
		EventType:   eventType,
		Stream:      name + ":commands",
		Group:       name + "_handler_group",
		Concurrency: 1,
	}
	for _, option := range options {
		option(&h)
	}
	h.call = func(ctx context.Context, payload json.RawMessage, p Progress) (json.RawMessage, error) {
		var in In
		if len(payload) > 0 {
			if err := json.Unmarshal(payload, &in); err != nil {
				return nil, Permanent(fmt.Errorf("payload of %s cannot be read: %w", eventType, err))
			}
		}
		out, err := fn(ctx, in, p)
		if err != nil {
			return nil, err
		}
		result, err := json.Marshal(out)
		if err != nil {
			return nil, Permanent(fmt.Errorf("result of %s cannot be written as JSON: %w", eventType, err))
		}
		if string(result) == "null" { // a nil map or pointer: nothing to tell
			result = json.RawMessage("{}")
		}
		return result, nil
	}
	return h
}

// Option changes a Handler.
type Option func(*Handler)

// Stream sets the stream that the commands come from.
func Stream(stream string) Option { return func(h *Handler) { h.Stream = stream } }

// Group sets the consumer group. Handlers with the same stream and group share one subscription; each group of a stream
// receives every command, and skips those that none of its handlers is for.
func Group(group string) Option { return func(h *Handler) { h.Group = group } }

// Concurrency sets how many commands are handled at once, 1 if it is not given. Those of one saga are handled one after
// the other, in order; with the watermill-redisstream transport that holds for a concurrency of 1 only.
func Concurrency(n int) Option { return func(h *Handler) { h.Concurrency = n } }

// Timeout ends a call's context after d. The command itself carries no deadline: give it the definition's timeout of
// the step.
func Timeout(d time.Duration) Option { return func(h *Handler) { h.Timeout = d } }

// OnError sets a function that hears every error answered as failed.
func OnError(f func(ctx context.Context, command domain.Envelope, err error)) Option {
	return func(h *Handler) { h.OnError = f }
}
