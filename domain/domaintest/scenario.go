// Package domaintest lets rules about sagas be written as sentences: given what happened, when this comes, then these
// events follow, or nothing does.
//
//	domaintest.Given(t, def, "start", "reserve completed", "charge failed! declined").
//	    When("undo reserve completed").
//	    Then("CompensationCompleted reserve#1", "SagaCompensated")
//
// What happens is written in a small language, one line each; the same language drives the traces under testdata/
// (see Script):
//
//	start [INPUT]                        the saga starts, with an input or {}
//	STEP[#N] start                       a reply to the step's command (to its attempt N; by default the last)
//	STEP[#N] progress FRACTION
//	STEP[#N] completed [OUTPUT]
//	STEP[#N] failed[!] MESSAGE           with "!" the participant says retryable:false
//	undo STEP[#N] ...                    the same for the step's compensation
//	anonymous [undo] STEP ...            the same from a participant that does not echo request_id
//	wait DURATION                        time passes, then what is due is done
//	cancel ACTOR REASON
//	signal NAME [PAYLOAD]                a signal comes; NAME@KEY gives it a key
//	operator VERB [STEP [OUTPUT]]        the operator olga asks for it, because she says so
package domaintest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
)

// Epoch is the moment at which every scenario begins.
var Epoch = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// CorrelationID is the conversation of every scenario.
const CorrelationID = "c1"

// Scenario is a saga that lives through what a test says.
type Scenario struct {
	t       testing.TB
	def     *domain.Definition
	now     time.Time
	State   domain.State
	History []domain.Event

	last []domain.Event // of the last When
	err  error
}

// Given lets a saga of the prepared definition def live through the given lines.
func Given(t testing.TB, def *domain.Definition, lines ...string) *Scenario {
	t.Helper()
	s := New(t, def)
	for _, line := range lines {
		if err := s.Do(line); err != nil {
			t.Fatalf("given %q: %v", line, err)
		}
	}
	return s
}

// New is a saga that has not started.
func New(t testing.TB, def *domain.Definition) *Scenario {
	id := domain.SagaIDFromKey("domaintest", def.Name, CorrelationID)
	return &Scenario{t: t, def: def, now: Epoch, State: domain.NewState(id)}
}

// When lets one line happen; Then, ThenNothing or ThenRefused say what must have followed.
func (s *Scenario) When(line string) *Scenario {
	s.t.Helper()
	s.err = s.Do(line)
	var refused *domain.RefusedError
	if s.err != nil && !errors.As(s.err, &refused) {
		s.t.Fatalf("when %q: %v", line, s.err)
	}
	return s
}

// Do lets one line happen and keeps the events that follow.
func (s *Scenario) Do(line string) error {
	trigger, err := s.parse(line)
	if err != nil {
		return err
	}
	s.last = nil
	state, events, err := domain.Turn(s.def, s.State, domain.Input{At: s.now, Trigger: trigger})
	if err != nil {
		return err
	}
	s.State, s.last = state, events
	s.History = append(s.History, events...)
	return nil
}

// Last are the events that followed the last line.
func (s *Scenario) Last() []domain.Event { return s.last }

