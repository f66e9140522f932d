package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/domaintest"
)

// within is a definition with a deadline of 20 seconds, which is before any attempt times out.
func within(document, then string) string {
	return strings.Replace(document, `"version":1,`, `"version":1,"deadline":{"after":"20s","then":"`+then+`"},`, 1)
}

// The rows T of docs/semantics.md.
func TestTheDeadlineOfASaga(t *testing.T) {
	back, stuck, pivotBack := within(order, "compensate"), within(order, "stuck"), within(pivoted, "compensate")
	held := steps{"start", "reserve completed", "wait 20s"}
	runRows(t, []row{
		{name: "T1 is recorded at the start", def: back, when: "start", then: steps{"SagaStarted order v1 {} by 20s", "StepCommanded reserve#1"}},
		{name: "T1 not before it has passed", def: back, given: steps{"start", "reserve completed"}, when: "wait 19s"},
		{name: "T1 not on the way back", def: back, given: steps{"start", "reserve completed", "charge failed! no"}, when: "wait 20s"},
		{name: "T2 turns the saga round", def: back, given: steps{"start", "reserve completed"}, when: "wait 20s",
			then: steps{"SagaDeadlinePassed", "SagaCompensating the saga was not done within 20s, its deadline"}, status: domain.Compensating},
		{name: "T2 an open step is waited for and undone", def: back, given: held, when: "charge completed",
			then: steps{"StepCompleted charge#1", "CompensationCommanded charge#1"}},
		{name: "T2 a step that waits gets no attempt", def: back, given: steps{"start", "reserve failed busy", "operator pause", "wait 20s"}, when: "operator resume",
			then: steps{"OperatorActed", "SagaResumed", "SagaDeadlinePassed", "SagaCompensating", "SagaCompensated"}, status: domain.Compensated},
		{name: "T3 stands still", def: stuck, given: steps{"start", "reserve completed"}, when: "wait 20s",
			then: steps{"SagaDeadlinePassed", "SagaStuck action the saga was not done within 20s, its deadline"}, status: domain.Stuck},
		{name: "T3 replies are recorded", def: stuck, given: held, when: "charge completed", then: steps{"StepCompleted charge#1"}, status: domain.Stuck},
		{name: "T3 nothing times out", def: stuck, given: held, when: "wait 1h"},
		{name: "T3 resume goes on", def: stuck, given: append(held, "charge completed"), when: "operator resume",
			then: steps{"OperatorActed resume", "SagaResumed", "StepCommanded ship#1"}, status: domain.Running},
		{name: "T3 without a deadline then", def: stuck, given: append(held, "charge completed", "operator resume"), when: "wait 29s"},
		{name: "T3 and what passed meanwhile is handled", def: stuck, given: append(held, "wait 1h"), when: "operator resume",
			then: steps{"OperatorActed", "SagaResumed", "StepTimedOut charge#1", "RetryScheduled charge#2"}},
		{name: "T3 cancel turns round", def: stuck, given: append(held, "charge completed"), when: "cancel anna no",
			then: steps{"OperatorActed", "SagaCompensating", "CompensationCommanded charge#1"}, status: domain.Compensating},
		{name: "T3 a step given up turns round", def: stuck, given: held, when: "charge failed! no",
			then: steps{"StepFailed charge#1", "SagaCompensating step charge: no", "CompensationCommanded reserve#1"}, status: domain.Compensating},
		{name: "T3 no retry by hand meanwhile", def: stuck, given: append(held, "charge failed busy"), when: "operator retry charge", refused: "resume it first"},
		{name: "T3 the pivot is done: no way back", def: pivotBack, given: steps{"start", "hold completed", "pay completed"}, when: "wait 20s",
			then: steps{"SagaDeadlinePassed", "SagaStuck"}, status: domain.Stuck},
		{name: "T3 the pivot is open", def: pivotBack, given: steps{"start", "hold completed"}, when: "wait 20s",
			then: steps{"SagaDeadlinePassed", "SagaStuck"}, status: domain.Stuck},
		{name: "T3 the pivot is not commanded yet", def: pivotBack, given: steps{"start"}, when: "wait 20s", then: steps{"SagaDeadlinePassed", "SagaCompensating"}},
		{name: "T4 a saga that is stuck stays so", def: within(pivoted, "stuck"), given: steps{"start", "hold completed", "pay completed", "mail failed! x"}, when: "wait 20s",
			then: steps{"SagaDeadlinePassed"}, status: domain.Stuck},
		{name: "T4 and goes on when it is mended", def: within(pivoted, "stuck"), given: steps{"start", "hold completed", "pay completed", "mail failed! x", "wait 20s"}, when: "operator retry",
			then: steps{"OperatorActed retry mail", "StepCommanded mail#2"}, status: domain.Running},
		{name: "T5 not during a pause", def: back, given: steps{"start", "reserve completed", "operator pause"}, when: "wait 1h"},
		{name: "T5 but after it", def: back, given: steps{"start", "reserve completed", "operator pause", "wait 1h"}, when: "operator resume",
			then: steps{"OperatorActed", "SagaResumed", "SagaDeadlinePassed", "SagaCompensating", "StepTimedOut charge#1", "CompensationCommanded charge#1"}},
	})
}

func TestASagaIsDueAtItsDeadline(t *testing.T) {
	t.Parallel()
	s := domaintest.Given(t, prepared(t, within(order, "stuck")), "start", "reserve start")
	if want := domaintest.Epoch.Add(20 * time.Second); !s.State.NextDue().Equal(want) {
		t.Errorf("due %s, want %s", s.State.NextDue(), want)
	}
	if err := s.Do("wait 20s"); err != nil || !s.State.NextDue().IsZero() {
		t.Errorf("due %s although it stands still, %v", s.State.NextDue(), err)
	}
}

func TestADefinitionWithoutADeadlineKeepsItsDigest(t *testing.T) {
	t.Parallel()
	plain, timed, explicit := prepared(t, order), prepared(t, strings.Replace(order, `"version":1,`, `"version":1,"deadline":{"after":"20s"},`, 1)), prepared(t, within(order, "compensate"))
	if canonical := string(plain.Canonical()); strings.Contains(canonical, "deadline") {
		t.Error(canonical)
	}
	if want := `{"deadline":{"after":"20s","then":"compensate"},"name":"order"`; !strings.HasPrefix(string(timed.Canonical()), want) {
		t.Errorf("got %s", timed.Canonical())
	}
	if timed.Digest() != explicit.Digest() || timed.Digest() == plain.Digest() {
		t.Error("the default is not written out")
	}
	built, err := domain.Define("d").Version(1).Deadline(time.Hour, domain.ThenStuck).Step("a").Command("a:c", "a:do").Build()
	if err != nil || *built.Deadline != (domain.Deadline{After: domain.Duration(time.Hour), Then: domain.ThenStuck}) {
		t.Errorf("built %+v, %v", built, err)
	}
	read, err := domain.ParseDefinition(built.Canonical())
	if err != nil || read.Digest() != built.Digest() {
		t.Errorf("read %+v, %v", read, err)
	}
}
