package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// turn is what one saga lives through in one batch: the inputs that were taken, one after another, and what follows.
type turn struct {
	known             // after the events below
	base       uint64 // the version it began with: what the store must still hold
	history    []eventstore.Record
	read       bool // history was read for this turn; otherwise state is from the cache, or presumed
	inputs     []*submission
	events     []eventstore.NewEvent
	messages   []domain.Envelope
	redelivers int  // how many of the messages were published before
	repeats    bool // messages of events before this turn are among them
	ours       bool // nobody else has written since this process did
}

// newTurn begins with what is known, or, for a start, with the presumption that the saga does not exist.
func newTurn(k known) *turn { return &turn{known: k, base: k.state.Version} }

func (t *turn) id() domain.SagaID { return t.state.SagaID }

// take decides one input. Its outcome stands in the submission, and holds once the turn is durable.
func (t *turn) take(s *submission, at time.Time, random float64, replyStream string) {
	t.inputs = append(t.inputs, s)
	if s.err = s.check(&t.state); s.err != nil {
		return
	}
	s.existed = s.isStart() && t.state.Version > 0
	if s.isStart() && !s.existed {
		t.def, t.trace = s.start.def, s.trace
	}
	state, events, err := domain.Turn(t.def, t.state, domain.Input{At: at, Random: random, Trigger: s.trigger})
	if err != nil {
		s.err = err
		return
	}
	if s.err = t.record(state, events, s, replyStream); s.err != nil {
		return
	}
	s.events = events
	switch {
	case s.wake != nil:
		t.remind(s.wake, at, replyStream)
	case len(events) == 0 && s.causationID != "":
		t.repeat(func(r *eventstore.Record) bool { return r.CausationID == s.causationID }, replyStream)
	}
}

// record adds events and the messages that follow from them: all, or, with an error, none.
func (t *turn) record(state domain.State, events []domain.Event, s *submission, replyStream string) error {
	trace := s.trace
	if trace == "" {
		trace = t.trace
	}
	recorded := t.events
	for _, event := range events {
		payload, err := domain.EncodeFact(event.Fact)
		if err != nil {
			return fmt.Errorf("encode %s: %w", event.Fact.Type(), err)
		}
		recorded = append(recorded, eventstore.NewEvent{
			Type:          string(event.Fact.Type()),
			SchemaVersion: domain.SchemaVersion,
			Payload:       payload,
			RecordedAt:    event.At,
			CausationID:   s.causationID,
			Trace:         trace,
		})
	}
	t.state, t.events = state, recorded
	for _, event := range events {
		for _, effect := range domain.Effects(t.def, t.state, event) {
			t.send(effect, trace, replyStream)
		}
	}
	return nil
}

func (t *turn) send(message domain.Envelope, trace, replyStream string) {
	message.TraceParent = trace
	if isCommand(&message) {
		message.ReplyStream = replyStream
	}
	t.messages = append(t.messages, message)
}

// remind publishes again what a wake finds unsent or unanswered. Commands of this very turn are not due yet. A halted saga
// sends no commands: they are due again when it is resumed.
func (t *turn) remind(w *wake, at time.Time, replyStream string) {
	if w.unsentFrom > 0 {
		t.repeat(func(r *eventstore.Record) bool { return r.Version >= w.unsentFrom }, replyStream)
	}
	if t.state.Status.Terminal() || t.state.Halted() {
		return
	}
	due := dueForRedelivery(t.def, &t.state, w.after, at)
	for _, command := range t.state.OpenCommands(at) {
		if slices.Contains(due, command.RequestID) && !t.sends(command.RequestID) {
			t.send(command, t.trace, replyStream)
			t.redelivers++
		}
	}
}

// sends reports whether the command with the given request id is among the messages.
func (t *turn) sends(requestID string) bool {
	return slices.ContainsFunc(t.messages, func(m domain.Envelope) bool { return isCommand(&m) && m.RequestID == requestID })
}

// repeat sends what followed from the wanted events of the history, as far as it still matters: commands that nobody has
// answered, and what the saga told its caller, unless it has told the end since.
func (t *turn) repeat(wanted func(*eventstore.Record) bool, replyStream string) {
	if len(t.history) == 0 {
		return
	}
	effects, err := effectsOf(t.def, t.id(), t.history, wanted)
	if err != nil {
		return // the same history has just been folded
	}
	t.repeats = true
	var unanswered []string
	if !t.state.Halted() {
		unanswered = unansweredCommands(&t.state)
	}
	for _, message := range effects {
		if isCommand(&message) {
			if !slices.Contains(unanswered, message.RequestID) || t.sends(message.RequestID) {
				continue
			}
			t.redelivers++
		} else if t.state.Status.Terminal() && (message.Status == domain.ReplyStart || message.Status == domain.ReplyProgress) {
			continue
		}
		t.send(message, message.TraceParent, replyStream)
	}
}

// doubtful reports whether nothing was decided on a state that nobody has checked, and that may matter. A "start" or
// "progress" that changes nothing may as well be lost.
func (t *turn) doubtful() bool {
	return !t.read && len(t.events) == 0 &&
		slices.ContainsFunc(t.inputs, func(s *submission) bool { return s.err != nil || !s.isTidings() })
}

func (t *turn) append() eventstore.SagaAppend {
	return eventstore.SagaAppend{
		SagaID:          t.id(),
		CorrelationID:   t.state.CorrelationID,
		Definition:      t.state.Definition,
		ExpectedVersion: t.base,
		Events:          t.events,
		Status:          t.state.Status,
		NextDue:         t.state.NextDue(),
	}
}

// unsentFrom is the first version whose messages are lost when those of this turn are.
func (t *turn) unsentFrom() uint64 {
	if t.repeats {
		return 1
	}
	return t.base + 1
}

// woken reports whether an alarm was among the inputs.
func (t *turn) woken() bool {
	return slices.ContainsFunc(t.inputs, func(s *submission) bool { return s.wake != nil })
}

// fail makes err the answer to every input, the refused ones too: a refusal in a turn that did not become durable may
// rest on a stale state.
func (t *turn) fail(err error) {
	for _, s := range t.inputs {
		s.err = err
	}
}

// tellsEnd reports whether the saga tells its caller how it ended.
func (t *turn) tellsEnd() bool {
	return slices.ContainsFunc(t.messages, func(m domain.Envelope) bool {
		return m.Status == domain.ReplyCompleted || m.Status == domain.ReplyFailed
	})
}

// failReplies makes err the answer to the replies among the inputs.
func (t *turn) failReplies(err error) {
	for _, s := range t.inputs {
		if _, ok := s.trigger.(domain.Reply); ok && s.err == nil {
			s.err = err
		}
	}
}

// reached tells the inputs the offset at which the saga's last event stands.
func (t *turn) reached(offset eventstore.Offset) {
	for _, s := range t.inputs {
		s.offset = offset
	}
}

// finish lets the submitters go.
func (t *turn) finish() {
	for _, s := range t.inputs {
		s.finish()
	}
}
