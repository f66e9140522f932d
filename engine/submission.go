package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// submission is one input on its way through the engine. It belongs to whoever holds it: the submitter until it is
// queued, then the committer, then the sender, which closes done; after that the submitter again.
type submission struct {
	saga    domain.SagaID
	trigger domain.Trigger
	// correlationID is what the message claims; "" when it claims nothing.
	correlationID string
	causationID   string
	trace         string
	start         *start // of a start
	wake          *wake  // of an alarm

	mustRead bool // decide on a history read for this decision, not on the cache
	tries    int  // appends lost to another writer

	done    chan struct{} // nil when nobody waits
	err     error
	existed bool
	events  []domain.Event // of an operation: what followed
	offset  eventstore.Offset
}

// start is what a start needs beside its trigger.
type start struct {
	def   *domain.Definition
	exact bool // the version was asked for by number
}

// wake is why a saga is looked at without an input from outside.
type wake struct {
	// after is when commands of the saga were last redelivered by this process; the zero time for never.
	after time.Time
	// unsentFrom is the first version whose messages are not known to be sent; 0 when all are.
	unsentFrom uint64
}

func (s *submission) isStart() bool { return s.start != nil }

// isTidings reports whether the input only tells how an attempt is getting on.
func (s *submission) isTidings() bool {
	reply, ok := s.trigger.(domain.Reply)
	return ok && (reply.Status == domain.ReplyStart || reply.Status == domain.ReplyProgress)
}

func (s *submission) finish() {
	if s.done != nil {
		close(s.done)
	}
}

// check refuses an input that cannot be meant for the saga as it stands.
func (s *submission) check(state *domain.State) error {
	if state.Version == 0 {
		if s.isStart() {
			return nil
		}
		return fmt.Errorf("saga %s: %w", s.saga, ErrNoSaga)
	}
	if s.correlationID != "" && s.correlationID != state.CorrelationID {
		return refusef("saga %s belongs to the conversation %q, not %q: a correlation_id never changes", s.saga, state.CorrelationID, s.correlationID)
	}
	if s.isStart() {
		return s.checkRestart(state.Definition)
	}
	return nil
}

// checkRestart refuses a start of a saga that runs under another definition. A start of "the newest" that is delivered
// again after a new version was published still means the saga it started.
func (s *submission) checkRestart(has domain.DefinitionRef) error {
	if has.Name == s.start.def.Name && (!s.start.exact || has.Version == s.start.def.Version) {
		return nil
	}
	return refusef("saga %s exists with definition %s, not %s: choose another saga id or key", s.saga,
		label(has.Name, has.Version), label(s.start.def.Name, s.start.def.Version))
}

func refusef(format string, args ...any) error {
	return &domain.RefusedError{Reason: fmt.Sprintf(format, args...)}
}

// submit queues s and waits until it is decided, durable, and its messages have been handed to the publisher once. When
// ctx ends first the error is that of ctx, and the input may still take effect. A full queue blocks for at most
// patience, without limit when patience is 0.
func (e *Engine) submit(ctx context.Context, s *submission, patience time.Duration) error {
	s.done = make(chan struct{})
	if err := e.enqueue(ctx, s, patience); err != nil {
		return err
	}
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	case <-e.stopped:
	}
	select { // stopped: finished in time, or left behind in the queue
	case <-s.done:
		return s.err
	default:
		return ErrStopping
	}
}

func (e *Engine) enqueue(ctx context.Context, s *submission, patience time.Duration) error {
	select {
	case <-e.stopping:
		return ErrStopping
	default:
	}
	select {
	case e.queue <- s:
		return nil
	default:
	}
	var impatient <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		impatient = timer.C
	}
	select {
	case e.queue <- s:
		return nil
	case <-impatient:
		return ErrOverloaded
	case <-e.stopping:
		return ErrStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}
