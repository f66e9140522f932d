package domain_test

import (
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/domaintest"
)

// The tests in this file follow the rows O of docs/semantics.md.

func TestPauseAndResume(t *testing.T) {
	paused := steps{"start", "reserve completed", "operator pause"}
	runRows(t, []row{
		{name: "O1 who and why is recorded first", def: order, given: steps{"start"}, when: "operator pause",
			then: steps{"OperatorActed pause by olga: she says so", "SagaPaused"}, status: domain.Running},
		{name: "O2 nothing times out", def: order, given: paused, when: "wait 30s"},
		{name: "O2 no retry is made", def: order, given: steps{"start", "reserve failed busy", "operator pause"}, when: "wait 1h"},
		{name: "O2 no pause twice", def: order, given: paused, when: "operator pause", refused: "paused already"},
		{name: "O2 a stuck saga too", def: pivoted, given: steps{"start", "hold completed", "wait 30s", "operator pause"}, when: "pay#1 completed",
			then: steps{"StepCompleted pay#1 {} (late)"}, status: domain.Running},
		{name: "O3 a reply is recorded and commands nothing", def: order, given: paused, when: "charge completed", then: steps{"StepCompleted charge#1"}},
		{name: "O3 progress is recorded", def: order, given: paused, when: "charge progress 0.5", then: steps{"StepProgressed charge#1 0.5"}},
		{name: "O3 a failure schedules the retry", def: order, given: paused, when: "charge failed busy",
			then: steps{"StepFailed charge#1 busy", "RetryScheduled charge#2 action at 1s"}},
		{name: "O3 the last failure turns the saga round, and nothing is undone yet", def: order, given: paused, when: "charge failed! no",
			then: steps{"StepFailed charge#1 no (final)", "SagaCompensating step charge: no"}, status: domain.Compensating},
		{name: "O3 the last success does not end the saga yet", def: order, given: append(paused, "charge completed", "operator resume", "operator pause"), when: "ship completed",
			then: steps{"StepCompleted ship#1"}, status: domain.Running},
		{name: "O4 resume goes on", def: order, given: append(paused, "charge completed"), when: "operator resume",
			then: steps{"OperatorActed resume", "SagaResumed", "StepCommanded ship#1"}},
		{name: "O4 resume ends what is done", def: order, given: append(paused, "charge completed", "operator resume", "operator pause", "ship completed"), when: "operator resume",
			then: steps{"OperatorActed resume", "SagaResumed", "SagaCompleted"}, status: domain.Completed},
		{name: "O4 with time left nothing follows", def: order, given: append(paused, "wait 29s"), when: "operator resume", then: steps{"OperatorActed resume", "SagaResumed"}},
		{name: "O4 deadlines that passed are handled", def: order, given: append(paused, "wait 1h"), when: "operator resume",
			then: steps{"OperatorActed resume", "SagaResumed", "StepTimedOut charge#1", "RetryScheduled charge#2 action at 1h0m1s"}},
		{name: "O4 retries that fell due are made", def: order, given: append(paused, "charge failed busy", "wait 1h"), when: "operator resume",
			then: steps{"OperatorActed resume", "SagaResumed", "StepCommanded charge#2"}},
		{name: "O4 what turned round is undone", def: order, given: append(paused, "charge failed! no"), when: "operator resume",
			then: steps{"OperatorActed resume", "SagaResumed", "CompensationCommanded reserve#1"}},
		{name: "O4 only what is paused", def: order, given: steps{"start"}, when: "operator resume", refused: "not paused"},
		{name: "cancel while paused turns round, resume undoes", def: order, given: append(paused, "cancel anna enough", "charge failed no"), when: "operator resume",
			then: steps{"OperatorActed resume", "SagaResumed", "CompensationCommanded reserve#1"}},
	})
}

