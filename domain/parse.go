package domain

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseDefinition reads a JSON document (definition.schema.json describes it) and returns the definition, prepared. It
// reads on after a fault: the error is Faults and lists everything that is wrong, what Validate finds included, in the
// order of the document.
func ParseDefinition(document []byte) (*Definition, error) {
	root, fault := readNode(document)
	if fault != nil {
		return nil, Faults{*fault}
	}
	r := reader{places: map[string]place{}}
	var d Definition
	r.definition(root, &d)
	if faults := r.merge(d.Validate()); len(faults) > 0 {
		return nil, faults
	}
	prepared := d.Prepared()
	return &prepared, nil
}

// maxFaults is how many faults anybody reads. A document that is something else altogether has hundreds of thousands.
const maxFaults = 1000

// reader turns nodes into a definition and gathers what does not fit.
type reader struct {
	faults Faults
	places map[string]place // of every value met, by path
}

// place is where a value stands in the document.
type place struct{ order, line int }

// field says how a member of an object is read.
type field struct {
	name     string
	required bool
	read     func(n node, path string)
}

func (r *reader) definition(n node, d *Definition) {
	r.object(n, "",
		field{"name", true, r.text(&d.Name)},
		field{"version", true, r.integer(&d.Version)},
		field{"description", false, r.text(&d.Description)},
		field{"start", false, func(n node, path string) {
			d.Start = &Start{}
			r.start(n, path, d.Start)
		}},
		field{"deadline", false, func(n node, path string) {
			d.Deadline = &Deadline{}
			r.object(n, path,
				field{"after", true, r.duration(&d.Deadline.After)},
				field{"then", false, r.word((*string)(&d.Deadline.Then))},
			)
		}},
		field{"steps", true, func(n node, path string) {
			if len(n.items) > MaxSteps { // not worth reading
				r.faults.add(path, tooManySteps, len(n.items), MaxSteps)
				return
			}
			d.Steps = make([]Step, len(n.items))
			r.list(n, path, func(i int, n node, path string) { r.step(n, path, &d.Steps[i]) })
		}},
	)
}

func (r *reader) start(n node, path string, s *Start) {
	r.object(n, path,
		field{"stream", true, r.text(&s.Stream)},
		field{"event_type", true, r.text(&s.EventType)},
		field{"group", false, r.word(&s.Group)},
	)
}

func (r *reader) step(n node, path string, s *Step) {
	r.object(n, path,
		field{"name", true, r.text(&s.Name)},
		field{"after", false, func(n node, path string) {
			if len(n.items) > MaxSteps {
				r.faults.add(path, "there are %d; a saga has at most %d steps", len(n.items), MaxSteps)
				return
			}
			s.After = make([]string, len(n.items))
			r.list(n, path, func(i int, n node, path string) { r.text(&s.After[i])(n, path) })
		}},
		field{"kind", false, r.word((*string)(&s.Kind))},
		field{"command", !has(n, "sleep") && !has(n, "wait_for"), func(n node, path string) { r.target(n, path, &s.Command) }},
		field{"sleep", false, func(n node, path string) {
			if r.duration(&s.Sleep)(n, path); s.Sleep == 0 {
				s.Sleep = Duration(time.Microsecond) // a fault, but of a step that sleeps: no command is missing
			}
		}},
		field{"wait_for", false, func(n node, path string) {
			s.WaitFor = &WaitFor{}
			r.object(n, path, field{"signal", true, r.text(&s.WaitFor.Signal)}, field{"timeout", false, r.duration(&s.WaitFor.Timeout)})
		}},
		field{"compensate", false, func(n node, path string) {
			s.Compensate = &Target{}
			r.target(n, path, s.Compensate)
		}},
		field{"retry", false, func(n node, path string) { r.retry(n, path, &s.Retry) }},
		field{"compensate_retry", false, func(n node, path string) {
			s.CompensateRetry = &RetryPolicy{}
			r.retry(n, path, s.CompensateRetry)
		}},
		field{"timeout", false, r.duration(&s.Timeout)},
		field{"ack_timeout", false, r.duration(&s.AckTimeout)},
	)
}

func has(n node, name string) bool {
	return slices.ContainsFunc(n.members, func(m member) bool { return m.name == name })
}

func (r *reader) target(n node, path string, t *Target) {
	r.object(n, path,
		field{"stream", true, r.text(&t.Stream)},
		field{"event_type", true, r.text(&t.EventType)},
	)
}

func (r *reader) retry(n node, path string, p *RetryPolicy) {
	r.object(n, path,
		field{"policy", false, r.word((*string)(&p.Policy))},
		field{"first", false, r.duration(&p.First)},
		field{"max", false, r.duration(&p.Max)},
		field{"factor", false, func(n node, path string) {
			if r.number(&p.Factor)(n, path); p.Factor == 0 {
				r.faults.addUnless(path, "0 is out of range; write a number from 1 to %d, or leave it out", MaxFactor)
			}
		}},
		field{"jitter", false, func(n node, path string) {
			p.Jitter = new(float64)
			r.number(p.Jitter)(n, path)
		}},
		field{"attempts", false, func(n node, path string) {
			if r.integer(&p.Attempts)(n, path); p.Attempts == 0 {
				r.faults.addUnless(path, "0 is out of range; write a number from 1 to %d, or leave it out", MaxAttempts)
			}
		}},
	)
}

