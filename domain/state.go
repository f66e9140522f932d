package domain

import (
	"encoding/json"
	"time"
)

// State is what a saga is after its history: the fold of Evolve. The zero State is a saga that has not started.
//
// A State is a value: Evolve never changes the one it is given, so states may be kept, shared and compared. Its Steps
// must not be written by others.
type State struct {
	SagaID        SagaID          `json:"saga_id"`
	CorrelationID string          `json:"correlation_id"`
	Definition    DefinitionRef   `json:"definition"`
	Status        Status          `json:"status"`
	Version       uint64          `json:"version"` // of the last event folded; 0 before the first
	Input         json.RawMessage `json:"input,omitempty"`
	ReplyStream   string          `json:"reply_stream,omitempty"`
	RequestID     string          `json:"request_id,omitempty"`
	EventType     string          `json:"event_type,omitempty"`
	// Steps holds the steps that have been commanded, in the order of their first command, and those that a person
	// skipped or completed before their turn.
	Steps []StepState `json:"steps"`
	// Error says why the saga turned round; StuckError, while it is stuck, what it is stuck on.
	Error      string `json:"error,omitempty"`
	StuckError string `json:"stuck_error,omitempty"`
	// Turned is set once the saga has turned round: no step is commanded any more, what was done is being undone.
	Turned    bool `json:"turned,omitempty"`
	Cancelled bool `json:"cancelled,omitempty"` // it turned round because it was cancelled
	// Paused is set while the saga makes no move of itself: replies are recorded, nothing is commanded or times out. It
	// stands beside the status, which says where the saga will go on.
	Paused bool `json:"paused,omitempty"`
	// Deadline is when the saga is to be done; zero when it may take for ever, and once that has passed or the saga has
	// turned round or ended.
	Deadline time.Time `json:"deadline,omitzero"`
	// Signals are those received that no step has taken yet, oldest first; SignalKeys, the keys of all that had one.
	Signals    []Signal `json:"signals,omitempty"`
	SignalKeys []string `json:"signal_keys,omitempty"`
	// Held is set while the saga is stuck as a whole because its deadline passed: it makes no move of itself, as in a
	// pause.
	Held bool `json:"held,omitempty"`

	StartedAt time.Time `json:"started_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"` // of the last event
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

// Status is where a saga stands.
type Status string

// The statuses. Completed, Compensated and Cancelled are terminal: no event follows them. Stuck waits for a person.
const (
	Running      Status = "running"
	Compensating Status = "compensating"
	Completed    Status = "completed"
	Compensated  Status = "compensated"
	Cancelled    Status = "cancelled"
	Stuck        Status = "stuck"
)

// Terminal reports whether the saga has ended.
func (s Status) Terminal() bool { return s == Completed || s == Compensated || s == Cancelled }

// StepState is where one step stands.
type StepState struct {
	Name  string    `json:"name"`
	Phase StepPhase `json:"phase"`
	// Action and Undo are the two directions' attempts. Undo is zero until the step's compensation is commanded.
	Action Attempts `json:"action"`
	Undo   Attempts `json:"undo,omitzero"`
	// Unanswered holds the attempts of the action that timed out and have had no last reply since: while it is not
	// empty the outcome of the step is in doubt.
	Unanswered []int           `json:"unanswered,omitempty"`
	Fraction   float64         `json:"fraction,omitempty"` // last progress of the current attempt
	Output     json.RawMessage `json:"output,omitempty"`   // of the action
	Error      string          `json:"error,omitempty"`    // last error, of either direction
	Code       string          `json:"code,omitempty"`
	// UndoAgain is set when the action's success became known after its compensation had begun at the participant:
	// the compensation may have found nothing to undo, so it is sent once more.
	UndoAgain bool `json:"undo_again,omitempty"`

	CommandedAt time.Time `json:"commanded_at,omitzero"` // first command of the action, or when a person counted it as done
	EndedAt     time.Time `json:"ended_at,omitzero"`     // when it came to rest: done, skipped, given up, undone or stuck
}

// StepPhase is where a step stands between its first command and its end.
type StepPhase string

// The phases of a step.
const (
	StepOpen        StepPhase = "open"         // commanded, no last reply yet
	StepWaiting     StepPhase = "waiting"      // an attempt failed or timed out, the next one is due later
	StepSleeping    StepPhase = "sleeping"     // asks nothing of anybody, and is done later
	StepAwaiting    StepPhase = "awaiting"     // asks nothing of anybody, and waits for its signal
	StepDone        StepPhase = "done"         // the action completed
	StepPassedOver  StepPhase = "skipped"      // a person skipped it: counts as done, with nothing to undo
	StepGivenUp     StepPhase = "given_up"     // no further attempt; see StepState.Unanswered for whether it is in doubt
	StepUndoing     StepPhase = "undoing"      // compensation commanded, no last reply yet
	StepUndoWaiting StepPhase = "undo_waiting" // a compensation failed, the next attempt is due later
	StepUndone      StepPhase = "undone"       // compensated
	StepUndoStuck   StepPhase = "undo_stuck"   // the compensation's retries are used up
)

// Attempts is the record of one direction of a step.
type Attempts struct {
	Count int `json:"count"` // attempts commanded; of a step that waits, the waits begun
	// Command is the last command, kept while it is open so that it can be delivered again.
	Command *Command  `json:"command,omitempty"`
	Started bool      `json:"started,omitempty"` // a reply to the current attempt has come
	Due     time.Time `json:"due,omitzero"`      // of the next attempt, or of the end of the wait, in a waiting phase
}

// Command is a command that stands on record.
type Command struct {
	Stream    string          `json:"stream"`
	EventType string          `json:"event_type"`
	RequestID string          `json:"request_id"`
	Payload   json.RawMessage `json:"payload"`
	AckBy     time.Time       `json:"ack_by"`
	Deadline  time.Time       `json:"deadline"`
}

// Trouble says what is wrong with the saga, in one line: what it is stuck on, or why it turned round; "" when all is
// well.
func (s State) Trouble() string {
	if s.StuckError != "" {
		return s.StuckError
	}
	return s.Error
}

// Halted reports whether the saga makes no move of itself until a person says so: it is paused, or stuck as a whole.
func (s State) Halted() bool { return s.Paused || s.Held }

// InDoubt reports whether an attempt was sent whose outcome nobody knows.
func (s StepState) InDoubt() bool { return len(s.Unanswered) > 0 }

// Step returns the named step's state; ok is false when it has not been commanded.
func (s State) Step(name string) (step StepState, ok bool) {
	for i := range s.Steps {
		if s.Steps[i].Name == name {
			return s.Steps[i], true
		}
	}
	return StepState{}, false
}

// NextDue is the earliest moment at which something is to be done if nothing arrives before: a command to deliver
// again, a deadline of an attempt or of the saga, a retry. The zero time means that there is none; a saga that is halted has none.
func (s State) NextDue() time.Time {
	var due time.Time
	earliest := func(t time.Time) {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	if s.Status.Terminal() || s.Halted() {
		return due
	}
	earliest(s.Deadline)
	for i := range s.Steps {
		for _, a := range [2]*Attempts{&s.Steps[i].Action, &s.Steps[i].Undo} {
			earliest(a.Due)
			if a.Command != nil {
				earliest(a.Command.Deadline)
				if !a.Started {
					earliest(a.Command.AckBy)
				}
			}
		}
	}
	return due
}

// OpenCommands are the commands without a last reply, as they go on the wire. at becomes their timestamp. Delivering
// them again is always allowed: request ids and idempotency keys are those of the first delivery.
func (s State) OpenCommands(at time.Time) []Envelope {
	var open []Envelope
	for i := range s.Steps {
		if c := s.Steps[i].Action.Command; c != nil {
			open = append(open, s.envelope(s.Steps[i].Name, Forward, c, at))
		}
		if c := s.Steps[i].Undo.Command; c != nil {
			open = append(open, s.envelope(s.Steps[i].Name, Back, c, at))
		}
	}
	return open
}

func (s State) envelope(step string, direction Direction, c *Command, at time.Time) Envelope {
	return Envelope{
		Stream:         c.Stream,
		CorrelationID:  s.CorrelationID,
		SagaID:         s.SagaID.String(),
		EventType:      c.EventType,
		Payload:        c.Payload,
		Timestamp:      at,
		RequestID:      c.RequestID,
		IdempotencyKey: IdempotencyKey(s.SagaID, step, direction),
	}
}
