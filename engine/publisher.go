package engine

import (
	"context"
	"strconv"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Publisher sends messages to their streams (Envelope.Stream).
type Publisher interface {
	// Publish sends the messages, those of one stream in the order given. An error means that they are not known to be
	// all sent; publishing again is harmless. It may be called concurrently, must return when ctx ends, and must not
	// keep the slice.
	Publish(ctx context.Context, messages []domain.Envelope) error
}

// ReplyStream is the stream on which participants answer the sagas of a lane.
func ReplyStream(lane eventstore.Lane) string {
	return "skald:replies:" + strconv.Itoa(int(lane))
}

// isCommand tells a command from what a saga tells its own caller.
func isCommand(e *domain.Envelope) bool { return e.Status == "" }
