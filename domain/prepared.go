package domain

import "slices"

// Prepared is the definition with every default written out: dependencies, kinds, retry policies, timeouts, the
// consumer group of the start. It is a deep copy; preparing twice changes nothing. Decide wants a prepared definition;
// ParseDefinition and Builder.Build return prepared ones.
func (d *Definition) Prepared() Definition {
	p := d.withDefaults()
	p.graph = newGraph(p.Steps)
	p.graph.digest = p.Digest()
	return p
}

// withDefaults is Prepared without what is computed from the result.
func (d *Definition) withDefaults() Definition {
	p := *d
	p.graph = nil
	if d.Start != nil {
		start := *d.Start
		if start.Group == "" {
			start.Group = d.Name + "_orchestrator_group"
		}
		p.Start = &start
	}
	if d.Deadline != nil {
		deadline := *d.Deadline
		if deadline.Then == "" {
			deadline.Then = ThenCompensate
		}
		p.Deadline = &deadline
	}
	p.Steps = make([]Step, len(d.Steps))
	for i := range d.Steps {
		p.Steps[i] = d.Steps[i].prepared(d.Steps[i].needs(d.Steps, i))
	}
	return p
}

func (s Step) prepared(after []string) Step {
	// The order of dependencies means nothing; sorted, equal recipes have equal digests.
	s.After = append(make([]string, 0, len(after)), after...)
	slices.Sort(s.After)
	if s.Kind == "" {
		s.Kind = Compensatable
	}
	if s.Waits() {
		if s.WaitFor != nil {
			wait := *s.WaitFor
			s.WaitFor = &wait
		}
		return s
	}
	s.Retry = s.Retry.prepared()
	if s.Compensate != nil {
		compensate := *s.Compensate
		s.Compensate = &compensate
		retry := s.Retry
		if s.CompensateRetry != nil {
			retry = *s.CompensateRetry
		}
		retry = retry.prepared()
		s.CompensateRetry = &retry
	}
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	if s.AckTimeout == 0 {
		s.AckTimeout = DefaultAckTimeout
	}
	return s
}

// prepared is WithDefaults with a jitter of its own, so that no two policies share one.
func (p RetryPolicy) prepared() RetryPolicy {
	p = p.WithDefaults()
	if p.Jitter != nil {
		jitter := *p.Jitter
		p.Jitter = &jitter
	}
	return p
}
