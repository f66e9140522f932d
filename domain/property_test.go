package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/domaintest"
)

// TestAllDoneOrAllUndone lets random sagas live through random replies in random order, late, doubled and contradictory
// ones, silence and whatever operators think of, and then through a world that answers. Whatever happened, in the end
// everything is done or everything is undone, and the history is one that the rules allow.
func TestAllDoneOrAllUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		life := newLife(t)
		for range rapid.IntRange(0, 40).Draw(t, "happenings") {
			life.happen()
		}
		life.settle()
		life.check()
	})
}

// life is one random saga.
type life struct {
	*rapid.T
	def     *domain.Definition
	now     time.Time
	state   domain.State
	history []domain.Event
}

func newLife(t *rapid.T) *life {
	l := &life{T: t, def: randomDefinition(t), now: domaintest.Epoch}
	l.state = domain.NewState(domain.SagaIDFromKey("property", "k", "c"))
	l.turn(domain.StartSaga{CorrelationID: "c", Input: json.RawMessage(`{"n":1}`)})
	return l
}

// randomDefinition has any graph of up to six steps. One may be the pivot; what needs it is retriable then. Some sleep
// or wait for a signal. There may be a deadline.
func randomDefinition(t *rapid.T) *domain.Definition {
	def := domain.Definition{Name: "random", Version: 1}
	pivot := rapid.IntRange(-6, 5).Draw(t, "pivot") // below 0: there is none
	behind := make([]bool, 6)
	if rapid.Bool().Draw(t, "deadline") {
		def.Deadline = &domain.Deadline{
			After: domain.Duration(rapid.IntRange(1, 300).Draw(t, "seconds")) * domain.Duration(time.Second),
			Then:  rapid.SampledFrom([]domain.DeadlineRule{domain.ThenCompensate, domain.ThenStuck}).Draw(t, "then"),
		}
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "steps") {
		name := fmt.Sprintf("s%d", i)
		step := domain.Step{
			Name: name, After: []string{},
			Command: domain.Target{Stream: name + ":commands", EventType: name + ":do"},
			Retry:   domain.RetryPolicy{Attempts: rapid.IntRange(1, 3).Draw(t, "attempts")},
		}
		waits := rapid.IntRange(0, 7).Draw(t, "waits")
		switch waits {
		case 0:
			step = domain.Step{Name: name, After: []string{}, Sleep: domain.Duration(time.Minute)}
		case 1:
			step = domain.Step{Name: name, After: []string{}, WaitFor: &domain.WaitFor{
				Signal: rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "signal"), Timeout: domain.Duration(rapid.IntRange(0, 2).Draw(t, "minutes")) * domain.Duration(time.Minute),
			}}
		}
		for j := range i {
			if rapid.Bool().Draw(t, "needs") {
				step.After = append(step.After, fmt.Sprintf("s%d", j))
				behind[i] = behind[i] || behind[j] || j == pivot
			}
		}
		switch {
		case i == pivot:
			step.Kind = domain.Pivot
		case behind[i]:
			step.Kind = domain.Retriable
		case waits > 1 && rapid.IntRange(0, 3).Draw(t, "way back") > 0:
			step.Compensate = &domain.Target{Stream: name + ":commands", EventType: name + ":undo"}
		}
		def.Steps = append(def.Steps, step)
	}
	if faults := def.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	ready := def.Prepared()
	return &ready
}

func (l *life) turn(trigger domain.Trigger) {
	in := domain.Input{At: l.now, Random: rapid.Float64Range(0, 0.999).Draw(l.T, "random"), Trigger: trigger}
	events, err := domain.Decide(l.def, l.state, in)
	again, _ := domain.Decide(l.def, l.state, in)
	if !reflect.DeepEqual(events, again) {
		l.Fatalf("deciding twice differs:\n%v\n%v", domaintest.Lines(events), domaintest.Lines(again))
	}
	if refused := (*domain.RefusedError)(nil); err != nil && !errors.As(err, &refused) {
		l.Fatalf("%T %+v: %v", trigger, trigger, err)
	}
	state, _, _ := domain.Turn(l.def, l.state, in)
	for _, e := range events {
		next, err := domain.Evolve(l.state, e)
		if err != nil {
			l.Fatal(err)
		}
		l.state = next
	}
	if err == nil && len(events) > 0 && !reflect.DeepEqual(state, l.state) {
		l.Fatalf("the state carried differs from the fold:\n%+v\n%+v", state, l.state)
	}
	l.history = append(l.history, events...)
}

