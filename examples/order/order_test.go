package order_test

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/order"
)

// Whatever the definition commands, a handler is there for it; and there is no handler that nothing commands.
func TestEveryCommandHasItsHandler(t *testing.T) {
	handled := map[domain.Target]bool{}
	for _, h := range order.Handlers(order.Options{}) {
		handled[domain.Target{Stream: h.Stream, EventType: h.EventType}] = true
	}
	commanded := map[domain.Target]bool{}
	for _, step := range order.Definition().Steps {
		commanded[step.Command] = true
		if step.Compensate != nil {
			commanded[*step.Compensate] = true
		}
	}
	for target := range commanded {
		if !handled[target] {
			t.Errorf("nobody handles %v", target)
		}
	}
	for target := range handled {
		if !commanded[target] {
			t.Errorf("nothing commands %v", target)
		}
	}
}

func TestStepsHaveTheNamesThatTheHandlersKnow(t *testing.T) {
	steps := order.Definition().Steps
	names := []string{order.ReserveStep, order.ChargeStep, order.ShipStep}
	if len(steps) != len(names) {
		t.Fatalf("%d steps, want %d", len(steps), len(names))
	}
	for i, name := range names {
		if steps[i].Name != name {
			t.Errorf("step %d is %q, want %q", i+1, steps[i].Name, name)
		}
	}
}
