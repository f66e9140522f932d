package domain

import (
	"fmt"
	"strings"
)

// stepGraph is the order of the steps: for each step the places of those it waits for.
type stepGraph struct {
	steps []Step
	after [][]edge
}

// edge leads to a step that must be done first.
type edge struct {
	to   int
	path string // where the document says so
}

// checkGraph finds what is wrong between the steps: names, dependencies, circles, and kinds in the wrong place.
func (d *Definition) checkGraph(faults *Faults) {
	g := stepGraph{steps: d.Steps, after: make([][]edge, len(d.Steps))}
	places := d.checkNamesUnique(faults)
	for i := range d.Steps {
		g.after[i] = d.checkAfter(faults, i, places)
	}
	if !g.checkCircles(faults) {
		g.checkKinds(faults)
	}
}

func (d *Definition) checkNamesUnique(faults *Faults) map[string]int {
	places := make(map[string]int, len(d.Steps))
	for i := range d.Steps {
		name := d.Steps[i].Name
		if first, taken := places[name]; taken && name != "" {
			faults.add(fmt.Sprintf("steps[%d].name", i), "%s is the name of steps[%d] too; give each step its own", quoted(name), first)
			continue
		}
		places[name] = i
	}
	return places
}

// checkAfter returns the dependencies of step i that make sense.
func (d *Definition) checkAfter(faults *Faults, i int, places map[string]int) []edge {
	if d.Steps[i].After == nil {
		if i == 0 {
			return nil
		}
		return []edge{{to: i - 1, path: fmt.Sprintf("steps[%d]", i)}}
	}
	var edges []edge
	seen := map[string]bool{}
	for j, name := range d.Steps[i].After {
		path := fmt.Sprintf("steps[%d].after[%d]", i, j)
		to, known := places[name]
		switch {
		case seen[name]:
			faults.add(path, "%s stands there twice; remove one", quoted(name))
		case !known || name == "":
			faults.add(path, "no step is called %s%s", quoted(name), d.stepHint(name))
		case to == i:
			faults.add(path, "the step would wait for itself; remove it")
		default:
			edges = append(edges, edge{to: to, path: path})
		}
		seen[name] = true
	}
	return edges
}

func (d *Definition) stepHint(name string) string {
	names := make([]string, len(d.Steps))
	for i := range d.Steps {
		names[i] = d.Steps[i].Name
	}
	if hint := nearest(name, names); hint != "" {
		return fmt.Sprintf("; did you mean %q?", hint)
	}
	return "; name a step of this definition"
}

// checkCircles reports each dependency that closes a circle, and whether there was one.
func (g stepGraph) checkCircles(faults *Faults) (found bool) {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(g.steps))
	var trail []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		trail = append(trail, i)
		for _, e := range g.after[i] {
			switch state[e.to] {
			case unseen:
				visit(e.to)
			case open:
				found = true
				faults.add(e.path, "steps wait for each other in a circle (%s); remove one of these dependencies", g.circle(trail, e.to))
			}
		}
		trail = trail[:len(trail)-1]
		state[i] = done
	}
	for i := range g.steps {
		if state[i] == unseen {
			visit(i)
		}
	}
	return found
}

// circle names the steps from the given one to the end of the trail and back.
func (g stepGraph) circle(trail []int, from int) string {
	var names []string
	for _, i := range trail {
		if i == from || names != nil {
			names = append(names, g.steps[i].Name)
		}
	}
	return strings.Join(append(names, g.steps[from].Name), " waits for ")
}

// checkKinds holds the steps to the point of no return: before a pivot all can be undone, behind it nothing fails.
// There must be no circle.
func (g stepGraph) checkKinds(faults *Faults) {
	behind := g.pivotsBefore()
	for i := range g.steps {
		path := fmt.Sprintf("steps[%d].kind", i)
		switch kind := g.steps[i].Kind; {
		case kind == Retriable && behind[i] < 0:
			faults.add(path, "a retriable step stands behind a pivot, and none comes before this one; add the pivot to after, or make the step compensatable")
		case kind == Pivot && behind[i] >= 0:
			faults.add(path, "the pivot %q comes before this one; a path has one point of no return: make this step retriable", g.steps[behind[i]].Name)
		case (kind == Compensatable || kind == "") && behind[i] >= 0:
			faults.add(path, "the step stands behind the pivot %q, where nothing is undone any more; write kind: retriable", g.steps[behind[i]].Name)
		}
	}
}

// pivotsBefore is, for each step, a pivot that must be done before it, or -1.
func (g stepGraph) pivotsBefore() []int {
	const unknown = -2
	before := make([]int, len(g.steps))
	for i := range before {
		before[i] = unknown
	}
	var find func(i int) int
	find = func(i int) int {
		if before[i] != unknown {
			return before[i]
		}
		before[i] = -1
		for _, e := range g.after[i] {
			pivot := find(e.to)
			if g.steps[e.to].Kind == Pivot {
				pivot = e.to
			}
			before[i] = max(before[i], pivot)
		}
		return before[i]
	}
	for i := range g.steps {
		find(i)
	}
	return before
}
