package domain

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a definition.
const (
	MaxSteps       = 200
	MaxNameLength  = 64   // of a definition or a step
	MaxTextLength  = 200  // of a stream, an event type or a group
	MaxDescription = 2000 // characters
	MaxVersion     = 1<<31 - 1
	MaxFactor      = 1000
)

var (
	namePattern  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	groupPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]*$`)
)

const tooManySteps = "there are %d; split the saga into several of at most %d steps"

// reservedDomain is that of the router's own streams: replies and dead letters.
const reservedDomain = "skald"

// Validate finds everything that is wrong with the definition; nil means that it can be run. Lines are not named;
// ParseDefinition does that.
func (d *Definition) Validate() Faults {
	var faults Faults
	d.checkHead(&faults)
	for i := range d.Steps {
		d.Steps[i].check(&faults, fmt.Sprintf("steps[%d]", i))
	}
	if len(d.Steps) > MaxSteps {
		return faults // the graph of a definition without bound is not looked at
	}
	d.checkStarts(&faults)
	d.checkGraph(&faults)
	return faults
}

func (d *Definition) checkHead(faults *Faults) {
	checkName(faults, "name", d.Name)
	if d.Version < 1 || d.Version > MaxVersion {
		faults.add("version", "%d is out of range; number versions from 1 to %d", d.Version, MaxVersion)
	}
	if length := utf8.RuneCountInString(d.Description); length > MaxDescription {
		faults.add("description", "is %d characters long; keep it to %d", length, MaxDescription)
	}
	if d.Start != nil {
		checkTarget(faults, "start", Target{Stream: d.Start.Stream, EventType: d.Start.EventType})
		if g := d.Start.Group; g != "" && (!groupPattern.MatchString(g) || len(g) > MaxTextLength) {
			faults.add("start.group", "%s is not a group; use letters, digits and _ . : -, at most %d", quoted(g), MaxTextLength)
		}
	}
	if d.Deadline != nil {
		d.Deadline.check(faults)
	}
	switch {
	case len(d.Steps) == 0:
		faults.add("steps", "there is none; a saga needs at least one step")
	case len(d.Steps) > MaxSteps:
		faults.add("steps", tooManySteps, len(d.Steps), MaxSteps)
	}
}

func (l *Deadline) check(faults *Faults) {
	if l.After == 0 {
		faults.add("deadline.after", "is missing; write how long the saga may take, such as \"1h\"")
	}
	checkDuration(faults, "deadline.after", l.After)
	switch l.Then {
	case "", ThenCompensate, ThenStuck:
	default:
		faults.add("deadline.then", "%s is not something that can happen; write compensate or stuck", quoted(string(l.Then)))
	}
}

func (s *Step) check(faults *Faults, path string) {
	checkName(faults, path+".name", s.Name)
	switch s.Kind {
	case "", Compensatable:
	case Pivot, Retriable:
		if s.Compensate != nil {
			faults.add(path+".compensate", "a %s step is never undone; remove compensate, or make the step compensatable", s.Kind)
		}
	default:
		faults.add(path+".kind", "%s is not a kind; write compensatable, pivot or retriable", quoted(string(s.Kind)))
	}
	if s.Waits() {
		s.checkWait(faults, path)
		return
	}
	checkTarget(faults, path+".command", s.Command)
	if s.Compensate != nil {
		checkTarget(faults, path+".compensate", *s.Compensate)
		if *s.Compensate == s.Command {
			faults.add(path+".compensate", "is the step's own command; name the event type that undoes it")
		}
	}
	s.Retry.check(faults, path+".retry")
	if s.CompensateRetry != nil {
		if s.Compensate == nil {
			faults.add(path+".compensate_retry", "the step has no way back to retry; add compensate, or remove compensate_retry")
		}
		s.CompensateRetry.check(faults, path+".compensate_retry")
	}
	checkDuration(faults, path+".timeout", s.Timeout)
	checkDuration(faults, path+".ack_timeout", s.AckTimeout)
}

// checkWait finds what is wrong with a step without a command, above all what would say something about a command.
func (s *Step) checkWait(faults *Faults, path string) {
	checkDuration(faults, path+".sleep", s.Sleep)
	if s.WaitFor != nil {
		checkName(faults, path+".wait_for.signal", s.WaitFor.Signal)
		checkDuration(faults, path+".wait_for.timeout", s.WaitFor.Timeout)
		if s.Sleep != 0 {
			faults.add(path+".wait_for", "the step sleeps too; make two steps of it")
		}
	}
	for _, unused := range []struct {
		name  string
		given bool
	}{
		{"command", s.Command != Target{}}, {"compensate", s.Compensate != nil}, {"retry", s.Retry != RetryPolicy{}},
		{"compensate_retry", s.CompensateRetry != nil}, {"timeout", s.Timeout != 0}, {"ack_timeout", s.AckTimeout != 0},
	} {
		if unused.given {
			faults.add(path+"."+unused.name, "a step that waits asks nothing of anybody; remove %s, or make two steps of it", unused.name)
		}
	}
}

func (p RetryPolicy) check(faults *Faults, path string) {
	switch p.Policy {
	case "", Exponential:
	case Linear:
		if p.Factor != 0 {
			faults.add(path+".factor", "belongs to the exponential policy; remove it")
		}
	case FailAtOnce:
		p.checkUnused(faults, path)
		return
	default:
		faults.add(path+".policy", "%s is not a policy; write exponential, linear or immediate_fail", quoted(string(p.Policy)))
	}
	checkDuration(faults, path+".first", p.First)
	checkDuration(faults, path+".max", p.Max)
	if first := p.WithDefaults().First; p.Max > 0 && first > p.Max {
		faults.add(path+".max", "%s is shorter than the first wait, which is %s; raise max or lower first", p.Max, first)
	}
	if p.Factor != 0 && p.Policy != Linear && !(p.Factor >= 1 && p.Factor <= MaxFactor) {
		faults.add(path+".factor", "%v is out of range; write a number from 1 to %d", p.Factor, MaxFactor)
	}
	if p.Jitter != nil && !(*p.Jitter >= 0 && *p.Jitter <= 1) {
		faults.add(path+".jitter", "%v is out of range; write a share from 0 to 1", *p.Jitter)
	}
	if p.Attempts < 0 || p.Attempts > MaxAttempts {
		faults.add(path+".attempts", "%d is out of range; write a number from 1 to %d", p.Attempts, MaxAttempts)
	}
}

// checkUnused finds what says nothing under immediate_fail, which makes one attempt.
func (p RetryPolicy) checkUnused(faults *Faults, path string) {
	for _, unused := range []struct {
		name  string
		given bool
	}{
		{"first", p.First != 0}, {"max", p.Max != 0}, {"factor", p.Factor != 0}, {"jitter", p.Jitter != nil},
		{"attempts", p.Attempts != 0 && p.Attempts != 1},
	} {
		if unused.given {
			faults.add(path+"."+unused.name, "immediate_fail makes one attempt; remove %s, or choose another policy", unused.name)
		}
	}
}

// checkStarts finds commands that would start the saga they belong to: it would run in a circle for ever.
func (d *Definition) checkStarts(faults *Faults) {
	if d.Start == nil {
		return
	}
	start := Target{Stream: d.Start.Stream, EventType: d.Start.EventType}
	const message = "is what starts this saga: each run would start another; use another event type"
	for i := range d.Steps {
		if d.Steps[i].Command == start && start != (Target{}) {
			faults.add(fmt.Sprintf("steps[%d].command", i), message)
		}
		if c := d.Steps[i].Compensate; c != nil && *c == start {
			faults.add(fmt.Sprintf("steps[%d].compensate", i), message)
		}
	}
}

func checkName(faults *Faults, path, name string) {
	switch {
	case name == "":
		faults.add(path, "is missing; give it a name")
	case !namePattern.MatchString(name) || len(name) > MaxNameLength:
		faults.add(path, "%s is not a name; use lower-case letters, digits and _, a letter first, at most %d", quoted(name), MaxNameLength)
	}
}

func checkTarget(faults *Faults, path string, t Target) {
	streamDomain, streamOK := checkAddress(faults, path+".stream", t.Stream, "<domain>:commands")
	eventDomain, eventOK := checkAddress(faults, path+".event_type", t.EventType, "<domain>:<action>")
	switch {
	case streamOK && streamDomain == reservedDomain:
		faults.add(path+".stream", "streams of the domain %q are the router's own; use your service's domain", reservedDomain)
	case streamOK && eventOK && streamDomain != eventDomain:
		faults.add(path+".event_type", "is of the domain %q but goes to a stream of the domain %q; use the same domain for both", eventDomain, streamDomain)
	}
}

func checkAddress(faults *Faults, path, text, shape string) (domain string, ok bool) {
	switch {
	case text == "":
		faults.add(path, "is missing; write %s", shape)
		return "", false
	case !isAddress(text):
		faults.add(path, "%s does not have the shape %s; write two lower-case words joined by a colon, such as \"payment:charge\"", quoted(text), shape)
		return "", false
	case len(text) > MaxTextLength:
		faults.add(path, "is %d bytes long; keep it to %d", len(text), MaxTextLength)
		return "", false
	}
	domain, _, _ = strings.Cut(text, ":")
	return domain, true
}

// checkDuration passes 0, which stands for the default; a document that says 0 is caught when it is read.
func checkDuration(faults *Faults, path string, d Duration) {
	switch {
	case d < 0:
		faults.add(path, "%s is not longer than 0; write a duration such as \"30s\", or leave it out", d)
	case d%Duration(time.Microsecond) != 0:
		faults.add(path, "%s is finer than a microsecond; write whole microseconds", d)
	case d > MaxDuration:
		faults.add(path, "%s is longer than a year; write at most %s", d, MaxDuration)
	}
}

// quoted is text in quotes, cut where nobody reads on.
func quoted(text string) string {
	const longest = 80
	if len(text) > longest {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(text[:longest], ""))
	}
	return fmt.Sprintf("%q", text)
}
