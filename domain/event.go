package domain

import (
	"encoding/json"
	"time"
)

// Event is a fact of one saga's history together with the moment it was decided. In the store the moment is the
// record's recorded_at and the fact its payload.
type Event struct {
	At   time.Time
	Fact Fact
}

// Fact is what happened: one of the types below, by value. Names are past tense. The set is closed to other packages.
type Fact interface {
	// Type is the name under which the fact is stored, such as "StepCompleted". It never changes once released.
	Type() FactType
	fact()
}

// FactType is the stored name of a fact.
type FactType string

// SchemaVersion is the version of the payload shapes this build writes. Older shapes are lifted on reading (DecodeFact).
const SchemaVersion = 1

// The facts. "Attempt" counts from 1 within one step and direction. Times are UTC with microseconds.
type (
	// SagaStarted is version 1 of every history.
	SagaStarted struct {
		CorrelationID string          `json:"correlation_id"`
		Definition    DefinitionRef   `json:"definition"`
		Input         json.RawMessage `json:"input"`                  // a JSON object
		ReplyStream   string          `json:"reply_stream,omitempty"` // where the saga's own replies go
		RequestID     string          `json:"request_id,omitempty"`   // of the start, echoed in the saga's own replies
		EventType     string          `json:"event_type,omitempty"`   // of the start, echoed likewise
		Deadline      time.Time       `json:"deadline,omitzero"`      // when it is to be done; zero: it may take for ever
	}
	// StepCommanded carries the command: the append that records it is the outbox write.
	StepCommanded struct {
		Step      string          `json:"step"`
		Attempt   int             `json:"attempt"`
		Stream    string          `json:"stream"`
		EventType string          `json:"event_type"`
		RequestID string          `json:"request_id"`
		Payload   json.RawMessage `json:"payload"`
		AckBy     time.Time       `json:"ack_by"`   // without a reply until then, the command is delivered again
		Deadline  time.Time       `json:"deadline"` // without a last reply until then, the attempt is in doubt
	}
	// StepStarted is a participant's "start".
	StepStarted struct {
		Step    string `json:"step"`
		Attempt int    `json:"attempt"`
	}
	// StepProgressed is a participant's "progress".
	StepProgressed struct {
		Step     string          `json:"step"`
		Attempt  int             `json:"attempt"`
		Fraction float64         `json:"fraction"`
		Detail   json.RawMessage `json:"detail,omitempty"` // the reply's payload
	}
	// StepCompleted is a participant's "completed".
	StepCompleted struct {
		Step    string          `json:"step"`
		Attempt int             `json:"attempt"`
		Output  json.RawMessage `json:"output"`
		Late    bool            `json:"late,omitempty"` // the step had been given up when the answer came
		// ByOperator says that no participant answered: a person stated that the step is done. Attempt is then the last
		// one, 0 when the step was never commanded.
		ByOperator bool `json:"by_operator,omitempty"`
		// Signal names the signal that the step waited for: the oldest of that name is taken, and is the output.
		Signal string `json:"signal,omitempty"`
	}
	// TimerSet begins a step that sleeps.
	TimerSet struct {
		Step    string    `json:"step"`
		Attempt int       `json:"attempt"`
		Due     time.Time `json:"due"` // when it is done
	}
	// SignalAwaited begins a step that waits for a signal.
	SignalAwaited struct {
		Step     string    `json:"step"`
		Attempt  int       `json:"attempt"`
		Signal   string    `json:"signal"`
		Deadline time.Time `json:"deadline,omitzero"` // when it fails; zero: never
	}
	// SignalReceived keeps a signal until a step takes it.
	SignalReceived struct {
		Name    string          `json:"name"`
		Payload json.RawMessage `json:"payload"`
		Key     string          `json:"key,omitempty"` // the same key again is the same signal
	}
	// StepSkipped counts the step as done, with the output {}, although it is not; there is nothing to undo.
	StepSkipped struct {
		Step   string `json:"step"`
		Reason string `json:"reason"`
	}
	// StepFailed is a participant's "failed". It settles the attempt: nothing was done.
	StepFailed struct {
		Step      string `json:"step"`
		Attempt   int    `json:"attempt"`
		Error     string `json:"error"`
		Code      string `json:"code,omitempty"`
		Retryable bool   `json:"retryable"`
		Late      bool   `json:"late,omitempty"`
	}
	// StepTimedOut leaves the attempt in doubt: it was sent, and nobody knows what became of it.
	StepTimedOut struct {
		Step    string `json:"step"`
		Attempt int    `json:"attempt"`
	}
	// RetryScheduled says when the next attempt is due, for both directions.
	RetryScheduled struct {
		Step      string    `json:"step"`
		Direction Direction `json:"direction"`
		Attempt   int       `json:"attempt"` // the attempt that will be made
		Due       time.Time `json:"due"`
	}
	// SagaCompensating turns the saga round. From here on no step is commanded.
	SagaCompensating struct {
		Step   string `json:"step,omitempty"` // the step that was given up; "" when the saga is cancelled
		Reason string `json:"reason"`
		Cancel bool   `json:"cancel,omitempty"` // the saga ends as cancelled
	}
	// CompensationCommanded carries the command that undoes a step.
	CompensationCommanded struct {
		Step      string          `json:"step"`
		Attempt   int             `json:"attempt"`
		Stream    string          `json:"stream"`
		EventType string          `json:"event_type"`
		RequestID string          `json:"request_id"`
		Payload   json.RawMessage `json:"payload"`
		AckBy     time.Time       `json:"ack_by"`
		Deadline  time.Time       `json:"deadline"`
	}
	// CompensationStarted is a participant's "start" of the way back.
	CompensationStarted struct {
		Step    string `json:"step"`
		Attempt int    `json:"attempt"`
	}
	// CompensationCompleted says that the step is undone.
	CompensationCompleted struct {
		Step    string          `json:"step"`
		Attempt int             `json:"attempt"`
		Output  json.RawMessage `json:"output"`
		// ByOperator says that no participant answered: a person stated that the step has been undone. Attempt is then
		// the last one, 0 when none was made.
		ByOperator bool `json:"by_operator,omitempty"`
	}
	// CompensationFailed says that an attempt to undo failed, by a "failed" reply or by no answer in time.
	CompensationFailed struct {
		Step      string `json:"step"`
		Attempt   int    `json:"attempt"`
		Error     string `json:"error"`
		Code      string `json:"code,omitempty"`
		Retryable bool   `json:"retryable"`
		TimedOut  bool   `json:"timed_out,omitempty"`
	}
	// OperatorActed records who asked for what, before what follows from it.
	OperatorActed struct {
		Action string `json:"action"`         // a Verb, such as "cancel"
		Step   string `json:"step,omitempty"` // what it is about; "" for the whole saga
		Actor  string `json:"actor"`
		Reason string `json:"reason"`
	}
	// SagaDeadlinePassed says that the saga was not done when it was to be. What follows stands behind it.
	SagaDeadlinePassed struct{}
	// SagaPaused keeps the saga from moving of itself: replies are recorded, nothing is commanded and nothing times out.
	SagaPaused struct{}
	// SagaResumed ends a pause, and the standstill of a saga that is stuck as a whole.
	SagaResumed struct{}
	// SagaCompleted ends the saga: every step is done.
	SagaCompleted struct{}
	// SagaCompensated ends the saga: whatever was done is undone.
	SagaCompensated struct{}
	// SagaCancelled ends the saga: it was cancelled, and whatever was done is undone.
	SagaCancelled struct{}
	// SagaStuck says that the saga waits for a person.
	SagaStuck struct {
		Step      string    `json:"step"` // "" when the saga stands still as a whole, because its deadline passed
		Direction Direction `json:"direction"`
		Error     string    `json:"error"`
	}
)

