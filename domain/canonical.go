package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Canonical is the definition as one unambiguous JSON text: defaults written out, keys sorted, no spaces, dependencies
// sorted. Documents that mean the same have the same canonical form, whether they were written in YAML, JSON or Go. It
// is what the store keeps and what Digest digests, so its form never changes.
func (d *Definition) Canonical() []byte {
	p := d.withDefaults()
	dst := make([]byte, 0, 512+512*len(p.Steps))
	dst = append(dst, '{')
	if p.Deadline != nil {
		dst = appendString(append(dst, `"deadline":{"after":`...), p.Deadline.After.String())
		dst = appendString(append(dst, `,"then":`...), string(p.Deadline.Then))
		dst = append(dst, '}', ',')
	}
	if p.Description != "" {
		dst = appendString(append(dst, `"description":`...), p.Description)
		dst = append(dst, ',')
	}
	dst = appendString(append(dst, `"name":`...), p.Name)
	if p.Start != nil {
		dst = appendString(append(dst, `,"start":{"event_type":`...), p.Start.EventType)
		dst = appendString(append(dst, `,"group":`...), p.Start.Group)
		dst = appendString(append(dst, `,"stream":`...), p.Start.Stream)
		dst = append(dst, '}')
	}
	dst = append(dst, `,"steps":[`...)
	for i := range p.Steps {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.Steps[i].appendCanonical(dst)
	}
	dst = append(dst, `],"version":`...)
	dst = strconv.AppendInt(dst, int64(p.Version), 10)
	return append(dst, '}')
}

// Digest is "sha256:" and the 64 hex digits of the SHA-256 of the canonical form.
func (d *Definition) Digest() string {
	sum := sha256.Sum256(d.Canonical())
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Ref pins the definition: name, version and digest.
func (d *Definition) Ref() DefinitionRef {
	if d.graph != nil && d.graph.digest != "" {
		return DefinitionRef{Name: d.Name, Version: d.Version, Digest: d.graph.digest}
	}
	return DefinitionRef{Name: d.Name, Version: d.Version, Digest: d.Digest()}
}

// MarshalJSON is Canonical.
func (d Definition) MarshalJSON() ([]byte, error) { return d.Canonical(), nil }

// UnmarshalJSON is ParseDefinition; the error is Faults.
func (d *Definition) UnmarshalJSON(document []byte) error {
	parsed, err := ParseDefinition(document)
	if err != nil {
		return err
	}
	*d = *parsed
	return nil
}

func (s *Step) appendCanonical(dst []byte) []byte {
	if s.Waits() {
		return s.appendCanonicalWait(dst)
	}
	dst = appendString(append(dst, `{"ack_timeout":`...), s.AckTimeout.String())
	dst = s.appendAfter(append(dst, ','))
	dst = s.Command.appendCanonical(append(dst, `,"command":`...))
	if s.Compensate != nil {
		dst = s.Compensate.appendCanonical(append(dst, `,"compensate":`...))
	}
	if s.CompensateRetry != nil {
		dst = s.CompensateRetry.appendCanonical(append(dst, `,"compensate_retry":`...))
	}
	dst = appendString(append(dst, `,"kind":`...), string(s.Kind))
	dst = appendString(append(dst, `,"name":`...), s.Name)
	dst = s.Retry.appendCanonical(append(dst, `,"retry":`...))
	dst = appendString(append(dst, `,"timeout":`...), s.Timeout.String())
	return append(dst, '}')
}

// appendCanonicalWait is the form of a step without a command: it has no retries and no timeouts of attempts.
func (s *Step) appendCanonicalWait(dst []byte) []byte {
	dst = s.appendAfter(append(dst, '{'))
	dst = appendString(append(dst, `,"kind":`...), string(s.Kind))
	dst = appendString(append(dst, `,"name":`...), s.Name)
	if s.Sleep != 0 {
		dst = appendString(append(dst, `,"sleep":`...), s.Sleep.String())
	}
	if s.WaitFor != nil {
		dst = appendString(append(dst, `,"wait_for":{"signal":`...), s.WaitFor.Signal)
		if s.WaitFor.Timeout != 0 {
			dst = appendString(append(dst, `,"timeout":`...), s.WaitFor.Timeout.String())
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func (s *Step) appendAfter(dst []byte) []byte {
	dst = append(dst, `"after":[`...)
	for i, name := range s.After {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
	}
	return append(dst, ']')
}

func (t Target) appendCanonical(dst []byte) []byte {
	dst = appendString(append(dst, `{"event_type":`...), t.EventType)
	dst = appendString(append(dst, `,"stream":`...), t.Stream)
	return append(dst, '}')
}

func (p RetryPolicy) appendCanonical(dst []byte) []byte {
	dst = append(dst, `{"attempts":`...)
	dst = strconv.AppendInt(dst, int64(p.Attempts), 10)
	if p.Factor != 0 {
		dst = appendNumber(append(dst, `,"factor":`...), p.Factor)
	}
	if p.First != 0 {
		dst = appendString(append(dst, `,"first":`...), p.First.String())
	}
	if p.Jitter != nil {
		dst = appendNumber(append(dst, `,"jitter":`...), *p.Jitter)
	}
	if p.Max != 0 {
		dst = appendString(append(dst, `,"max":`...), p.Max.String())
	}
	dst = appendString(append(dst, `,"policy":`...), string(p.Policy))
	return append(dst, '}')
}
