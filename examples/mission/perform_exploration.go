package mission

import (
	"context"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/router/participant"
)

// perform_exploration sends the robots along their routes. Its way back calls them home and throws their surveys away.
const (
	ExploreStep      = "perform_exploration"
	ExploreStream    = "exploration:commands"
	ExploreGroup     = "exploration_handler_group"
	ExploreEventType = "exploration:perform"
	AbortEventType   = "exploration:abort"
)

// Explore is what the handler reads of its command.
type Explore struct {
	Request
	Results struct {
		Planned Planned `json:"plan_route"`
	} `json:"results"`
}

// Explored is what the robots saw.
type Explored struct {
	Surveys []Survey `json:"surveys"`
}

// Survey is what one robot saw.
type Survey struct {
	Robot   string `json:"robot"`
	Driven  int    `json:"driven"`  // metres
	Scanned int    `json:"scanned"` // square metres
}

// Aborted is how many surveys were thrown away.
type Aborted struct {
	Surveys int `json:"surveys"`
}

func performExploration(c *crew.Crew) participant.Handler {
	return participant.Handle(ExploreEventType, func(ctx context.Context, in Explore, p participant.Progress) (Explored, error) {
		return crew.Do(ctx, c, p, crew.Action{Step: ExploreStep, Stage: "exploring", FailAt: in.FailAt}, func() (Explored, error) {
			return explore(in.Results.Planned), nil
		})
	}, participant.Stream(ExploreStream), participant.Group(ExploreGroup), participant.Concurrency(crew.Concurrency))
}

func abortExploration(c *crew.Crew) participant.Handler {
	return participant.Handle(AbortEventType, func(_ context.Context, _ Request, p participant.Progress) (Aborted, error) {
		return crew.Undo(c, p, "calling the robots home", func(answer Explored, _ bool) (Aborted, error) {
			return Aborted{Surveys: len(answer.Surveys)}, nil
		})
	}, participant.Stream(ExploreStream), participant.Group(ExploreGroup), participant.Concurrency(crew.Concurrency))
}

// explore drives each route. A robot scans on the way north or south, and not while it changes over to its next sweep.
func explore(planned Planned) Explored {
	surveys := make([]Survey, len(planned.Routes))
	for i, route := range planned.Routes {
		surveys[i].Robot = route.Robot
		for j := 1; j < len(route.Waypoints); j++ {
			from, to := route.Waypoints[j-1], route.Waypoints[j]
			surveys[i].Driven += distance(from.X, to.X) + distance(from.Y, to.Y)
			surveys[i].Scanned += distance(from.Y, to.Y) * sweepWidth
		}
	}
	return Explored{Surveys: surveys}
}

func distance(a, b int) int { return max(a-b, b-a) }