// happen lets one random thing happen.
func (l *life) happen() {
	switch rapid.IntRange(0, 10).Draw(l.T, "what") {
	case 0:
		l.now = l.now.Add(time.Duration(rapid.IntRange(0, 40_000).Draw(l.T, "ms")) * time.Millisecond)
		l.turn(domain.Tick{})
	case 1:
		l.operate()
	case 2:
		l.turn(domain.Signal{Name: rapid.SampledFrom([]string{"yes", "no"}).Draw(l.T, "signal"), Key: rapid.SampledFrom([]string{"", "k"}).Draw(l.T, "key")})
	default:
		l.turn(l.randomReply())
	}
}

// operate lets an operator ask for anything about any step, sensible or not; for what ends a life early only rarely.
func (l *life) operate() {
	op := domain.Operation{Verb: rapid.SampledFrom(domain.Verbs()).Draw(l.T, "verb"), Actor: "anna", Reason: "why not"}
	switch op.Verb {
	case domain.VerbCancel, domain.VerbCompensate:
		if rapid.IntRange(0, 2).Draw(l.T, "rarely") > 0 {
			return
		}
	case domain.VerbRetry, domain.VerbSkip, domain.VerbComplete, domain.VerbResolve:
		if rapid.Bool().Draw(l.T, "named") {
			op.Step = rapid.SampledFrom(l.def.Steps).Draw(l.T, "step").Name
		}
	}
	paused := l.state.Paused
	l.turn(op)
	if paused && op.Verb == domain.VerbPause && !l.state.Paused {
		l.Fatal("a refused operation changed the saga")
	}
}

// randomReply answers any attempt that was ever made, in any way.
func (l *life) randomReply() domain.Reply {
	step := l.state.Steps[rapid.IntRange(0, len(l.state.Steps)-1).Draw(l.T, "step")]
	direction, count := domain.Forward, max(step.Action.Count, 1) // 1 although nobody was asked: refused
	if step.Undo.Count > 0 && rapid.Bool().Draw(l.T, "back") {
		direction, count = domain.Back, step.Undo.Count
	}
	reply := domain.Reply{
		RequestID: domain.RequestID(l.state.SagaID, step.Name, direction, rapid.IntRange(1, count).Draw(l.T, "attempt")),
		Status:    rapid.SampledFrom([]domain.ReplyStatus{domain.ReplyStart, domain.ReplyProgress, domain.ReplyCompleted, domain.ReplyCompleted, domain.ReplyFailed}).Draw(l.T, "status"),
	}
	switch reply.Status {
	case domain.ReplyProgress:
		reply.Payload = json.RawMessage(`{"fraction":0.5}`)
	case domain.ReplyFailed:
		reply.Payload = json.RawMessage(rapid.SampledFrom([]string{`{"error":"x"}`, `{"error":"x","retryable":false}`, `{}`}).Draw(l.T, "failure"))
	}
	return reply
}

// settle lets every participant answer with success, operators see to what is stuck, and time pass, until the saga has
// ended.
func (l *life) settle() {
	l.turn(domain.Operation{Verb: domain.VerbResume, Actor: "anna", Reason: "enough"})
	for range 500 {
		if l.state.Status.Terminal() {
			return
		}
		l.mend()
		for _, step := range l.state.Steps {
			switch {
			case step.Phase == domain.StepAwaiting:
				l.turn(domain.Signal{Name: "yes"})
				l.turn(domain.Signal{Name: "no"})
			case step.Undo.Command != nil:
				l.turn(domain.Reply{RequestID: step.Undo.Command.RequestID, Status: domain.ReplyCompleted})
			case step.Action.Command != nil:
				l.turn(domain.Reply{RequestID: step.Action.Command.RequestID, Status: domain.ReplyCompleted})
			case step.Phase == domain.StepUndoStuck: // the answer that was missing comes after all
				l.turn(domain.Reply{RequestID: domain.RequestID(l.state.SagaID, step.Name, domain.Back, step.Undo.Count), Status: domain.ReplyCompleted})
			}
		}
		l.now = l.now.Add(time.Minute)
		l.turn(domain.Tick{})
	}
	l.Fatalf("the saga does not end: %s", domaintest.Describe(l.state))
}