// The stored names.
const (
	TypeSagaStarted           FactType = "SagaStarted"
	TypeStepCommanded         FactType = "StepCommanded"
	TypeStepStarted           FactType = "StepStarted"
	TypeStepProgressed        FactType = "StepProgressed"
	TypeStepCompleted         FactType = "StepCompleted"
	TypeTimerSet              FactType = "TimerSet"
	TypeSignalAwaited         FactType = "SignalAwaited"
	TypeSignalReceived        FactType = "SignalReceived"
	TypeStepSkipped           FactType = "StepSkipped"
	TypeStepFailed            FactType = "StepFailed"
	TypeStepTimedOut          FactType = "StepTimedOut"
	TypeRetryScheduled        FactType = "RetryScheduled"
	TypeSagaCompensating      FactType = "SagaCompensating"
	TypeCompensationCommanded FactType = "CompensationCommanded"
	TypeCompensationStarted   FactType = "CompensationStarted"
	TypeCompensationCompleted FactType = "CompensationCompleted"
	TypeCompensationFailed    FactType = "CompensationFailed"
	TypeOperatorActed         FactType = "OperatorActed"
	TypeSagaDeadlinePassed    FactType = "SagaDeadlinePassed"
	TypeSagaPaused            FactType = "SagaPaused"
	TypeSagaResumed           FactType = "SagaResumed"
	TypeSagaCompleted         FactType = "SagaCompleted"
	TypeSagaCompensated       FactType = "SagaCompensated"
	TypeSagaCancelled         FactType = "SagaCancelled"
	TypeSagaStuck             FactType = "SagaStuck"
)

