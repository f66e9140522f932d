package mission

import (
	"fmt"
	"reflect"
	"testing"
)

func TestAllocateNamesTheRobots(t *testing.T) {
	got, err := allocate(Request{RobotCount: 2, Area: "ZoneA"})
	if want := (Allocated{Robots: []string{"robot-1", "robot-2"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, error %v; want %v", got, err, want)
	}
}

func TestAllocateRefusesWhatNoFleetCanServe(t *testing.T) {
	for _, r := range []Request{{RobotCount: 0, Area: "ZoneA"}, {RobotCount: FleetSize + 1, Area: "ZoneA"}, {RobotCount: 2}} {
		if got, err := allocate(r); err == nil {
			t.Errorf("%+v: %v, want a failure", r, got)
		}
	}
}

// Every size of fleet covers every area, and each robot has a way to go.
func TestMissionCoversTheArea(t *testing.T) {
	for count := range FleetSize {
		for zone := range 70 {
			r := Request{RobotCount: count + 1, Area: fmt.Sprintf("Zone%d", zone)}
			allocated, err := allocate(r)
			if err != nil {
				t.Fatal(err)
			}
			planned := plan(r.Area, allocated.Robots)
			for _, route := range planned.Routes {
				for _, p := range route.Waypoints {
					if len(route.Waypoints) < 2 || p.X < 0 || p.X > planned.Side || p.Y < 0 || p.Y > planned.Side {
						t.Fatalf("%+v: route %v leaves the area of side %d", r, route, planned.Side)
					}
				}
			}
			got := integrate(r.Area, planned.Side, explore(planned).Surveys)
			if got.Coverage != 1 || got.Surveys != count+1 {
				t.Errorf("%+v: %+v, want the whole area from %d surveys", r, got, count+1)
			}
		}
	}
}

func TestExploreMeasuresTheWay(t *testing.T) {
	planned := Planned{Side: 20, Routes: []Route{{Robot: "robot-1", Waypoints: sweep(0, 20, 20)}}}
	got := explore(planned)
	want := Explored{Surveys: []Survey{{Robot: "robot-1", Driven: 20 + 10 + 20, Scanned: 2 * 20 * sweepWidth}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