func TestAPausedSagaIsNeverDue(t *testing.T) {
	t.Parallel()
	s := domaintest.Given(t, prepared(t, order), "start")
	before := s.State.NextDue()
	if err := s.Do("operator pause"); err != nil || !s.State.NextDue().IsZero() {
		t.Errorf("due %s, %v", s.State.NextDue(), err)
	}
	if err := s.Do("operator resume"); err != nil || !s.State.NextDue().Equal(before) {
		t.Errorf("due %s after the pause, %s before, %v", s.State.NextDue(), before, err)
	}
}

func TestRetryNow(t *testing.T) {
	undoStuck := steps{"start", "reserve completed", "charge failed! no", "undo reserve failed! broken"}
	mailStuck := steps{"start", "hold completed", "pay completed", "mail failed! x"}
	runRows(t, []row{
		{name: "O5 before its time", def: order, given: steps{"start", "reserve failed busy"}, when: "operator retry reserve",
			then: steps{"OperatorActed retry reserve by olga", "StepCommanded reserve#2"}},
		{name: "O5 the retry is not made again when due", def: order, given: steps{"start", "reserve failed busy", "operator retry reserve"}, when: "wait 1s"},
		{name: "O5 a stuck step, forward", def: pivoted, given: mailStuck, when: "operator retry mail",
			then: steps{"OperatorActed retry mail", "StepCommanded mail#2"}, status: domain.Running},
		{name: "O5 beyond the policy", def: pivoted, given: append(mailStuck, "operator retry mail", "mail failed x", "operator retry mail", "mail failed x"), when: "operator retry mail",
			then: steps{"OperatorActed retry mail", "StepCommanded mail#4"}, status: domain.Running},
		{name: "O5 stuck again when that fails", def: pivoted, given: append(mailStuck, "operator retry mail"), when: "mail failed x",
			then: steps{"StepFailed mail#2", "SagaStuck action step mail: x"}, status: domain.Stuck},
		{name: "O5 a pivot in doubt", def: pivoted, given: steps{"start", "hold completed", "wait 30s", "operator retry pay"}, when: "pay completed",
			then: steps{"StepCompleted pay#2", "StepCommanded mail#1"}},
		{name: "O5 the doubt about a pivot stays", def: pivoted, given: steps{"start", "hold completed", "wait 30s", "operator retry pay"}, when: "pay failed no",
			then: steps{"StepFailed pay#2", "SagaStuck action"}, status: domain.Stuck},
		{name: "O5 a compensation that waits", def: order, given: append(undoStuck[:3:3], "undo reserve failed busy"), when: "operator retry reserve",
			then: steps{"OperatorActed retry reserve", "CompensationCommanded reserve#2"}},
		{name: "O5 a stuck compensation", def: order, given: undoStuck, when: "operator retry reserve",
			then: steps{"OperatorActed retry reserve", "CompensationCommanded reserve#2"}, status: domain.Compensating},
		{name: "O5 not an open step", def: order, given: steps{"start"}, when: "operator retry reserve", refused: "open"},
		{name: "O5 not an open compensation", def: order, given: append(undoStuck, "operator retry reserve"), when: "operator retry reserve", refused: "open"},
		{name: "O5 not a step that is done", def: order, given: steps{"start", "reserve completed"}, when: "operator retry reserve", refused: "is done"},
		{name: "O5 not before its turn", def: order, given: steps{"start"}, when: "operator retry charge", refused: "its turn comes"},
		{name: "O5 not forward on the way back", def: order, given: undoStuck, when: "operator retry charge", refused: "being compensated"},
		{name: "O5 not while paused", def: order, given: steps{"start", "reserve failed busy", "operator pause"}, when: "operator retry reserve", refused: "resume it first"},
	})
}

