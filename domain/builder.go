package domain

import "time"

// Builder makes a definition in Go, in the words of the document:
//
//	def, err := domain.Define("order").Version(1).
//		StartsOn("order:commands", "order:start").
//		Step("reserve").Command("inventory:commands", "inventory:reserve").
//		Compensate("inventory:commands", "inventory:release").
//		Step("charge").Command("payment:commands", "payment:charge").
//		Build()
//
// What it builds is what ParseDefinition reads from the document that says the same; their digests are equal.
// Nothing is checked before Build. A Builder is for one goroutine.
type Builder struct{ definition Definition }

// Define begins a definition.
func Define(name string) *Builder { return &Builder{definition: Definition{Name: name}} }

// Version numbers the definition, from 1.
func (b *Builder) Version(version int) *Builder {
	b.definition.Version = version
	return b
}

// Description says in words what the saga is for.
func (b *Builder) Description(text string) *Builder {
	b.definition.Description = text
	return b
}

// StartsOn names the stream whose entries of the given event type start the saga.
func (b *Builder) StartsOn(stream, eventType string) *Builder {
	b.start().Stream, b.start().EventType = stream, eventType
	return b
}

// StartGroup names the consumer group that reads the start stream, in place of "<name>_orchestrator_group".
func (b *Builder) StartGroup(group string) *Builder {
	b.start().Group = group
	return b
}

func (b *Builder) start() *Start {
	if b.definition.Start == nil {
		b.definition.Start = &Start{}
	}
	return b.definition.Start
}

// Deadline says how long the saga may take to be done, and what happens then; "" means ThenCompensate.
func (b *Builder) Deadline(after time.Duration, then DeadlineRule) *Builder {
	b.definition.Deadline = &Deadline{After: Duration(after), Then: then}
	return b
}

// Step begins the next step. It waits for the step before it unless After says otherwise.
func (b *Builder) Step(name string) *StepBuilder {
	b.definition.Steps = append(b.definition.Steps, Step{Name: name})
	return &StepBuilder{builder: b, place: len(b.definition.Steps) - 1}
}

// Build returns the definition, validated and prepared. The error is Faults and lists everything that is wrong. The
// builder may go on to build another.
func (b *Builder) Build() (*Definition, error) {
	if err := b.definition.Validate().Err(); err != nil {
		return nil, err
	}
	prepared := b.definition.Prepared()
	return &prepared, nil
}

// StepBuilder describes one step; Step and Build lead on from it.
type StepBuilder struct {
	builder *Builder
	place   int
}

func (s *StepBuilder) step() *Step { return &s.builder.definition.Steps[s.place] }

// Command names where the step's command goes.
func (s *StepBuilder) Command(stream, eventType string) *StepBuilder {
	s.step().Command = Target{Stream: stream, EventType: eventType}
	return s
}

// Sleep makes the step one without a command: it is done after the given time.
func (s *StepBuilder) Sleep(d time.Duration) *StepBuilder {
	s.step().Sleep = Duration(d)
	return s
}

// WaitFor makes the step one without a command: it is done when the signal has come, whose payload is its output. Without
// it by the timeout the step has failed; 0 means that it waits for ever.
func (s *StepBuilder) WaitFor(signal string, timeout time.Duration) *StepBuilder {
	s.step().WaitFor = &WaitFor{Signal: signal, Timeout: Duration(timeout)}
	return s
}

// Compensate names the command that undoes the step.
func (s *StepBuilder) Compensate(stream, eventType string) *StepBuilder {
	s.step().Compensate = &Target{Stream: stream, EventType: eventType}
	return s
}

// After names the steps that must be done first; with no names, nothing must.
func (s *StepBuilder) After(names ...string) *StepBuilder {
	s.step().After = append([]string{}, names...)
	return s
}

// Pivot makes the step the point of no return.
func (s *StepBuilder) Pivot() *StepBuilder { return s.kind(Pivot) }

// Retriable says that the step stands behind the pivot: it cannot fail, only take longer.
func (s *StepBuilder) Retriable() *StepBuilder { return s.kind(Retriable) }

func (s *StepBuilder) kind(kind Kind) *StepBuilder {
	s.step().Kind = kind
	return s
}

// Retry says how often the step is attempted, and its compensation unless CompensateRetry says otherwise.
func (s *StepBuilder) Retry(policy RetryPolicy) *StepBuilder {
	s.step().Retry = policy
	return s
}

// CompensateRetry says how often the compensation is attempted.
func (s *StepBuilder) CompensateRetry(policy RetryPolicy) *StepBuilder {
	s.step().CompensateRetry = &policy
	return s
}

// Timeout is how long one attempt may take; 0 means DefaultTimeout.
func (s *StepBuilder) Timeout(d time.Duration) *StepBuilder {
	s.step().Timeout = Duration(d)
	return s
}

// AckTimeout is how long a command may go without any reply before it is delivered again; 0 means DefaultAckTimeout.
func (s *StepBuilder) AckTimeout(d time.Duration) *StepBuilder {
	s.step().AckTimeout = Duration(d)
	return s
}

// Step begins the next step.
func (s *StepBuilder) Step(name string) *StepBuilder { return s.builder.Step(name) }

// Build is Builder.Build.
func (s *StepBuilder) Build() (*Definition, error) { return s.builder.Build() }
