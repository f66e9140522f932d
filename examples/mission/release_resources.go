package mission

import (
	"context"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/router/participant"
)

// release_resources gives the robots back at the end of a mission. The same event type is also the way back of
// allocate_resources. It shares its stream with resources:allocate: each of the two groups reads every entry, skips
// what is the other's, and acknowledges it.
const (
	ReleaseStep      = "release_resources"
	ReleaseStream    = "resources:commands"
	ReleaseGroup     = "resources_release_group"
	ReleaseEventType = "resources:release"
)

// Release is what the handler reads of its command.
type Release struct {
	Request
	Results struct {
		Allocated Allocated `json:"allocate_resources"`
	} `json:"results"`
}

// Released names the robots that are free again.
type Released struct {
	Robots []string `json:"robots"`
}

func releaseResources(c *crew.Crew) participant.Handler {
	return participant.Handle(ReleaseEventType, func(ctx context.Context, in Release, p participant.Progress) (Released, error) {
		const stage = "releasing robots"
		if ledger.IsCompensation(p.Command().IdempotencyKey) {
			return crew.Undo(c, p, stage, undoAllocation)
		}
		return crew.Do(ctx, c, p, crew.Action{Step: ReleaseStep, Stage: stage, FailAt: in.FailAt}, func() (Released, error) {
			return release(in.Results.Allocated), nil
		})
	}, participant.Stream(ReleaseStream), participant.Group(ReleaseGroup), participant.Concurrency(crew.Concurrency))
}

func release(a Allocated) Released {
	return Released{Robots: append([]string{}, a.Robots...)}
}
