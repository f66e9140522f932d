package integration

import (
	"slices"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
)

// One entry starts a mission; its correlation id stands on every message until its end, and it can be recited by it.
func TestMissionStart(t *testing.T) {
	s, correlationID := wholeStack(t), conversation()
	replyStream := s.startMission(t, correlationID)

	replies := s.replies(t, replyStream, 1)
	onlyProtocolFields(t, replyStream, replies)
	checkOwnReplies(t, correlationID, replies, domain.ReplyCompleted)
	sagaID := replies[0].fields["saga_id"]

	for _, step := range mission.Definition().Steps {
		checkCommandOf(t, s, step, correlationID, sagaID)
	}
	if all := s.commands(t, correlationID); len(all) != len(mission.Definition().Steps) {
		t.Errorf("commands %v, want one for each step", all)
	}
	s.awaitStatuses(t, correlationID, "completed")

	recital := s.recite(t, correlationID)
	if len(recital) != 1 || recital[0].SagaID.String() != sagaID || recital[0].State.Status != domain.Completed {
		t.Errorf("recited %+v, want the completed saga %s", recital, sagaID)
	}
}

// Two missions of one conversation are two sagas; both are recited.
func TestMissionStartTwiceInOneConversation(t *testing.T) {
	s, correlationID := wholeStack(t), conversation()
	replyStream := s.startMission(t, correlationID)
	s.startMission(t, correlationID)
	s.replies(t, replyStream, 2)
	s.awaitStatuses(t, correlationID, "completed", "completed")

	recital := s.recite(t, correlationID)
	if len(recital) != 2 || recital[0].SagaID == recital[1].SagaID {
		t.Fatalf("recited %+v, want two sagas", recital)
	}
	for _, saga := range recital {
		if saga.State.CorrelationID != correlationID || saga.State.Status != domain.Completed {
			t.Errorf("recited %+v, want it completed and under %s", saga, correlationID)
		}
	}
}

// checkOwnReplies checks what the saga tells its caller: start, progress that rises, and the end.
func checkOwnReplies(t *testing.T, correlationID string, replies []entry, last domain.ReplyStatus) {
	t.Helper()
	fraction := 0.0
	for i, reply := range replies {
		want := domain.ReplyProgress
		switch i {
		case 0:
			want = domain.ReplyStart
		case len(replies) - 1:
			want = last
		}
		if got := reply.fields["status"]; got != string(want) {
			t.Errorf("the mission's replies are %s, want start, progress, %s", statuses(replies), last)
		}
		if got := reply.fields["correlation_id"]; got != correlationID {
			t.Errorf("correlation_id %q on a reply of the mission, want %q", got, correlationID)
		}
		if got := reply.fields["saga_id"]; got == "" || got != replies[0].fields["saga_id"] {
			t.Errorf("saga_id %q on a reply of the mission, want that of the first", got)
		}
		if got := reply.fields["event_type"]; got != mission.StartEventType {
			t.Errorf("event_type %q on a reply of the mission, want %q", got, mission.StartEventType)
		}
		if reply.fields["status"] == string(domain.ReplyProgress) {
			fraction = checkFraction(t, reply, fraction)
		}
	}
}

// checkCommandOf finds the one command of a step on its stream.
func checkCommandOf(t *testing.T, s *stack, step domain.Step, correlationID, sagaID string) {
	t.Helper()
	id, err := domain.ParseSagaID(sagaID)
	if err != nil {
		t.Fatal(err)
	}
	stream := step.Command.Stream
	commands := s.entriesOfConversation(t, stream, correlationID)
	onlyProtocolFields(t, stream, commands)
	key := domain.IdempotencyKey(id, step.Name, domain.Forward)
	i := slices.IndexFunc(commands, func(e entry) bool { return e.fields["idempotency_key"] == key })
	if i < 0 {
		t.Errorf("no command of %s on %s", step.Name, stream)
		return
	}
	fields := commands[i].fields
	if fields["saga_id"] != sagaID || fields["event_type"] != step.Command.EventType || fields["status"] != "" {
		t.Errorf("the command of %s is %v", step.Name, fields)
	}
	if want := domain.RequestID(id, step.Name, domain.Forward, 1); fields["request_id"] != want {
		t.Errorf("request_id %s of %s, want %s", fields["request_id"], step.Name, want)
	}
	var payload struct {
		RobotCount int    `json:"robot_count"`
		Area       string `json:"area"`
	}
	decode(t, fields["payload"], &payload)
	if payload.RobotCount != 2 || payload.Area != "ZoneA" {
		t.Errorf("the payload of %s is %s, want the mission's input in it", step.Name, fields["payload"])
	}
}
