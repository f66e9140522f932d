package integration

import (
	"slices"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
)

const releaseInput = `{"robot_count":2,"area":"ZoneA","results":{"allocate_resources":{"robots":["robot-1","robot-2"]}}}`

func TestMissionReleaseResources(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	command := g.command(mission.ReleaseStep, domain.Forward, mission.ReleaseStream, mission.ReleaseEventType, releaseInput)
	var got mission.Released
	decode(t, s.ask(t, command, domain.ReplyCompleted), &got)
	if !slices.Equal(got.Robots, []string{"robot-1", "robot-2"}) {
		t.Errorf("released %v, want both robots", got.Robots)
	}
}

// The same event type as the way back of allocate_resources releases what that step was given.
func TestMissionReleaseResourcesAsTheWayBack(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	const input = `{"robot_count":3,"area":"ZoneA","results":{}}`
	s.ask(t, g.command(mission.AllocateStep, domain.Forward, mission.AllocateStream, mission.AllocateEventType, input), domain.ReplyCompleted)
	var got mission.Released
	decode(t, s.ask(t, g.command(mission.AllocateStep, domain.Back, mission.ReleaseStream, mission.ReleaseEventType, input), domain.ReplyCompleted), &got)
	if len(got.Robots) != 3 {
		t.Errorf("released %v, want the three that were allocated", got.Robots)
	}
}

// Two groups read the stream. Each answers its own event type and acknowledges the other's.
func TestMissionResourcesGroupsSkipEachOther(t *testing.T) {
	s, g := participantsOnly(t), newSaga()
	allocate := g.command(mission.AllocateStep, domain.Forward, mission.AllocateStream, mission.AllocateEventType, releaseInput)
	release := g.command(mission.ReleaseStep, domain.Forward, mission.ReleaseStream, mission.ReleaseEventType, releaseInput)
	s.ask(t, allocate, domain.ReplyCompleted)
	s.ask(t, release, domain.ReplyCompleted)
	for _, group := range []string{mission.AllocateGroup, mission.ReleaseGroup} {
		await(t, group+" to acknowledge everything", func() bool {
			groups, err := s.redis.XInfoGroups(t.Context(), mission.AllocateStream).Result()
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range groups {
				if g.Name == group {
					return g.Pending == 0 && g.Lag == 0
				}
			}
			t.Fatalf("no group %s among %v", group, groups)
			return false
		})
	}
	for _, command := range []domain.Envelope{allocate, release} {
		checkReplies(t, command, s.replies(t, command.ReplyStream, 1), domain.ReplyCompleted)
	}
}
