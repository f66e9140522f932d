package mission

import (
	"context"
	"hash/fnv"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/router/participant"
)

// plan_route shares the area among the robots. A plan has no effect in the world: there is nothing to undo.
const (
	PlanStep      = "plan_route"
	PlanStream    = "routing:commands"
	PlanGroup     = "routing_handler_group"
	PlanEventType = "routing:plan"
)

// Plan is what the handler reads of its command.
type Plan struct {
	Request
	Results struct {
		Allocated Allocated `json:"allocate_resources"`
	} `json:"results"`
}

// Planned is one route for each robot.
type Planned struct {
	Side   int     `json:"side"` // of the area, which is a square, in metres
	Routes []Route `json:"routes"`
}

// Route is the way of one robot.
type Route struct {
	Robot     string  `json:"robot"`
	Waypoints []Point `json:"waypoints"`
}

// Point is a place in an area, in metres from its south-western corner.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

func planRoute(c *crew.Crew) participant.Handler {
	return participant.Handle(PlanEventType, func(ctx context.Context, in Plan, p participant.Progress) (Planned, error) {
		return crew.Do(ctx, c, p, crew.Action{Step: PlanStep, Stage: "planning waypoints", FailAt: in.FailAt}, func() (Planned, error) {
			return plan(in.Area, in.Results.Allocated.Robots), nil
		})
	}, participant.Stream(PlanStream), participant.Group(PlanGroup), participant.Concurrency(crew.Concurrency))
}

// sweepWidth is what a robot sees to both sides together, in metres.
const sweepWidth = 10

// plan gives each robot a strip of the area, from west to east, which it drives up and down.
func plan(area string, robots []string) Planned {
	side := sideOf(area)
	routes := make([]Route, len(robots))
	for i, robot := range robots {
		west, east := i*side/len(robots), (i+1)*side/len(robots)
		routes[i] = Route{Robot: robot, Waypoints: sweep(west, east, side)}
	}
	return Planned{Side: side, Routes: routes}
}

// sweep drives a strip from its western border, northwards and southwards in turn; every strip is driven once at least.
func sweep(west, east, side int) []Point {
	var waypoints []Point
	from, to := 0, side
	for x := west; x == west || x < east; x += sweepWidth {
		middle := min(x+sweepWidth/2, side)
		waypoints = append(waypoints, Point{X: middle, Y: from}, Point{X: middle, Y: to})
		from, to = to, from
	}
	return waypoints
}

// sideOf is the size of the named area. There being no surveyor at hand, the name decides: 100 to 163 metres.
func sideOf(area string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(area))
	return 100 + int(h.Sum32()%64)
}
