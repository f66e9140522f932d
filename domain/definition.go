package domain

import (
	"encoding/json"
	"time"
)

// Definition is the recipe of a saga: which steps it takes, what each asks of whom, and what undoes it. It is data: a
// document that a Go builder or a YAML or JSON file yields, validated, put in canonical form and digested before use.
// A Definition in use is never changed; a change is a new version.
type Definition struct {
	Name        string `json:"name"`
	Version     int    `json:"version"`
	Description string `json:"description,omitempty"`
	Start       *Start `json:"start,omitempty"`
	// Deadline bounds the way forward of the whole saga; nil means that it may take for ever.
	Deadline *Deadline `json:"deadline,omitempty"`
	Steps    []Step    `json:"steps"`

	graph *graph // what follows from Steps; set by Prepared
}

// Start names the stream whose entries start the saga. A definition without one is started through the API only.
type Start struct {
	Stream    string `json:"stream"`
	EventType string `json:"event_type"`
	// Group is the consumer group that reads the stream; "" means "<name>_orchestrator_group".
	Group string `json:"group,omitempty"`
}

// Deadline says how long a saga may take to be done, counted from its start, and what happens then.
type Deadline struct {
	After Duration     `json:"after"`
	Then  DeadlineRule `json:"then,omitempty"` // "" means ThenCompensate
}

// DeadlineRule is what happens to a saga that is not done by its deadline.
type DeadlineRule string

// The rules. A saga that has no way back, because its pivot is done, open or in doubt, is stuck in both cases.
const (
	ThenCompensate DeadlineRule = "compensate" // it turns round
	ThenStuck      DeadlineRule = "stuck"      // it stands still and waits for a person
)

// Step is one node of the saga: an action, and what logically reverses it.
type Step struct {
	Name string `json:"name"`
	// After names the steps that must be done first. nil means the step before it in the document (the first step
	// needs nothing); an empty list means that nothing is needed.
	After []string `json:"after"`
	// Kind says on which side of the point of no return the step stands; "" means compensatable.
	Kind Kind `json:"kind,omitempty"`
	// A step has one of Command, Sleep and WaitFor. Those that wait ask nothing of anybody: what is said below of
	// commands and attempts is not about them.
	Command Target   `json:"command,omitzero"`
	Sleep   Duration `json:"sleep,omitempty"`    // the step is done this long after it began
	WaitFor *WaitFor `json:"wait_for,omitempty"` // the step is done when a signal has come
	// Compensate is the command that undoes the step; nil means that there is nothing to undo.
	Compensate *Target     `json:"compensate,omitempty"`
	Retry      RetryPolicy `json:"retry"`
	// CompensateRetry is the policy of the way back; nil means the policy of the step.
	CompensateRetry *RetryPolicy `json:"compensate_retry,omitempty"`
	// Timeout is how long one attempt may take from command to last reply; 0 means DefaultTimeout. After it the
	// attempt is in doubt.
	Timeout Duration `json:"timeout,omitempty"`
	// AckTimeout is how long a command may go without any reply before it is delivered again, with the same request
	// id; 0 means DefaultAckTimeout.
	AckTimeout Duration `json:"ack_timeout,omitempty"`
}

// WaitFor names the signal that a step waits for. The signal's payload is the step's output.
type WaitFor struct {
	Signal  string   `json:"signal"`
	Timeout Duration `json:"timeout,omitempty"` // without the signal until then the step has failed; 0 means never
}

// Waits reports whether the step has no command, but sleeps or waits for a signal.
func (s *Step) Waits() bool { return s.Sleep != 0 || s.WaitFor != nil }

// Target is where a command goes: a stream and the event type that the participant listens for.
type Target struct {
	Stream    string `json:"stream"`
	EventType string `json:"event_type"`
}

// Kind is a step's place relative to the point of no return (Garcia-Molina & Salem 1987; Richardson, "Saga").
type Kind string

// The kinds of step.
const (
	Compensatable Kind = "compensatable" // can be undone, or has nothing to undo
	Pivot         Kind = "pivot"         // the point of no return: once it is completed nothing is undone any more
	Retriable     Kind = "retriable"     // behind the pivot: it is retried, and when its retries are used up the saga is stuck
)

// Direction tells the action of a step from its way back.
type Direction string

// The two directions of a step.
const (
	Forward Direction = "action"
	Back    Direction = "compensation"
)

// Defaults that the canonical form writes out, so that a change of a default never changes a stored definition.
const (
	DefaultTimeout    = Duration(30 * time.Second)
	DefaultAckTimeout = Duration(5 * time.Second)
)

// Duration is a time.Duration that documents write as text, such as "30s" or "1h30m".
type Duration time.Duration

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// DefinitionRef pins the definition that a saga runs under.
type DefinitionRef struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Digest  string `json:"digest"` // "sha256:" and 64 hex digits, of the canonical form
}
