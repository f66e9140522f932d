package integration

import (
	"slices"
	"testing"

	"github.com/skald-go/skald/domain"
)

// When integrate_maps fails for good, what was done before it is undone in reverse order, and nothing else: the plan has
// no way back, and the maps were never integrated.
func TestMissionFailedIntegrateMaps(t *testing.T) {
	s, correlationID := wholeStack(t), conversation()
	replyStream := s.startMission(t, correlationID, "fail_at", "integrate_maps")

	replies := s.replies(t, replyStream, 1)
	checkOwnReplies(t, correlationID, replies, domain.ReplyFailed)
	var failure struct{ Error, Code string }
	decode(t, replies[len(replies)-1].fields["payload"], &failure)
	if failure.Code != "compensated" || failure.Error == "" {
		t.Errorf("the mission failed with %+v, want the code compensated and a reason", failure)
	}

	want := []string{
		"resources:allocate", "routing:plan", "exploration:perform", "map:integrate",
		"exploration:abort", "resources:release",
	}
	if got := s.commands(t, correlationID); !slices.Equal(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
	s.awaitStatuses(t, correlationID, "compensated")
	if recital := s.recite(t, correlationID); len(recital) != 1 || recital[0].State.Status != domain.Compensated {
		t.Errorf("recited %+v, want one compensated saga", recital)
	}
}