// mend lets an operator see to the steps that the saga is stuck on and that no answer will come for.
func (l *life) mend() {
	if l.state.Halted() {
		l.turn(domain.Operation{Verb: domain.VerbResume, Actor: "anna", Reason: "late is well enough"})
	}
	for _, step := range l.state.Steps {
		switch {
		case l.state.Status != domain.Stuck:
		case !l.state.Turned && step.Phase == domain.StepGivenUp:
			l.turn(domain.Operation{Verb: domain.VerbRetry, Step: step.Name, Actor: "anna", Reason: "mended"})
		case l.state.Turned && step.Phase == domain.StepDone:
			l.turn(domain.Operation{Verb: domain.VerbResolve, Step: step.Name, Actor: "anna", Reason: "undone by hand"})
		}
	}
}

func (l *life) check() {
	undoOpen, undone := map[string]int{}, map[string]int{}
	effects := effects{}
	ends, turned, paused, held := 0, false, false, false
	for _, e := range l.history {
		if paused || held {
			l.checkHalted(e.Fact)
		}
		if ends > 0 {
			l.Fatalf("%s after the end", domaintest.Line(e.Fact))
		}
		effects.learn(e.Fact)
		switch f := e.Fact.(type) {
		case domain.StepCommanded:
			if turned {
				l.Fatalf("%s after the saga turned round", domaintest.Line(f))
			}
		case domain.SagaPaused:
			paused = true
		case domain.SagaResumed:
			paused, held = false, false
		case domain.SagaStuck:
			held = held || f.Step == ""
		case domain.SagaCompensating:
			turned, held = true, false
		case domain.CompensationCommanded:
			undoOpen[f.Step]++
			if undoOpen[f.Step] == 1 {
				l.checkOrder(f.Step, undoOpen, undone)
				if !effects.possible(f.Step) {
					l.Fatalf("%s is undone, and every attempt of it answered failed", f.Step)
				}
			}
		case domain.CompensationCompleted:
			undone[f.Step]++
		case domain.SagaCompleted, domain.SagaCompensated, domain.SagaCancelled:
			ends++
		}
	}
	if ends != 1 {
		l.Fatalf("%d ends", ends)
	}
	for i, step := range l.def.Steps {
		l.checkStep(i, step, effects.possible(step.Name), undoOpen[step.Name], undone[step.Name])
	}
	if folded, err := domain.Fold(l.state.SagaID, l.history); err != nil || !reflect.DeepEqual(folded, l.state) {
		l.Fatalf("fold: %v\n%+v\n%+v", err, folded, l.state)
	}
}

// checkHalted: a saga that is paused or stands still asks nothing of anybody, and does not end.
func (l *life) checkHalted(f domain.Fact) {
	switch f.(type) {
	case domain.StepCommanded, domain.CompensationCommanded, domain.StepTimedOut, domain.SagaCompleted, domain.SagaCompensated, domain.SagaCancelled:
		l.Fatalf("%s while halted", domaintest.Line(f))
	}
}

// checkOrder: when a step's compensation is first sent, no step that needed it is being undone. (A success that
// contradicts an earlier "failed" can bring in such a step later: L6.)
func (l *life) checkOrder(name string, sent, undone map[string]int) {
	for _, step := range l.def.Steps {
		if l.dependsOn(step, name) && sent[step.Name] > 0 && undone[step.Name] == 0 {
			l.Fatalf("%s is undone before %s, which needed it", name, step.Name)
		}
	}
}

func (l *life) dependsOn(step domain.Step, name string) bool {
	for _, need := range step.After {
		for _, other := range l.def.Steps {
			if other.Name == need && (need == name || l.dependsOn(other, name)) {
				return true
			}
		}
	}
	return false
}

// effects knows, by step and attempt, what may have been done: attempts that completed or were never answered. It is told
// facts only, so that it does not share an error with the state.
type effects map[string]map[int]bool

