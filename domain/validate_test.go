package domain_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
)

// The faults that a document can have are tested in package document, by testdata/definitions/faulty. Here stand those
// that only a definition made in Go can have, and those that need many steps.

func sound() domain.Definition {
	return domain.Definition{Name: "order", Version: 1, Steps: []domain.Step{
		{Name: "reserve", Command: domain.Target{Stream: "inventory:commands", EventType: "inventory:reserve"}},
		{Name: "charge", Command: domain.Target{Stream: "payment:commands", EventType: "payment:charge"}},
	}}
}

func TestValidateFindsWhatOnlyGoCanSay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*domain.Definition)
		want   []string
	}{
		"sound": {func(*domain.Definition) {}, nil},
		"negative durations": {func(d *domain.Definition) {
			d.Steps[0].Timeout, d.Steps[1].AckTimeout, d.Steps[1].Retry.First = -1, -domain.Duration(time.Second), -1
		}, []string{
			`steps[0].timeout: -1ns is not longer than 0; write a duration such as "30s", or leave it out`,
			`steps[1].retry.first: -1ns is not longer than 0; write a duration such as "30s", or leave it out`,
			`steps[1].ack_timeout: -1s is not longer than 0; write a duration such as "30s", or leave it out`,
		}},
		"finer than a microsecond": {
			func(d *domain.Definition) { d.Steps[0].Timeout = 1001 },
			[]string{`steps[0].timeout: 1.001µs is finer than a microsecond; write whole microseconds`},
		},
		"not a number": {
			func(d *domain.Definition) {
				d.Steps[0].Retry.Jitter, d.Steps[0].Retry.Factor = share(math.NaN()), math.NaN()
			},
			[]string{
				`steps[0].retry.factor: NaN is out of range; write a number from 1 to 1000`,
				`steps[0].retry.jitter: NaN is out of range; write a share from 0 to 1`,
			},
		},
		"nothing at all": {
			func(d *domain.Definition) { *d = domain.Definition{} },
			[]string{
				`name: is missing; give it a name`,
				`version: 0 is out of range; number versions from 1 to 2147483647`,
				`steps: there is none; a saga needs at least one step`,
			},
		},
		"an empty step": {
			func(d *domain.Definition) { d.Steps[1] = domain.Step{After: []string{""}} },
			[]string{
				`steps[1].name: is missing; give it a name`,
				`steps[1].command.stream: is missing; write <domain>:commands`,
				`steps[1].command.event_type: is missing; write <domain>:<action>`,
				`steps[1].after[0]: no step is called ""; name a step of this definition`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sound()
			tt.change(&d)
			faults := d.Validate()
			if got, want := faults.Error(), strings.Join(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if (faults.Err() == nil) != (len(tt.want) == 0) {
				t.Errorf("Err is %v", faults.Err())
			}
		})
	}
}

func TestValidateAcceptsPivotsSideBySide(t *testing.T) {
	t.Parallel()
	step := func(name string, kind domain.Kind, after ...string) domain.Step {
		return domain.Step{
			Name: name, Kind: kind, After: append([]string{}, after...),
			Command: domain.Target{Stream: "a:commands", EventType: "a:" + name},
		}
	}
	d := domain.Definition{Name: "fork", Version: 1, Steps: []domain.Step{
		step("hold", ""), step("left", domain.Pivot, "hold"), step("right", domain.Pivot, "hold"),
		step("mail", domain.Retriable, "left", "right"), step("archive", domain.Retriable, "mail"),
	}}
	if faults := d.Validate(); faults != nil {
		t.Errorf("faults: %v", faults)
	}
}

// A graph as large and as dense as allowed is judged at once; a naive walk would take 2^200 steps.
func TestValidateIsQuickOnDenseGraphs(t *testing.T) {
	t.Parallel()
	d := dense(domain.MaxSteps)
	if faults := d.Validate(); faults != nil {
		t.Errorf("faults: %v", faults)
	}
	d.Steps[0].After = []string{"s199"}
	if faults := d.Validate(); len(faults) == 0 {
		t.Error("the circle is not found")
	}
	d = dense(domain.MaxSteps + 1)
	if faults := d.Validate(); len(faults) != 1 || faults[0].Path != "steps" {
		t.Errorf("one step too many: faults are %v", faults)
	}
}

// dense has n steps, each waiting for all before it.
func dense(n int) domain.Definition {
	d := domain.Definition{Name: "dense", Version: 1, Steps: make([]domain.Step, n)}
	names := make([]string, n)
	for i := range d.Steps {
		names[i] = fmt.Sprint("s", i)
		d.Steps[i] = domain.Step{Name: names[i], After: names[:i:i], Command: domain.Target{Stream: "a:commands", EventType: "a:b"}}
	}
	return d
}

// Every circle is found, and nothing else is taken for one: compared with sorting the graph step by step.
func TestValidateFindsCirclesExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 7).Draw(t, "steps")
		d := domain.Definition{Name: "any", Version: 1}
		for i := range n {
			after := []string{}
			for j := range n {
				if i != j && rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
					after = append(after, fmt.Sprint("s", j))
				}
			}
			d.Steps = append(d.Steps, domain.Step{
				Name: fmt.Sprint("s", i), After: after, Command: domain.Target{Stream: "a:commands", EventType: "a:b"},
			})
		}
		if got, want := d.Validate() == nil, sortable(d.Steps); got != want {
			t.Fatalf("sound: %v, want %v", got, want)
		}
	})
}

// sortable removes steps that wait for nothing until none is left, or none can be removed.
func sortable(steps []domain.Step) bool {
	done := map[string]bool{}
	for again := true; again; {
		again = false
		for _, s := range steps {
			ready := !done[s.Name]
			for _, name := range s.After {
				ready = ready && done[name]
			}
			if ready {
				done[s.Name], again = true, true
			}
		}
	}
	return len(done) == len(steps)
}
