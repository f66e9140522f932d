package domain

// graph is what the order of a definition's steps implies, computed once when the definition is prepared.
type graph struct {
	index map[string]int
	// needs[i] are the steps that step i waits for; ancestors[i][j] tells whether i needs j, directly or through others.
	needs     [][]int
	ancestors [][]bool
	digest    string // of the definition: every start records it
}

// newGraph reads the order off a definition whose After lists are explicit and name existing steps without a cycle;
// names that do not exist are left out.
func newGraph(steps []Step) *graph {
	g := &graph{
		index:     make(map[string]int, len(steps)),
		needs:     make([][]int, len(steps)),
		ancestors: make([][]bool, len(steps)),
	}
	for i := range steps {
		g.index[steps[i].Name] = i
	}
	for i := range steps {
		for _, name := range steps[i].needs(steps, i) {
			if j, ok := g.index[name]; ok && j != i {
				g.needs[i] = append(g.needs[i], j)
			}
		}
	}
	for i := range steps {
		g.ancestors[i] = make([]bool, len(steps))
		g.collect(i, g.ancestors[i])
	}
	return g
}

// collect marks everything that step i needs.
func (g *graph) collect(i int, seen []bool) {
	for _, j := range g.needs[i] {
		if !seen[j] {
			seen[j] = true
			g.collect(j, seen)
		}
	}
}

// needs are the names of the steps that must be done before the step at place i: those it names, or, when it names
// none at all, the step before it.
func (s *Step) needs(steps []Step, i int) []string {
	if s.After == nil && i > 0 {
		return []string{steps[i-1].Name}
	}
	return s.After
}

// plan is the definition's graph; one that was not prepared gets a graph of its own for this call.
func (d *Definition) plan() *graph {
	if d.graph != nil {
		return d.graph
	}
	return newGraph(d.Steps)
}