func (e effects) learn(f domain.Fact) {
	switch f := f.(type) {
	case domain.StepCompleted:
		e.set(f.Step, f.Attempt, true)
	case domain.StepTimedOut:
		e.set(f.Step, f.Attempt, true)
	case domain.StepFailed:
		e.set(f.Step, f.Attempt, false)
	case domain.StepSkipped: // on the operator's word
		delete(e, f.Step)
	}
}

func (e effects) set(step string, attempt int, possible bool) {
	if e[step] == nil {
		e[step] = map[int]bool{}
	}
	e[step][attempt] = possible
}

func (e effects) possible(step string) bool {
	for _, possible := range e[step] {
		if possible {
			return true
		}
	}
	return false
}

func (l *life) checkStep(i int, def domain.Step, effect bool, sent, undone int) {
	step, commanded := l.state.Step(def.Name)
	skipped := step.Phase == domain.StepPassedOver
	switch {
	case l.state.Status == domain.Completed:
		if step.Phase != domain.StepDone && !skipped || sent > 0 {
			l.Fatalf("completed, but step %d is %s and %d compensations were sent", i, step.Phase, sent)
		}
	case effect && def.Compensate != nil && undone == 0:
		l.Fatalf("%s: step %d had or may have had an effect and was not undone (%s)", l.state.Status, i, step.Phase)
	case effect && def.Kind == domain.Pivot && step.Output != nil && step.Phase != domain.StepUndone:
		l.Fatalf("%s, but the point of no return was passed", l.state.Status)
	case sent > 0 && !commanded:
		l.Fatalf("step %d was never commanded and is undone", i)
	}
}

// TestRecoveryAtEveryLength cuts a history after every event and goes on from what is left, as a restart does
// (docs/semantics.md, R1 to R13): redelivered commands are answered, time passes, and the saga ends well.
func TestRecoveryAtEveryLength(t *testing.T) {
	lives := map[string]struct {
		def   string
		lines []string
	}{
		"completed":   {order, []string{"start", "reserve start", "reserve completed", "charge failed x", "wait 1s", "charge completed", "ship start", "ship progress 0.5", "ship completed"}},
		"compensated": {order, []string{"start", "reserve completed", "wait 30s", "reserve#1 completed", "charge completed", "ship failed! x", "undo charge start", "undo charge failed y", "wait 1s", "undo charge completed", "undo reserve completed"}},
		"operated":    {order, []string{"start", "operator complete charge", "reserve failed x", "operator retry reserve", "reserve completed", "operator skip ship"}},
		"waiting":     {approval, []string{"start", "signal approved@k", "offer completed", "wait 10m", "act completed"}},
		"fork":        {fork, []string{"start", "a completed", "b completed", "wait 30s", "undo b completed", "undo c completed", "undo a completed"}},
	}
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			def := prepared(t, life.def)
			whole := domaintest.Given(t, def, life.lines...)
			if !whole.State.Status.Terminal() {
				t.Fatalf("the script does not end: %s", domaintest.Describe(whole.State))
			}
			for cut := 1; cut <= len(whole.History); cut++ {
				resume(t, def, whole.State.SagaID, whole.History[:cut])
			}
		})
	}
}

func resume(t *testing.T, def *domain.Definition, id domain.SagaID, history []domain.Event) {
	t.Helper()
	s, err := domain.Fold(id, history)
	if err != nil {
		t.Fatal(err)
	}
	now := s.UpdatedAt
	for range 200 {
		if s.Status.Terminal() {
			return
		}
		for _, command := range s.OpenCommands(now) {
			s = take(t, def, s, now, domain.Reply{RequestID: command.RequestID, Status: domain.ReplyCompleted})
		}
		if due := s.NextDue(); !due.IsZero() {
			now = due
		}
		s = take(t, def, s, now, domain.Tick{})
	}
	t.Fatalf("cut after %d events (%s): the saga does not end: %s", len(history), domaintest.Line(history[len(history)-1].Fact), domaintest.Describe(s))
}

func take(t *testing.T, def *domain.Definition, s domain.State, now time.Time, trigger domain.Trigger) domain.State {
	t.Helper()
	next, _, err := domain.Turn(def, s, domain.Input{At: now, Trigger: trigger})
	if err != nil {
		t.Fatal(err)
	}
	return next
}
