package engine

import (
	"context"
	"sync"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
)

// The pauses between attempts to publish while the broker is away, doubling from the first to the longest.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
)

// sender publishes what follows from durable turns, one batch after another, and then tells the submitters. While the
// broker is away it does not try each batch: the sagas are noted in the alarms, and what they have to send is taken from
// their histories again when the pause is over.
type sender struct {
	*Engine
	batches chan []*turn

	mu       sync.Mutex
	failures int       // since the last success
	retryAt  time.Time // not before; meaningful while failures > 0
}

func newSender(e *Engine) *sender {
	return &sender{Engine: e, batches: make(chan []*turn, 4)}
}

// send hands over a batch; it blocks while several are waiting, which slows the committer down to the pace of the
// broker.
func (s *sender) send(turns []*turn) { s.batches <- turns }

func (s *sender) close() { close(s.batches) }

func (s *sender) run(ctx context.Context) {
	for turns := range s.batches {
		s.publish(ctx, turns)
		for _, t := range turns {
			t.finish()
		}
	}
}

func (s *sender) publish(ctx context.Context, turns []*turn) {
	messages, redelivers := messagesOf(turns)
	if len(messages) == 0 {
		return
	}
	if pause := s.pausedUntil(); s.now().Before(pause) {
		s.note(turns, pause)
		return
	}
	began := s.config.Now()
	ctx, cancel := context.WithTimeout(ctx, s.config.PublishTimeout)
	defer cancel()
	err := s.config.Publisher.Publish(ctx, messages)
	s.config.Observer.Published(len(messages), s.config.Now().Sub(began), err)
	if err != nil {
		s.note(turns, s.failed(len(messages), err))
		return
	}
	s.succeeded()
	if redelivers > 0 {
		s.config.Observer.Redelivered(redelivers)
	}
}

func messagesOf(turns []*turn) (messages []domain.Envelope, redelivers int) {
	if len(turns) == 1 {
		return turns[0].messages, turns[0].redelivers
	}
	n := 0
	for _, t := range turns {
		n += len(t.messages)
		redelivers += t.redelivers
	}
	messages = make([]domain.Envelope, 0, n)
	for _, t := range turns {
		messages = append(messages, t.messages...)
	}
	return messages, redelivers
}

// note remembers what could not be sent. Commands stand in the saga's state and are found again in any case, also by
// another process. That the saga told its caller the end does not: so the reply that led to the end is not taken as
// handled, and comes again.
func (s *sender) note(turns []*turn, again time.Time) {
	for _, t := range turns {
		if len(t.messages) > 0 {
			s.alarms.noteUnsent(t.id(), t.unsentFrom(), again)
		}
		if t.tellsEnd() {
			t.failReplies(ErrUnsent)
		}
	}
}

// pausedUntil is when the broker may be tried again; the zero time while all is well.
func (s *sender) pausedUntil() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures == 0 {
		return time.Time{}
	}
	return s.retryAt
}

func (s *sender) failed(messages int, err error) (retryAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause := min(firstPause<<min(s.failures, 10), longestPause)
	s.failures++
	s.retryAt = s.now().Add(pause)
	s.config.Logger.Warn("publishing failed, it will be tried again from the log",
		telemetry.FieldError, err, telemetry.FieldCount, messages, telemetry.FieldAttempt, s.failures, telemetry.FieldWait, pause)
	return s.retryAt
}

func (s *sender) succeeded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures > 0 {
		s.config.Logger.Info("publishing works again", telemetry.FieldAttempt, s.failures+1)
	}
	s.failures = 0
}