// Then says which events followed, as Line writes them. An expectation may be the beginning of a line.
func (s *Scenario) Then(want ...string) *Scenario {
	s.t.Helper()
	if s.err != nil {
		s.t.Fatalf("refused: %v", s.err)
	}
	got := Lines(s.last)
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		s.t.Fatalf("events\n  %s\nwanted\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	return s
}

// ThenNothing says that no event followed and nothing was refused.
func (s *Scenario) ThenNothing() *Scenario {
	s.t.Helper()
	return s.Then()
}

// ThenRefused says that the line was refused with a reason that contains the given words.
func (s *Scenario) ThenRefused(words string) *Scenario {
	s.t.Helper()
	if s.err == nil || !strings.Contains(s.err.Error(), words) {
		s.t.Fatalf("error %v; wanted a refusal with %q; events %v", s.err, words, Lines(s.last))
	}
	return s
}

// ThenStatus says where the saga stands.
func (s *Scenario) ThenStatus(want domain.Status) *Scenario {
	s.t.Helper()
	if s.State.Status != want {
		s.t.Fatalf("the saga is %s, wanted %s", s.State.Status, want)
	}
	return s
}

func (s *Scenario) parse(line string) (domain.Trigger, error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	switch verb {
	case "start":
		return domain.StartSaga{SagaID: s.State.SagaID, CorrelationID: CorrelationID, Input: json.RawMessage(rest), ReplyStream: "replies:c1"}, nil
	case "wait":
		d, err := time.ParseDuration(rest)
		s.now = s.now.Add(d)
		return domain.Tick{}, err
	case "cancel":
		actor, reason, _ := strings.Cut(rest, " ")
		return domain.Cancel{Actor: actor, Reason: reason}, nil
	case "signal":
		name, payload, _ := strings.Cut(rest, " ")
		name, key, _ := strings.Cut(name, "@")
		signal := domain.Signal{Name: name, Key: key}
		if payload != "" {
			signal.Payload = json.RawMessage(payload)
		}
		return signal, nil
	case "operator":
		return operation(rest), nil
	case "anonymous":
		reply, err := s.reply(rest)
		reply.RequestID = ""
		return reply, err
	default:
		return s.reply(line)
	}
}

// operation reads "VERB [STEP [OUTPUT]]".
func operation(line string) domain.Operation {
	verb, rest, _ := strings.Cut(line, " ")
	step, output, _ := strings.Cut(rest, " ")
	op := domain.Operation{Verb: domain.Verb(verb), Step: step, Actor: "olga", Reason: "she says so"}
	if output != "" {
		op.Output = json.RawMessage(output)
	}
	return op
}

// reply reads "[undo] STEP[#N] STATUS …".
func (s *Scenario) reply(line string) (domain.Reply, error) {
	direction := domain.Forward
	if undo, ok := strings.CutPrefix(line, "undo "); ok {
		direction, line = domain.Back, undo
	}
	who, what, _ := strings.Cut(line, " ")
	status, rest, _ := strings.Cut(what, " ")
	name, number, numbered := strings.Cut(who, "#")
	i := slices.IndexFunc(s.def.Steps, func(step domain.Step) bool { return step.Name == name })
	if i < 0 {
		return domain.Reply{}, fmt.Errorf("%q: no step %q", line, name)
	}
	state, _ := s.State.Step(name)
	attempt, target := state.Action.Count, &s.def.Steps[i].Command
	if direction == domain.Back {
		attempt, target = state.Undo.Count, s.def.Steps[i].Compensate
	}
	if target == nil {
		return domain.Reply{}, fmt.Errorf("%q: step %q has no way back", line, name)
	}
	if numbered {
		n, err := strconv.Atoi(number)
		if err != nil {
			return domain.Reply{}, fmt.Errorf("%q: %w", line, err)
		}
		attempt = n
	}
	reply := domain.Reply{
		RequestID: domain.RequestID(s.State.SagaID, name, direction, attempt),
		EventType: target.EventType,
	}
	switch status {
	case "start":
		reply.Status = domain.ReplyStart
	case "progress":
		reply.Status, reply.Payload = domain.ReplyProgress, fmt.Appendf(nil, `{"fraction":%s}`, rest)
	case "completed":
		reply.Status, reply.Payload = domain.ReplyCompleted, json.RawMessage(rest)
	case "failed":
		reply.Status, reply.Payload = domain.ReplyFailed, fmt.Appendf(nil, `{"error":%q}`, rest)
	case "failed!":
		reply.Status, reply.Payload = domain.ReplyFailed, fmt.Appendf(nil, `{"error":%q,"retryable":false}`, rest)
	default:
		return domain.Reply{}, fmt.Errorf("%q: status %q is none of start, progress, completed, failed!, failed", line, status)
	}
	return reply, nil
}