// object reads the members of an object: unknown ones, doubled ones and missing ones are faults.
func (r *reader) object(n node, path string, fields ...field) {
	if !r.expect(n, path, objectNode) {
		return
	}
	seen := make(map[string]bool, len(n.members))
	for _, m := range n.members {
		at := join(path, m.name)
		r.visit(m.value, at)
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == m.name })
		switch {
		case i < 0:
			r.faults.add(at, "is not a field here%s", fieldHint(m.name, fields))
		case seen[m.name]:
			r.faults.add(at, "is given twice; remove one")
		default:
			fields[i].read(m.value, at)
		}
		seen[m.name] = true
	}
	for _, f := range fields {
		if f.required && !seen[f.name] {
			r.faults.add(join(path, f.name), "is missing; add it")
		}
	}
}

func (r *reader) list(n node, path string, read func(i int, n node, path string)) {
	if !r.expect(n, path, listNode) {
		return
	}
	for i, item := range n.items {
		at := fmt.Sprintf("%s[%d]", path, i)
		r.visit(item, at)
		read(i, item, at)
	}
}

func (r *reader) text(to *string) func(node, string) {
	return func(n node, path string) {
		if r.expect(n, path, textNode) {
			*to = n.text
		}
	}
}

// word is text where nothing is meant by empty text: in a Definition it stands for the default.
func (r *reader) word(to *string) func(node, string) {
	return func(n node, path string) {
		if r.text(to)(n, path); n.kind == textNode && n.text == "" {
			r.faults.add(path, "is empty; write a word, or leave the field out")
		}
	}
}

func (r *reader) duration(to *Duration) func(node, string) {
	return func(n node, path string) {
		if n.kind == numberNode {
			r.faults.add(path, "is a number without a unit; write text such as \"30s\"")
			return
		}
		if !r.expect(n, path, textNode) {
			return
		}
		d, err := ParseDuration(n.text)
		switch {
		case err != nil:
			r.faults.add(path, "%s %v", quoted(n.text), err)
		case d == 0:
			r.faults.add(path, "%s is not longer than 0; write a duration such as \"30s\", or leave it out", n.text)
		}
		*to = d
	}
}

func (r *reader) number(to *float64) func(node, string) {
	return func(n node, path string) {
		if !r.expect(n, path, numberNode) {
			return
		}
		number, err := strconv.ParseFloat(n.text, 64)
		if err != nil {
			r.faults.add(path, "%s is out of range; write a smaller number", quoted(n.text))
			return
		}
		*to = number
	}
}

func (r *reader) integer(to *int) func(node, string) {
	return func(n node, path string) {
		var number float64
		before := len(r.faults)
		r.number(&number)(n, path)
		switch {
		case len(r.faults) > before:
		case number != math.Trunc(number):
			r.faults.add(path, "%s is not a whole number; write one", n.text)
		case math.Abs(number) > MaxVersion: // the largest that any field takes
			r.faults.add(path, "%s is out of range; write a smaller number", n.text)
		default:
			*to = int(number)
		}
	}
}

// expect reports whether n is of the kind; if not, that is a fault.
func (r *reader) expect(n node, path string, kind nodeKind) bool {
	if path == "" {
		r.visit(n, path)
	}
	switch n.kind {
	case kind:
		return true
	case nullNode:
		r.faults.add(path, "has no value; write %s, or leave the field out", kind)
	default:
		r.faults.add(path, "is %s; write %s", n.kind, kind)
	}
	return false
}

func (r *reader) visit(n node, path string) {
	if _, met := r.places[path]; !met {
		r.places[path] = place{order: len(r.places), line: n.line}
	}
}

// merge adds what Validate found to what did not fit, leaves out what only follows from the latter, and puts all in
// the order of the document.
func (r *reader) merge(found Faults) Faults {
	unfit := make(map[string]bool, len(r.faults))
	for _, f := range r.faults {
		unfit[f.Path] = true
	}
	all := r.faults
	for _, f := range found {
		if !anyAbove(unfit, f.Path) {
			all = append(all, f)
		}
	}
	for i := range all {
		all[i].Line = r.placeOf(all[i].Path).line
	}
	slices.SortStableFunc(all, func(a, b Fault) int { return r.placeOf(a.Path).order - r.placeOf(b.Path).order })
	if left := len(all) - maxFaults; left > 0 {
		all = append(all[:maxFaults], Fault{Message: fmt.Sprintf("there are %d faults more; mend these first", left)})
	}
	return all
}

// placeOf is the place of the value at path, or of what it is missing from.
func (r *reader) placeOf(path string) place {
	for {
		if p, met := r.places[path]; met || path == "" {
			return p
		}
		path = parent(path)
	}
}

func anyAbove(paths map[string]bool, path string) bool {
	for ; path != ""; path = parent(path) {
		if paths[path] {
			return true
		}
	}
	return paths[""]
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// parent is the path of the value that the one at path is part of.
func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

func fieldHint(name string, fields []field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if hint := nearest(name, names); hint != "" {
		return fmt.Sprintf("; did you mean %q?", hint)
	}
	return "; the fields are " + strings.Join(names, ", ")
}
