package mission_test

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
)

// The names are fixed by the system that Skald replaces (DESIGN section 6).
var table = []struct{ step, stream, group, eventType, wayBack string }{
	{"allocate_resources", "resources:commands", "resources_allocator_group", "resources:allocate", "resources:release"},
	{"plan_route", "routing:commands", "routing_handler_group", "routing:plan", ""},
	{"perform_exploration", "exploration:commands", "exploration_handler_group", "exploration:perform", "exploration:abort"},
	{"integrate_maps", "map:commands", "map_handler_group", "map:integrate", "map:rollback"},
	{"release_resources", "resources:commands", "resources_release_group", "resources:release", ""},
}

func TestDefinitionSaysWhatTheTableSays(t *testing.T) {
	prepared := mission.Definition().Prepared()
	start := prepared.Start
	if start == nil || start.Stream != "mission:commands" || start.Group != "mission_orchestrator_group" || start.EventType != "mission:start" {
		t.Errorf("start %+v", start)
	}
	if start.Stream != mission.StartStream || start.Group != mission.StartGroup || start.EventType != mission.StartEventType {
		t.Errorf("start.go says %s %s %s, the definition %+v", mission.StartStream, mission.StartGroup, mission.StartEventType, start)
	}
	if prepared.Name != mission.Name || len(prepared.Steps) != len(table) {
		t.Fatalf("definition %q with %d steps, want %q with %d", prepared.Name, len(prepared.Steps), mission.Name, len(table))
	}
	for i, row := range table {
		step, target := prepared.Steps[i], domain.Target{Stream: row.stream, EventType: row.eventType}
		if step.Name != row.step || step.Command != target {
			t.Errorf("step %d is %s with command %v, want %s with %v", i+1, step.Name, step.Command, row.step, target)
		}
		switch {
		case row.wayBack == "" && step.Compensate != nil:
			t.Errorf("%s has the way back %v, want none", row.step, *step.Compensate)
		case row.wayBack != "" && (step.Compensate == nil || *step.Compensate != domain.Target{Stream: row.stream, EventType: row.wayBack}):
			t.Errorf("%s has the way back %v, want %s", row.step, step.Compensate, row.wayBack)
		}
	}
}

func TestHandlersListenWhereTheTableSays(t *testing.T) {
	type place struct{ stream, group string }
	at := map[string]place{}
	for _, h := range mission.Handlers(mission.Options{}) {
		if _, twice := at[h.EventType]; twice {
			t.Errorf("two handlers for %s", h.EventType)
		}
		at[h.EventType] = place{h.Stream, h.Group}
	}
	for _, row := range table {
		if got, want := at[row.eventType], (place{row.stream, row.group}); got != want {
			t.Errorf("%s is handled at %v, want %v", row.eventType, got, want)
		}
		if row.wayBack == "" {
			continue
		}
		if got := at[row.wayBack]; got.stream != row.stream || got.group == "" {
			t.Errorf("%s is handled at %v, want stream %s", row.wayBack, got, row.stream)
		}
	}
}
