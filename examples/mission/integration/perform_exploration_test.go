package integration

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
)

const exploreInput = `{"robot_count":1,"area":"ZoneA","results":{"plan_route":{"side":20,"routes":[
	{"robot":"robot-1","waypoints":[{"x":5,"y":0},{"x":5,"y":20},{"x":15,"y":20},{"x":15,"y":0}]}]}}}`

func TestMissionPerformExploration(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.ExploreStep, domain.Forward, mission.ExploreStream, mission.ExploreEventType, exploreInput)
	var got mission.Explored
	decode(t, s.ask(t, command, domain.ReplyCompleted), &got)
	want := mission.Survey{Robot: "robot-1", Driven: 50, Scanned: 400}
	if len(got.Surveys) != 1 || got.Surveys[0] != want {
		t.Errorf("surveys %+v, want %+v", got.Surveys, want)
	}
}

func TestMissionAbortExploration(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	s.ask(t, g.command(mission.ExploreStep, domain.Forward, mission.ExploreStream, mission.ExploreEventType, exploreInput), domain.ReplyCompleted)
	back := g.command(mission.ExploreStep, domain.Back, mission.ExploreStream, mission.AbortEventType, exploreInput)
	var got mission.Aborted
	decode(t, s.ask(t, back, domain.ReplyCompleted), &got)
	if got.Surveys != 1 {
		t.Errorf("%d surveys thrown away, want the one that was made", got.Surveys)
	}
}

// The way back can overtake the way there. It finds nothing to undo, and the exploration is refused when it comes.
func TestMissionAbortExplorationBeforeItsStart(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	back := g.command(mission.ExploreStep, domain.Back, mission.ExploreStream, mission.AbortEventType, exploreInput)
	var got mission.Aborted
	decode(t, s.ask(t, back, domain.ReplyCompleted), &got)
	if got.Surveys != 0 {
		t.Errorf("%d surveys thrown away, want none", got.Surveys)
	}
	late := g.command(mission.ExploreStep, domain.Forward, mission.ExploreStream, mission.ExploreEventType, exploreInput)
	var failure struct{ Code string }
	decode(t, s.ask(t, late, domain.ReplyFailed), &failure)
	if failure.Code != "undone" {
		t.Errorf("the late exploration failed with code %q, want undone", failure.Code)
	}
}
