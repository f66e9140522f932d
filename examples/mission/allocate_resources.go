package mission

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/router/participant"
)

// allocate_resources takes robots from the fleet. Its way back, resources:release, is served by the handler in
// release_resources.go, which calls undoAllocation.
const (
	AllocateStep      = "allocate_resources"
	AllocateStream    = "resources:commands"
	AllocateGroup     = "resources_allocator_group"
	AllocateEventType = "resources:allocate"
)

// FleetSize is the number of robots that one mission can have.
const FleetSize = 64

// Allocated names the robots that the mission has.
type Allocated struct {
	Robots []string `json:"robots"`
}

func allocateResources(c *crew.Crew) participant.Handler {
	return participant.Handle(AllocateEventType, func(ctx context.Context, in Request, p participant.Progress) (Allocated, error) {
		return crew.Do(ctx, c, p, crew.Action{Step: AllocateStep, Stage: "allocating robots", FailAt: in.FailAt}, func() (Allocated, error) { return allocate(in) })
	}, participant.Stream(AllocateStream), participant.Group(AllocateGroup), participant.Concurrency(crew.Concurrency))
}

// allocate names the robots. A request that no fleet can serve fails for good: asking again would not help.
func allocate(in Request) (Allocated, error) {
	if in.RobotCount < 1 || in.RobotCount > FleetSize {
		return Allocated{}, crew.Refuse("robot_count_out_of_range", fmt.Sprintf("robot_count is %d; the fleet can send 1 to %d robots", in.RobotCount, FleetSize))
	}
	if in.Area == "" {
		return Allocated{}, crew.Refuse("area_missing", "the mission names no area; give it one, such as ZoneA")
	}
	robots := make([]string, in.RobotCount)
	for i := range robots {
		robots[i] = fmt.Sprintf("robot-%d", i+1)
	}
	return Allocated{Robots: robots}, nil
}

// undoAllocation gives back the robots that were allocated: none, when the allocation has not been done.
func undoAllocation(answer Allocated, _ bool) (Released, error) {
	return release(answer), nil
}
