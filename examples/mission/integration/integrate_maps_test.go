package integration

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
)

const integrateResults = `"results":{"plan_route":{"side":20},"perform_exploration":{"surveys":[
	{"robot":"robot-1","driven":20,"scanned":200},{"robot":"robot-2","driven":20,"scanned":100}]}}`

func TestMissionIntegrateMaps(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.IntegrateStep, domain.Forward, mission.IntegrateStream, mission.IntegrateEventType,
		`{"robot_count":2,"area":"ZoneA",`+integrateResults+`}`)
	var got mission.Integrated
	decode(t, s.ask(t, command, domain.ReplyCompleted), &got)
	if want := (mission.Integrated{Area: "ZoneA", Surveys: 2, Coverage: 0.75}); got != want {
		t.Errorf("integrated %+v, want %+v", got, want)
	}
}

func TestMissionIntegrateMapsFailsWhenAsked(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.IntegrateStep, domain.Forward, mission.IntegrateStream, mission.IntegrateEventType,
		`{"robot_count":2,"area":"ZoneA","fail_at":"integrate_maps",`+integrateResults+`}`)
	var failure struct {
		Code      string
		Retryable *bool
	}
	decode(t, s.ask(t, command, domain.ReplyFailed), &failure)
	if failure.Code != "asked_to_fail" || failure.Retryable == nil || *failure.Retryable {
		t.Errorf("failed with %+v, want the code asked_to_fail and retryable false", failure)
	}
}

func TestMissionRollbackMaps(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	input := `{"robot_count":2,"area":"ZoneA",` + integrateResults + `}`
	s.ask(t, g.command(mission.IntegrateStep, domain.Forward, mission.IntegrateStream, mission.IntegrateEventType, input), domain.ReplyCompleted)
	var got mission.RolledBack
	decode(t, s.ask(t, g.command(mission.IntegrateStep, domain.Back, mission.IntegrateStream, mission.RollbackEventType, input), domain.ReplyCompleted), &got)
	if !got.Withdrawn {
		t.Error("the map was not withdrawn")
	}
}
