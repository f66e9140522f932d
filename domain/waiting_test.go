package domain_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/domaintest"
)

// approval asks, sleeps, waits for a word, and then acts; offers can be taken back.
const approval = `{"name":"approval","version":1,"steps":[
 {"name":"offer","command":{"stream":"offer:commands","event_type":"offer:send"},"compensate":{"stream":"offer:commands","event_type":"offer:withdraw"},"retry":{"attempts":1}},
 {"name":"nap","sleep":"10m"},
 {"name":"word","wait_for":{"signal":"approved","timeout":"1h"}},
 {"name":"act","command":{"stream":"act:commands","event_type":"act:do"},"retry":{"attempts":1}}]}`

// votes waits for two signals of one name at once, and for ever, and for a third behind the pivot.
const votes = `{"name":"votes","version":1,"steps":[
 {"name":"first","after":[],"wait_for":{"signal":"vote"}},
 {"name":"second","after":[],"wait_for":{"signal":"vote"}},
 {"name":"seal","after":["first","second"],"kind":"pivot","command":{"stream":"seal:commands","event_type":"seal:do"},"retry":{"attempts":1}},
 {"name":"late","kind":"retriable","wait_for":{"signal":"done","timeout":"1h"}}]}`

// The rows W of docs/semantics.md.
func TestStepsThatWait(t *testing.T) {
	asleep := steps{"start", "offer completed"}
	awaiting := slices.Clip(append(asleep, "wait 10m"))
	runRows(t, []row{
		{name: "W1 a sleep begins", def: approval, given: steps{"start"}, when: "offer completed", then: steps{"StepCompleted offer#1", "TimerSet nap#1 until 10m0s"}},
		{name: "W1 and is not over before its time", def: approval, given: asleep, when: "wait 599s"},
		{name: "W1 then the step is done", def: approval, given: asleep, when: "wait 10m",
			then: steps{"StepCompleted nap#1 {}", "SignalAwaited word#1 approved until 1h10m0s"}},
		{name: "W2 the signal is the output", def: approval, given: awaiting, when: `signal approved {"by":"olga"}`,
			then: steps{`SignalReceived approved {"by":"olga"}`, `StepCompleted word#1 {"by":"olga"}`, `StepCommanded act#1 -> act:commands act:do {"results":{"offer":{},"nap":{},"word":{"by":"olga"}}}`}},
		{name: "W2 a signal without payload", def: approval, given: awaiting, when: "signal approved",
			then: steps{"SignalReceived approved {}", "StepCompleted word#1 {}", "StepCommanded act#1"}},
		{name: "W2 without a timeout it waits for ever", def: votes, given: steps{"start"}, when: "wait 8000h"},
		{name: "W3 an early signal is kept", def: approval, given: asleep, when: "signal approved", then: steps{"SignalReceived approved {}"}},
		{name: "W3 and taken when its step begins", def: approval, given: append(asleep, `signal approved {"n":1}`), when: "wait 10m",
			then: steps{"StepCompleted nap#1", "SignalAwaited word#1", `StepCompleted word#1 {"n":1}`, "StepCommanded act#1"}},
		{name: "W4 a signal ends one wait, the oldest", def: votes, given: steps{"start"}, when: `signal vote {"n":1}`,
			then: steps{"SignalReceived vote", `StepCompleted first#1 {"n":1}`}},
		{name: "W4 the next one the next", def: votes, given: steps{"start", "signal vote"}, when: `signal vote {"n":2}`,
			then: steps{"SignalReceived vote", `StepCompleted second#1 {"n":2}`, "StepCommanded seal#1"}},
		{name: "W5 the same key is the same signal", def: votes, given: steps{"start", "signal vote@olga"}, when: "signal vote@olga"},
		{name: "W5 another key is another", def: votes, given: steps{"start", "signal vote@olga"}, when: "signal vote@anna",
			then: steps{"SignalReceived vote", "StepCompleted second#1", "StepCommanded seal#1"}},
		{name: "W6 without its signal in time the step has failed", def: approval, given: awaiting, when: "wait 1h",
			then: steps{`StepFailed word#1 the signal "approved" did not come in time (final)`, "SagaCompensating step word", "CompensationCommanded offer#1"}},
		{name: "W6 behind the pivot the saga is stuck", def: votes, given: steps{"start", "signal vote", "signal vote", "seal completed"}, when: "wait 1h",
			then: steps{"StepFailed late#1", "SagaStuck action step late"}, status: domain.Stuck},
		{name: "W6 a person lets it wait again", def: votes, given: steps{"start", "signal vote", "signal vote", "seal completed", "wait 1h"}, when: "operator retry",
			then: steps{"OperatorActed retry late", "SignalAwaited late#2 done until 2h0m0s"}, status: domain.Running},
		{name: "W6 a signal that came too late is kept for that", def: votes, given: steps{"start", "signal vote", "signal vote", "seal completed", "wait 1h", "signal done"}, when: "operator retry",
			then: steps{"OperatorActed retry late", "SignalAwaited late#2", "StepCompleted late#2", "SagaCompleted"}, status: domain.Completed},
		{name: "W7 a saga that turns round waits no longer", def: approval, given: awaiting, when: "cancel anna no",
			then: steps{"OperatorActed", "SagaCompensating", "CompensationCommanded offer#1"}},
		{name: "W7 nor sleeps", def: approval, given: append(asleep, "cancel anna no"), when: "undo offer completed", then: steps{"CompensationCompleted offer#1", "SagaCancelled"}},
		{name: "W8 no such signal", def: approval, given: awaiting, when: "signal aproved", refused: `did you mean "approved"?`},
		{name: "W8 none at all", def: order, given: steps{"start"}, when: "signal approved", refused: "none of this saga's waits for any"},
		{name: "W8 another name altogether", def: approval, given: awaiting, when: "signal xyz", refused: "this saga's wait for approved"},
		{name: "W8 not any more", def: approval, given: append(awaiting, "signal approved"), when: "signal approved", refused: "any more"},
		{name: "W8 not on the way back", def: approval, given: append(awaiting, "cancel anna no"), when: "signal approved", refused: "being compensated"},
		{name: "W8 not after the end", def: approval, given: steps{"start", "offer failed! no"}, when: "signal approved", refused: "ended"},
		{name: "W8 not a list", def: approval, given: awaiting, when: "signal approved [1]", refused: "not an object"},
		{name: "W9 a pause keeps the sleeper asleep", def: approval, given: append(asleep, "operator pause"), when: "wait 1h"},
		{name: "W9 and wakes it afterwards", def: approval, given: append(asleep, "operator pause", "wait 1h"), when: "operator resume",
			then: steps{"OperatorActed", "SagaResumed", "StepCompleted nap#1", "SignalAwaited word#1"}},
		{name: "W9 a signal is taken during a pause", def: approval, given: append(awaiting, "operator pause"), when: "signal approved",
			then: steps{"SignalReceived approved", "StepCompleted word#1"}},
		{name: "O6 a wait is skipped", def: approval, given: asleep, when: "operator skip nap", then: steps{"OperatorActed", "StepSkipped nap", "SignalAwaited word#1"}},
		{name: "O7 or completed", def: approval, given: awaiting, when: `operator complete word {"by":"olga"}`,
			then: steps{"OperatorActed", `StepCompleted word#1 {"by":"olga"} (by hand)`, "StepCommanded act#1"}},
		{name: "O5 but not retried", def: approval, given: asleep, when: "operator retry nap", refused: "skip or complete ends its wait"},
		{name: "L11 nobody answers for a step that waits", def: approval, given: awaiting, when: "word completed", refused: "none of this saga's"},
		{name: "a reply to nothing is refused", def: approval, given: asleep, when: "anonymous act completed", refused: "sent no command"},
	})
}

