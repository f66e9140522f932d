package integration

import (
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/examples/mission"
)

// Each entry that cannot be handled is set aside with a reason that a person understands, and the mission started after
// it completes.
func TestMissionDeadLetters(t *testing.T) {
	s := wholeStack(t)
	ghost := newSaga()
	cases := []struct {
		name, stream string
		fields       []string
		reason       []string // words that the reason must have
	}{
		{
			name: "start without correlation_id", stream: mission.StartStream,
			fields: []string{"event_type", mission.StartEventType, "robot_count", "2", "area", "ZoneA"},
			reason: []string{"correlation_id"},
		},
		{
			name: "start with broken JSON", stream: mission.StartStream,
			fields: []string{"correlation_id", ghost.correlationID, "event_type", mission.StartEventType, "payload", `{"robot_count": 2,`},
			reason: []string{"payload", "JSON"},
		},
		{
			name: "start of an unknown definition", stream: mission.StartStream,
			fields: []string{"correlation_id", ghost.correlationID, "event_type", "mission:abandon", "robot_count", "2"},
			reason: []string{"mission:abandon"},
		},
		{
			name: "reply for an unknown saga", stream: "skald:replies:0",
			fields: []string{
				"correlation_id", ghost.correlationID, "saga_id", ghost.id.String(), "event_type", "resources:allocate",
				"status", "completed", "payload", "{}",
			},
			reason: []string{"saga"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			id := s.add(t, c.stream, c.fields...)
			letter := s.awaitLetter(t, c.stream, id)
			for _, word := range c.reason {
				if !strings.Contains(letter.Reason, word) {
					t.Errorf("reason %q, want it to say %q", letter.Reason, word)
				}
			}
			if got, want := len(letter.Fields), len(c.fields)/2; got != want {
				t.Errorf("the letter keeps %d fields, want all %d", got, want)
			}
		})
	}

	correlationID := conversation()
	replies := s.replies(t, s.startMission(t, correlationID), 1)
	if last := replies[len(replies)-1]; last.fields["status"] != string(domain.ReplyCompleted) {
		t.Errorf("the mission after the bad entries ended with %v, want completed", last.fields)
	}
}

// awaitLetter waits for the dead letter of an entry, in the store.
func (s *stack) awaitLetter(t *testing.T, stream, entryID string) (letter eventstore.DeadLetter) {
	t.Helper()
	store := s.store(t)
	await(t, "the dead letter of "+stream+" "+entryID, func() bool {
		letters, err := store.DeadLetters(t.Context(), "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range letters {
			if l.Stream == stream && l.EntryID == entryID {
				letter = l
				return true
			}
		}
		return false
	})
	return letter
}
