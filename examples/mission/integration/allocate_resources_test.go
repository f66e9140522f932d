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
	s.send(t, command)
	s.send(t, command)
	replies := s.replies(t, command.ReplyStream, 2)
	if len(replies) != 6 {
		t.Fatalf("replies %s, want start, progress, completed twice", statuses(replies))
	}
	checkReplies(t, command, replies[:3], domain.ReplyCompleted)
	checkReplies(t, command, replies[3:], domain.ReplyCompleted)
	if first, second := replies[2].fields["payload"], replies[5].fields["payload"]; first != second {
		t.Errorf("answers %s and %s, want the same", first, second)
	}
	if s.ledger != nil && len(s.ledger.Entries()) != 1 {
		t.Errorf("ledger %v, want one effect", s.ledger.Entries())
	}
}