func TestSkip(t *testing.T) {
	runRows(t, []row{
		{name: "O6 an open step", def: order, given: steps{"start", `reserve completed {"id":7}`}, when: "operator skip charge",
			then: steps{"OperatorActed skip charge", "StepSkipped charge she says so", `StepCommanded ship#1 -> shipping:commands shipping:ship {"results":{"reserve":{"id":7},"charge":{}}}`}},
		{name: "O6 one that waits for its retry", def: order, given: steps{"start", "reserve failed busy"}, when: "operator skip reserve",
			then: steps{"OperatorActed", "StepSkipped reserve", "StepCommanded charge#1"}},
		{name: "O6 one whose turn has not come", def: order, given: steps{"start"}, when: "operator skip charge", then: steps{"OperatorActed", "StepSkipped charge"}},
		{name: "O6 is passed over later", def: order, given: steps{"start", "operator skip charge"}, when: "reserve completed",
			then: steps{"StepCompleted reserve#1", "StepCommanded ship#1"}},
		{name: "O6 the last one completes the saga", def: order, given: steps{"start", "reserve completed", "charge completed"}, when: "operator skip ship",
			then: steps{"OperatorActed", "StepSkipped ship", "SagaCompleted"}, status: domain.Completed},
		{name: "O6 one that the saga is stuck on", def: pivoted, given: steps{"start", "hold completed", "wait 30s"}, when: "operator skip pay",
			then: steps{"OperatorActed", "StepSkipped pay", "StepCommanded mail#1"}, status: domain.Running},
		{name: "O6 a skipped pivot is passed", def: pivoted, given: steps{"start", "hold completed", "operator skip pay"}, when: "cancel anna no", refused: "point of no return"},
		{name: "O6 nothing to undo", def: order, given: steps{"start", "reserve completed", "operator skip charge"}, when: "ship failed! lost",
			then: steps{"StepFailed ship#1", "SagaCompensating", "CompensationCommanded reserve#1"}},
		{name: "O6 in doubt no more", def: order, given: steps{"start", "wait 30s", "operator skip reserve"}, when: "cancel anna no",
			then: steps{"OperatorActed", "SagaCompensating"}},
		{name: "O6 its failure no longer matters", def: order, given: steps{"start", "operator skip reserve"}, when: "reserve failed no"},
		{name: "O6 nor does its deadline", def: order, given: steps{"start", "operator skip reserve", "charge completed"}, when: "wait 29s"},
		{name: "O6 not what is done", def: order, given: steps{"start", "reserve completed"}, when: "operator skip reserve", refused: "is done"},
		{name: "O6 not twice", def: order, given: steps{"start", "operator skip reserve"}, when: "operator skip reserve", refused: "is skipped"},
		{name: "O6 not on the way back", def: order, given: steps{"start", "reserve completed", "cancel anna no"}, when: "operator skip ship", refused: "being compensated"},
		{name: "L16 a skipped step completes after all", def: order, given: steps{"start", "operator skip reserve"}, when: `reserve completed {"id":7}`,
			then: steps{`StepCompleted reserve#1 {"id":7} (late)`}},
		{name: "L16 and is undone like any other", def: order, given: steps{"start", "operator skip reserve", "reserve completed"}, when: "charge failed! no",
			then: steps{"StepFailed charge#1", "SagaCompensating", "CompensationCommanded reserve#1"}},
		{name: "L16 also when the saga is on its way back", def: order, given: steps{"start", "operator skip reserve", "operator pause", "charge failed! no", "reserve completed"}, when: "operator resume",
			then: steps{"OperatorActed", "SagaResumed", "CompensationCommanded reserve#1"}},
		{name: "L7 but not after the end", def: order, given: steps{"start", "operator skip reserve", "charge failed! no"}, when: "reserve completed", refused: "by hand"},
	})
}

