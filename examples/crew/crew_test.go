package crew_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/router/participant"
)

// progress is a participant.Progress that keeps what is reported.
type progress struct {
	command   domain.Envelope
	fractions []float64
	stages    []string
}

func (p *progress) Report(fraction float64, stage string) {
	p.fractions, p.stages = append(p.fractions, fraction), append(p.stages, stage)
}

func (p *progress) Command() domain.Envelope { return p.command }

func asked(eventType, key string) *progress {
	return &progress{command: domain.Envelope{EventType: eventType, IdempotencyKey: key}}
}

var planning = crew.Action{Step: "plan_route", Stage: "planning waypoints"}

func answer(n int) func() (int, error) { return func() (int, error) { return n, nil } }

func TestEveryDeliveryReportsHalfwayOnce(t *testing.T) {
	c := crew.New(nil, 0)
	for delivery := range 2 {
		p := asked("routing:plan", "s1:plan_route:action")
		got, err := crew.Do(t.Context(), c, p, planning, answer(delivery+1))
		if err != nil || got != 1 {
			t.Errorf("delivery %d: answer %d, error %v; want the answer of the first", delivery+1, got, err)
		}
		if !slices.Equal(p.fractions, []float64{0.5}) || !slices.Equal(p.stages, []string{planning.Stage}) {
			t.Errorf("delivery %d: reported %v %v, want 0.5 and the stage", delivery+1, p.fractions, p.stages)
		}
	}
	if entries := c.Ledger.Entries(); len(entries) != 1 || entries[0].Effect != "routing:plan" {
		t.Errorf("ledger %v, want one routing:plan", entries)
	}
}

func TestFailAtConcernsItsStepOnly(t *testing.T) {
	c := crew.New(nil, 0)
	failing := crew.Action{Step: "plan_route", FailAt: "plan_route"}
	other := crew.Action{Step: "plan_route", FailAt: "integrate_maps"}
	_, err := crew.Do(t.Context(), c, asked("routing:plan", "s1:plan_route:action"), failing, answer(1))
	if code(err) != "asked_to_fail" {
		t.Errorf("error %v, want the code asked_to_fail", err)
	}
	if _, err := crew.Do(t.Context(), c, asked("routing:plan", "s2:plan_route:action"), other, answer(1)); err != nil {
		t.Errorf("fail_at of another step: %v", err)
	}
	if n := len(c.Ledger.Entries()); n != 1 {
		t.Errorf("%d effects, want 1: a failed step has none", n)
	}
}

func TestLateActionIsRefusedForGood(t *testing.T) {
	c := crew.New(ledger.InMemory(), 0)
	back := asked("resources:release", "s1:allocate_resources:compensation")
	undone, err := crew.Undo(c, back, "releasing robots", func(_ int, done bool) (bool, error) { return done, nil })
	if err != nil || undone {
		t.Fatalf("undone %v, error %v; want nothing to undo", undone, err)
	}
	late := asked("resources:allocate", "s1:allocate_resources:action")
	if _, err := crew.Do(t.Context(), c, late, planning, answer(1)); code(err) != "undone" {
		t.Errorf("error %v, want the code undone", err)
	}
}

func TestDelayPassesBeforeTheEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begun := crew.New(nil, time.Minute), time.Now()
		_, err := crew.Do(t.Context(), c, asked("routing:plan", "s1:plan_route:action"), planning, answer(1))
		if waited := time.Since(begun); err != nil || waited != time.Minute {
			t.Errorf("waited %v, error %v; want 1m", waited, err)
		}
	})
}

func TestDelayEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := crew.New(nil, time.Hour)
	_, err := crew.Do(ctx, c, asked("routing:plan", "s1:plan_route:action"), planning, answer(1))
	if !errors.Is(err, context.Canceled) || len(c.Ledger.Entries()) != 0 {
		t.Errorf("error %v, %d effects; want context.Canceled and none", err, len(c.Ledger.Entries()))
	}
}

func code(err error) string {
	var failure *participant.Error
	if errors.As(err, &failure) {
		return failure.Code
	}
	return ""
}
