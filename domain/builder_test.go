package domain_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
)

const tripDocument = `{
  "name": "trip", "version": 3, "description": "a journey \"there\" & back <again>",
  "start": {"stream": "trip:commands", "event_type": "trip:start", "group": "travel_agents"},
  "steps": [
    {"name": "hotel", "command": {"stream": "hotel:commands", "event_type": "hotel:book"},
     "compensate": {"stream": "hotel:commands", "event_type": "hotel:cancel"},
     "compensate_retry": {"policy": "linear", "attempts": 9},
     "retry": {"policy": "exponential", "first": "200ms", "max": "10s", "factor": 1.5, "jitter": 0, "attempts": 5},
     "timeout": "1h30m"},
    {"name": "car", "after": [], "command": {"stream": "car:commands", "event_type": "car:book"},
     "retry": {"policy": "immediate_fail"}, "ack_timeout": "750ms"},
    {"name": "pay", "after": ["hotel", "car"], "kind": "pivot",
     "command": {"stream": "payment:commands", "event_type": "payment:charge"}},
    {"name": "mail", "kind": "retriable", "command": {"stream": "mail:commands", "event_type": "mail:send"}}
  ]
}`

func buildTrip() *domain.StepBuilder {
	noJitter := 0.0
	return domain.Define("trip").Version(3).Description("a journey \"there\" & back <again>").
		StartsOn("trip:commands", "trip:start").StartGroup("travel_agents").
		Step("hotel").Command("hotel:commands", "hotel:book").Compensate("hotel:commands", "hotel:cancel").
		CompensateRetry(domain.RetryPolicy{Policy: domain.Linear, Attempts: 9}).
		Retry(domain.RetryPolicy{
			First: domain.Duration(200 * time.Millisecond), Max: domain.Duration(10 * time.Second),
			Factor: 1.5, Jitter: &noJitter, Attempts: 5,
		}).
		Timeout(90*time.Minute).
		Step("car").After().Command("car:commands", "car:book").
		Retry(domain.RetryPolicy{Policy: domain.FailAtOnce}).AckTimeout(750*time.Millisecond).
		Step("pay").After("car", "hotel").Pivot().Command("payment:commands", "payment:charge").
		Step("mail").Retriable().Command("mail:commands", "mail:send")
}

func TestBuilderYieldsTheDocument(t *testing.T) {
	t.Parallel()
	built, err := buildTrip().Build()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := domain.ParseDefinition([]byte(tripDocument))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(built, parsed) {
		t.Errorf("built\n%s\nparsed\n%s", built.Canonical(), parsed.Canonical())
	}
	if built.Digest() != parsed.Digest() {
		t.Errorf("digests differ: built %s, parsed %s", built.Digest(), parsed.Digest())
	}
}

func TestBuilderReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := domain.Define("Order").Step("a").Timeout(-1).Build()
	var faults domain.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error is %T, want Faults", err)
	}
	var paths []string
	for _, f := range faults {
		paths = append(paths, f.Path)
	}
	want := []string{"name", "version", "steps[0].command.stream", "steps[0].command.event_type", "steps[0].timeout"}
	if !reflect.DeepEqual(paths, want) {
		t.Errorf("faults at %v, want %v\n%v", paths, want, faults)
	}
}

func TestBuilderMayGoOnAfterBuild(t *testing.T) {
	t.Parallel()
	builder := domain.Define("order").Version(1)
	first, err := builder.Step("reserve").Command("inventory:commands", "inventory:reserve").Build()
	if err != nil {
		t.Fatal(err)
	}
	digest := first.Digest()
	if _, err := builder.Version(2).Step("charge").Command("payment:commands", "payment:charge").Build(); err != nil {
		t.Fatal(err)
	}
	if first.Digest() != digest || len(first.Steps) != 1 {
		t.Error("a later build changed an earlier definition")
	}
}