func TestCompleteByHand(t *testing.T) {
	runRows(t, []row{
		{name: "O7 an open step, with an output", def: order, given: steps{"start"}, when: `operator complete reserve {"id":7}`,
			then: steps{"OperatorActed complete reserve", `StepCompleted reserve#1 {"id":7} (by hand)`, `StepCommanded charge#1 -> payment:commands payment:charge {"results":{"reserve":{"id":7}}}`}},
		{name: "O7 without one", def: order, given: steps{"start"}, when: "operator complete reserve",
			then: steps{"OperatorActed", "StepCompleted reserve#1 {} (by hand)", "StepCommanded charge#1"}},
		{name: "O7 before its turn", def: order, given: steps{"start"}, when: "operator complete charge",
			then: steps{"OperatorActed", "StepCompleted charge#0 {} (by hand)"}},
		{name: "O7 it is not commanded then", def: order, given: steps{"start", "operator complete charge"}, when: "reserve completed",
			then: steps{"StepCompleted reserve#1", "StepCommanded ship#1"}},
		{name: "O7 and is undone like any done step", def: order, given: steps{"start", "operator complete charge"}, when: "reserve failed! no",
			then: steps{"StepFailed reserve#1", "SagaCompensating", "CompensationCommanded charge#1"}},
		{name: "O7 the step that the saga is stuck on", def: pivoted, given: steps{"start", "hold completed", "wait 30s"}, when: "operator complete pay",
			then: steps{"OperatorActed", "StepCompleted pay#1 {} (late) (by hand)", "StepCommanded mail#1"}, status: domain.Running},
		{name: "O7 the participant's answer is a duplicate then", def: order, given: steps{"start", "operator complete reserve"}, when: `reserve completed {"id":8}`},
		{name: "O7 the output is an object", def: order, given: steps{"start"}, when: "operator complete reserve [7]", refused: "not an object"},
		{name: "O7 not what is done", def: order, given: steps{"start", "reserve completed"}, when: "operator complete reserve", refused: "is done"},
		{name: "O7 not on the way back", def: order, given: steps{"start", "reserve completed", "cancel anna no"}, when: "operator complete charge", refused: "being compensated"},
		{name: "O7 other verbs take no output", def: order, given: steps{"start"}, when: "operator skip reserve {}", refused: "takes no output"},
	})
}

func TestCompensateNow(t *testing.T) {
	runRows(t, []row{
		{name: "O8 turns round", def: order, given: steps{"start", "reserve completed", "charge completed", "ship start"}, when: "operator compensate",
			then: steps{"OperatorActed compensate", "SagaCompensating turned round by olga: she says so", "CompensationCommanded charge#1"}[:2], status: domain.Compensating},
		{name: "O8 ends as compensated", def: order, given: steps{"start", "reserve completed", "operator compensate", "charge failed no"}, when: "undo reserve completed",
			then: steps{"CompensationCompleted reserve#1", "SagaCompensated"}, status: domain.Compensated},
		{name: "O8 with the pivot in doubt, once a person looks", def: pivoted, given: steps{"start", "hold completed", "wait 30s"}, when: "operator compensate",
			then: steps{"OperatorActed", "SagaCompensating", "CompensationCommanded hold#1"}, status: domain.Compensating},
		{name: "O8 not while the pivot is open", def: pivoted, given: steps{"start", "hold completed"}, when: "operator compensate", refused: "under way"},
		{name: "O8 not behind it", def: pivoted, given: steps{"start", "hold completed", "pay completed", "mail failed! x"}, when: "operator compensate", refused: "point of no return"},
		{name: "O8 not twice", def: order, given: steps{"start", "operator compensate"}, when: "operator compensate", refused: "already"},
	})
}

