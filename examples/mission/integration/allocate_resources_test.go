package integration

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
)

func TestMissionAllocateResources(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.AllocateStep, domain.Forward, mission.AllocateStream, mission.AllocateEventType,
		`{"robot_count":2,"area":"ZoneA","results":{}}`)
	var got mission.Allocated
	decode(t, s.ask(t, command, domain.ReplyCompleted), &got)
	if len(got.Robots) != 2 || got.Robots[0] == got.Robots[1] {
		t.Errorf("allocated %v, want two robots", got.Robots)
	}
}

func TestMissionAllocateResourcesRefusesWhatNoFleetCanServe(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.AllocateStep, domain.Forward, mission.AllocateStream, mission.AllocateEventType,
		`{"robot_count":1000,"area":"ZoneA","results":{}}`)
	var failure struct {
		Error, Code string
		Retryable   *bool
	}
	decode(t, s.ask(t, command, domain.ReplyFailed), &failure)
	if failure.Code != "robot_count_out_of_range" || failure.Error == "" || failure.Retryable == nil || *failure.Retryable {
		t.Errorf("failed with %+v, want a reason, the code and retryable false", failure)
	}
}

// A command that is delivered twice is answered twice and carried out once.
func TestMissionAllocateResourcesAnswersARedelivery(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.AllocateStep, domain.Forward, mission.AllocateStream, mission.AllocateEventType,
		`{"robot_count":2,"area":"ZoneA","results":{}}`)
	first := s.ask(t, command, domain.ReplyCompleted)
	s.send(t, command)
	replies := s.replies(t, command.ReplyStream, 2)[3:]
	checkReplies(t, command, replies, domain.ReplyCompleted)
	if second := replies[len(replies)-1].fields["payload"]; second != first {
		t.Errorf("answers %s and %s, want the same", first, second)
	}
	if s.ledger != nil && len(s.ledger.Entries()) != 1 {
		t.Errorf("ledger %v, want one effect", s.ledger.Entries())
	}
}