func (SagaStarted) Type() FactType           { return TypeSagaStarted }
func (StepCommanded) Type() FactType         { return TypeStepCommanded }
func (StepStarted) Type() FactType           { return TypeStepStarted }
func (StepProgressed) Type() FactType        { return TypeStepProgressed }
func (StepCompleted) Type() FactType         { return TypeStepCompleted }
func (TimerSet) Type() FactType              { return TypeTimerSet }
func (SignalAwaited) Type() FactType         { return TypeSignalAwaited }
func (SignalReceived) Type() FactType        { return TypeSignalReceived }
func (StepSkipped) Type() FactType           { return TypeStepSkipped }
func (StepFailed) Type() FactType            { return TypeStepFailed }
func (StepTimedOut) Type() FactType          { return TypeStepTimedOut }
func (RetryScheduled) Type() FactType        { return TypeRetryScheduled }
func (SagaCompensating) Type() FactType      { return TypeSagaCompensating }
func (CompensationCommanded) Type() FactType { return TypeCompensationCommanded }
func (CompensationStarted) Type() FactType   { return TypeCompensationStarted }
func (CompensationCompleted) Type() FactType { return TypeCompensationCompleted }
func (CompensationFailed) Type() FactType    { return TypeCompensationFailed }
func (OperatorActed) Type() FactType         { return TypeOperatorActed }
func (SagaDeadlinePassed) Type() FactType    { return TypeSagaDeadlinePassed }
func (SagaPaused) Type() FactType            { return TypeSagaPaused }
func (SagaResumed) Type() FactType           { return TypeSagaResumed }
func (SagaCompleted) Type() FactType         { return TypeSagaCompleted }
func (SagaCompensated) Type() FactType       { return TypeSagaCompensated }
func (SagaCancelled) Type() FactType         { return TypeSagaCancelled }
func (SagaStuck) Type() FactType             { return TypeSagaStuck }

func (SagaStarted) fact()           {}
func (StepCommanded) fact()         {}
func (StepStarted) fact()           {}
func (StepProgressed) fact()        {}
func (StepCompleted) fact()         {}
func (TimerSet) fact()              {}
func (SignalAwaited) fact()         {}
func (SignalReceived) fact()        {}
func (StepSkipped) fact()           {}
func (StepFailed) fact()            {}
func (StepTimedOut) fact()          {}
func (RetryScheduled) fact()        {}
func (SagaCompensating) fact()      {}
func (CompensationCommanded) fact() {}
func (CompensationStarted) fact()   {}
func (CompensationCompleted) fact() {}
func (CompensationFailed) fact()    {}
func (OperatorActed) fact()         {}
func (SagaDeadlinePassed) fact()    {}
func (SagaPaused) fact()            {}
func (SagaResumed) fact()           {}
func (SagaCompleted) fact()         {}
func (SagaCompensated) fact()       {}
func (SagaCancelled) fact()         {}
func (SagaStuck) fact()             {}