func TestResolve(t *testing.T) {
	undoStuck := steps{"start", "reserve completed", "charge completed", "ship failed! no", "undo charge failed! broken"}
	pivotPassed := steps{"start", "hold completed", "wait 30s", "operator compensate", "pay#1 completed"}
	runRows(t, []row{
		{name: "O9 the stuck compensation was done by hand", def: order, given: undoStuck, when: "operator resolve charge",
			then: steps{"OperatorActed resolve charge", "CompensationCompleted charge#1 (by hand)", "CompensationCommanded reserve#1"}, status: domain.Compensating},
		{name: "O9 the last one ends the saga", def: order, given: append(undoStuck, "operator resolve charge", "undo reserve failed! broken"), when: "operator resolve reserve",
			then: steps{"OperatorActed", "CompensationCompleted reserve#1 (by hand)", "SagaCompensated"}, status: domain.Compensated},
		{name: "O9 also what success after the compensation began would send once more", def: order,
			given: steps{"start", "reserve completed", "wait 30s", "wait 1s", "wait 30s", "undo charge start", "charge#1 completed", "undo charge failed! x"}, when: "operator resolve charge",
			then: steps{"OperatorActed", "CompensationCompleted charge#1 (by hand)", "CompensationCommanded reserve#1"}},
		{name: "B9 a pivot that completed after the saga had turned round", def: pivoted, given: steps{"start", "hold completed", "wait 30s", "operator compensate"}, when: "pay#1 completed",
			then: steps{"StepCompleted pay#1 {} (late)", "SagaStuck action step pay"}, status: domain.Stuck},
		{name: "O9 it is resolved too", def: pivoted, given: append(pivotPassed, "undo hold completed"), when: "operator resolve pay",
			then: steps{"OperatorActed", "CompensationCompleted pay#0 (by hand)", "SagaCompensated"}, status: domain.Compensated},
		{name: "O9 not what is stuck forward", def: pivoted, given: steps{"start", "hold completed", "wait 30s"}, when: "operator resolve pay", refused: "way forward"},
		{name: "O9 not what is open", def: order, given: undoStuck[:4], when: "operator resolve charge", refused: "not stuck"},
		{name: "O9 not what was never commanded", def: order, given: steps{"start"}, when: "operator resolve ship", refused: "nothing to undo"},
	})
}

func TestOperationsAreRefusedInWords(t *testing.T) {
	twoStuck := steps{"start", "a completed", "b completed", "c completed", "d failed no", "undo b failed! x", "undo c failed! x"}
	runRows(t, []row{
		{name: "O10 the one stuck step need not be named", def: order, given: steps{"start", "reserve completed", "charge failed! no", "undo reserve failed! x"}, when: "operator retry",
			then: steps{"OperatorActed retry reserve", "CompensationCommanded reserve#2"}},
		{name: "O10 nothing is stuck", def: order, given: steps{"start"}, when: "operator skip", refused: "name the step to skip"},
		{name: "O10 several are", def: fork, given: twoStuck, when: "operator resolve", refused: "several steps (b, c)"},
		{name: "O10 one after the other", def: fork, given: append(twoStuck, "operator resolve b"), when: "operator resolve",
			then: steps{"OperatorActed resolve c", "CompensationCompleted c#1 (by hand)", "CompensationCommanded a#1"}},
		{name: "O1 no such step", def: order, given: steps{"start"}, when: "operator skip chrge", refused: `did you mean "charge"?`},
		{name: "O1 no such operation", def: order, given: steps{"start"}, when: "operator explode", refused: "cancel, compensate, pause"},
		{name: "O1 no step where the saga is meant", def: order, given: steps{"start"}, when: "operator pause reserve", refused: "leave the step out"},
		{name: "O1 not after the end", def: order, given: steps{"start", "reserve failed! no"}, when: "operator resume", refused: "ended (compensated): there is nothing to resume"},
		{name: "O1 no such saga", def: order, when: "operator pause", refused: "there is no saga"},
	})
}

func TestAnOperationNamesWhoAndWhy(t *testing.T) {
	t.Parallel()
	def := prepared(t, order)
	s := domaintest.Given(t, def, "start")
	for words, op := range map[string]domain.Operation{
		"say who asks":      {Reason: "r"},
		"say why":           {Actor: "a"},
		"keep it to 2000":   {Actor: "a", Reason: strings.Repeat("x", 2001)},
		"is not plain text": {Actor: "a\x00", Reason: "r"},
		"without NUL":       {Actor: "a", Reason: "\xff"},
	} {
		op.Verb = domain.VerbPause
		_, err := domain.Decide(def, s.State, domain.Input{At: domaintest.Epoch, Trigger: op})
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%+v: %v, wanted %q", op, err, words)
		}
	}
}