func TestASagaKeepsABoundedNumberOfSignals(t *testing.T) {
	t.Parallel()
	s := domaintest.Given(t, prepared(t, approval), "start")
	for i := range domain.MaxKeptSignals {
		if err := s.Do(fmt.Sprintf("signal approved@%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	s.When("signal approved").ThenRefused("takes no more")
}

func TestASagaIsDueWhenAWaitEnds(t *testing.T) {
	t.Parallel()
	s := domaintest.Given(t, prepared(t, approval), "start", "offer completed")
	if want := domaintest.Epoch.Add(10 * time.Minute); !s.State.NextDue().Equal(want) {
		t.Errorf("due %s, want %s", s.State.NextDue(), want)
	}
	if s = domaintest.Given(t, prepared(t, votes), "start"); !s.State.NextDue().IsZero() {
		t.Errorf("due %s, but it waits for ever", s.State.NextDue())
	}
}

// What is written in Go, in a document and in canonical form is the same.
func TestWaitingStepsInEveryForm(t *testing.T) {
	t.Parallel()
	parsed := prepared(t, approval)
	const want = `{"after":["offer"],"kind":"compensatable","name":"nap","sleep":"10m0s"},` +
		`{"after":["nap"],"kind":"compensatable","name":"word","wait_for":{"signal":"approved","timeout":"1h0m0s"}}`
	if got := string(parsed.Canonical()); strings.Count(got, want) != 1 {
		t.Errorf("canonical form\n%s\nhas not\n%s", got, want)
	}
	once := domain.RetryPolicy{Attempts: 1}
	built, err := domain.Define("approval").Version(1).
		Step("offer").Command("offer:commands", "offer:send").Compensate("offer:commands", "offer:withdraw").Retry(once).
		Step("nap").Sleep(10*time.Minute).
		Step("word").WaitFor("approved", time.Hour).
		Step("act").Command("act:commands", "act:do").Retry(once).
		Build()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(built, parsed) {
		t.Errorf("built\n%s\nparsed\n%s", built.Canonical(), parsed.Canonical())
	}
	if again := prepared(t, string(parsed.Canonical())); !reflect.DeepEqual(again, parsed) {
		t.Errorf("read again it is\n%s", again.Canonical())
	}
}
