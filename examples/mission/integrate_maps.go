package mission

import (
	"context"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/router/participant"
)

// integrate_maps makes one map of the robots' surveys and publishes it. Its way back withdraws the map.
const (
	IntegrateStep      = "integrate_maps"
	IntegrateStream    = "map:commands"
	IntegrateGroup     = "map_handler_group"
	IntegrateEventType = "map:integrate"
	RollbackEventType  = "map:rollback"
)

// Integrate is what the handler reads of its command.
type Integrate struct {
	Request
	Results struct {
		Planned  Planned  `json:"plan_route"`
		Explored Explored `json:"perform_exploration"`
	} `json:"results"`
}

// Integrated is the published map.
type Integrated struct {
	Area     string  `json:"area"`
	Surveys  int     `json:"surveys"`  // that were made one
	Coverage float64 `json:"coverage"` // share of the area that is on the map, 0 to 1
}

// RolledBack tells whether there was a map to withdraw.
type RolledBack struct {
	Withdrawn bool `json:"withdrawn"`
}

func integrateMaps(c *crew.Crew) participant.Handler {
	return participant.Handle(IntegrateEventType, func(ctx context.Context, in Integrate, p participant.Progress) (Integrated, error) {
		return crew.Do(ctx, c, p, crew.Action{Step: IntegrateStep, Stage: "integrating maps", FailAt: in.FailAt}, func() (Integrated, error) {
			return integrate(in.Area, in.Results.Planned.Side, in.Results.Explored.Surveys), nil
		})
	}, participant.Stream(IntegrateStream), participant.Group(IntegrateGroup), participant.Concurrency(crew.Concurrency))
}

func rollbackMaps(c *crew.Crew) participant.Handler {
	return participant.Handle(RollbackEventType, func(_ context.Context, _ Request, p participant.Progress) (RolledBack, error) {
		return crew.Undo(c, p, "withdrawing the map", func(_ Integrated, done bool) (RolledBack, error) {
			return RolledBack{Withdrawn: done}, nil
		})
	}, participant.Stream(IntegrateStream), participant.Group(IntegrateGroup), participant.Concurrency(crew.Concurrency))
}

// integrate adds up what was scanned. Sweeps may reach over a border or into a neighbour's strip, hence the limit.
func integrate(area string, side int, surveys []Survey) Integrated {
	scanned := 0
	for _, survey := range surveys {
		scanned += survey.Scanned
	}
	coverage := 0.0
	if side > 0 {
		coverage = min(float64(scanned)/float64(side*side), 1)
	}
	return Integrated{Area: area, Surveys: len(surveys), Coverage: coverage}
}
