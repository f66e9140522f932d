package integration

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
)

func TestMissionPlanRoute(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.PlanStep, domain.Forward, mission.PlanStream, mission.PlanEventType,
		`{"robot_count":2,"area":"ZoneA","results":{"allocate_resources":{"robots":["robot-1","robot-2"]}}}`)
	var got mission.Planned
	decode(t, s.ask(t, command, domain.ReplyCompleted), &got)
	if len(got.Routes) != 2 || got.Routes[0].Robot != "robot-1" || got.Routes[1].Robot != "robot-2" {
		t.Fatalf("planned %+v, want a route for each of the two robots", got)
	}
	for _, route := range got.Routes {
		if len(route.Waypoints) < 2 {
			t.Errorf("%s has the waypoints %v, want a way", route.Robot, route.Waypoints)
		}
	}
}
