package domain_test

import (
	"reflect"
	"testing"

	"github.com/skald-go/skald/domain"
)

func TestPreparedWritesDefaultsOut(t *testing.T) {
	t.Parallel()
	d := sound()
	d.Start = &domain.Start{Stream: "order:commands", EventType: "order:start"}
	d.Steps[1].Compensate = &domain.Target{Stream: "payment:commands", EventType: "payment:refund"}
	d.Steps[1].Retry = domain.RetryPolicy{Policy: domain.Linear, Attempts: 9}
	p := d.Prepared()
	if p.Start.Group != "order_orchestrator_group" {
		t.Errorf("the start's group is %q", p.Start.Group)
	}
	first, second := p.Steps[0], p.Steps[1]
	if first.After == nil || len(first.After) != 0 || !reflect.DeepEqual(second.After, []string{"reserve"}) {
		t.Errorf("dependencies are %#v and %#v", first.After, second.After)
	}
	if first.Kind != domain.Compensatable || first.Timeout != domain.DefaultTimeout || first.AckTimeout != domain.DefaultAckTimeout {
		t.Errorf("the first step is %+v", first)
	}
	if !reflect.DeepEqual(first.Retry, domain.RetryPolicy{}.WithDefaults()) {
		t.Errorf("its retry policy is %+v", first.Retry)
	}
	if first.CompensateRetry != nil {
		t.Errorf("it has a policy for a way back that it has not: %+v", first.CompensateRetry)
	}
	if second.CompensateRetry == nil || !reflect.DeepEqual(*second.CompensateRetry, second.Retry) || second.Retry.Attempts != 9 {
		t.Errorf("the way back is retried by %+v, want the step's %+v", second.CompensateRetry, second.Retry)
	}
	if again := p.Prepared(); !reflect.DeepEqual(again, p) {
		t.Errorf("prepared twice it is %+v, want %+v", again, p)
	}
	if faults := p.Validate(); faults != nil {
		t.Errorf("prepared, it has faults: %v", faults)
	}
}

func TestPreparedIsACopy(t *testing.T) {
	t.Parallel()
	d := sound()
	d.Start = &domain.Start{Stream: "order:commands", EventType: "order:start", Group: "g"}
	d.Steps[0].After = []string{}
	d.Steps[1].After = []string{"reserve"}
	d.Steps[0].Compensate = &domain.Target{Stream: "inventory:commands", EventType: "inventory:release"}
	d.Steps[0].Retry.Jitter = share(0.5)
	d.Steps[0].CompensateRetry = &domain.RetryPolicy{Jitter: share(0.5)}
	p := d.Prepared()
	before := p.Digest()
	d.Start.Group, d.Steps[1].After[0], d.Steps[0].Compensate.EventType = "other", "other", "other"
	*d.Steps[0].Retry.Jitter, *d.Steps[0].CompensateRetry.Jitter, d.Steps[0].Name = 0, 0, "other"
	if p.Digest() != before {
		t.Errorf("the prepared definition changed with the one it was made from: %s", p.Canonical())
	}
}
