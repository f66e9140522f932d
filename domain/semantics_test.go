package domain_test

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/domaintest"
)

// The tests in this file follow docs/semantics.md; each names the row it shows.

// order is reserve, charge, ship in a row, the first two with a way back; attempts 2, timeouts 30s, no jitter.
const order = `{"name":"order","version":1,"steps":[
 {"name":"reserve","command":{"stream":"inventory:commands","event_type":"inventory:reserve"},"compensate":{"stream":"inventory:commands","event_type":"inventory:release"},"retry":{"attempts":2,"first":"1s","jitter":0}},
 {"name":"charge","command":{"stream":"payment:commands","event_type":"payment:charge"},"compensate":{"stream":"payment:commands","event_type":"payment:refund"},"retry":{"attempts":2,"first":"1s","jitter":0}},
 {"name":"ship","command":{"stream":"shipping:commands","event_type":"shipping:ship"},"retry":{"attempts":1}}]}`

// fork is a, then b and c side by side, then d; all with a way back, one attempt each.
const fork = `{"name":"fork","version":1,"steps":[
 {"name":"a","command":{"stream":"a:commands","event_type":"a:do"},"compensate":{"stream":"a:commands","event_type":"a:undo"},"retry":{"attempts":1}},
 {"name":"b","after":["a"],"command":{"stream":"b:commands","event_type":"b:do"},"compensate":{"stream":"b:commands","event_type":"b:undo"},"retry":{"attempts":1}},
 {"name":"c","after":["a"],"command":{"stream":"c:commands","event_type":"c:do"},"compensate":{"stream":"c:commands","event_type":"c:undo"},"retry":{"attempts":1}},
 {"name":"d","after":["b","c"],"command":{"stream":"d:commands","event_type":"d:do"},"compensate":{"stream":"d:commands","event_type":"d:undo"},"retry":{"attempts":1}}]}`

// pivoted is a compensatable step, the pivot, and a retriable step behind it.
const pivoted = `{"name":"pivoted","version":1,"steps":[
 {"name":"hold","command":{"stream":"hold:commands","event_type":"hold:do"},"compensate":{"stream":"hold:commands","event_type":"hold:undo"},"retry":{"attempts":1}},
 {"name":"pay","kind":"pivot","command":{"stream":"pay:commands","event_type":"pay:do"},"retry":{"attempts":1}},
 {"name":"mail","kind":"retriable","command":{"stream":"mail:commands","event_type":"mail:do"},"retry":{"attempts":2,"first":"1s","jitter":0}}]}`

func prepared(t testing.TB, document string) *domain.Definition {
	t.Helper()
	def, err := domain.ParseDefinition([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	ready := def.Prepared()
	return &ready
}

type steps = []string

// given, when, then: one row of the page.
type row struct {
	name    string
	def     string
	given   steps
	when    string
	then    steps
	refused string
	status  domain.Status
}

func (r row) run(t *testing.T) {
	s := domaintest.Given(t, prepared(t, r.def), r.given...).When(r.when)
	if r.refused != "" {
		s.ThenRefused(r.refused)
	} else {
		s.Then(r.then...)
	}
	if r.status != "" {
		s.ThenStatus(r.status)
	}
}

func runRows(t *testing.T, rows []row) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.run(t)
		})
	}
}

func TestGoingForward(t *testing.T) {
	runRows(t, []row{
		{name: "F1 a start begins the saga and commands the first step", def: order, when: `start {"sku":"a"}`, status: domain.Running,
			then: steps{`SagaStarted order v1 {"sku":"a"}`, `StepCommanded reserve#1 -> inventory:commands inventory:reserve {"sku":"a"} by 30s`}},
		{name: "F1 the same start again changes nothing", def: order, given: steps{"start"}, when: "start"},
		{name: "F1 an input that is no object is refused", def: order, when: "start [1]", refused: "JSON object"},
		{name: "F1 the name of the results is taken", def: order, when: `start {"results":1}`, refused: `"results"`},
		{name: "F2 a completed step commands the next", def: order, given: steps{"start"}, when: "reserve completed",
			then: steps{"StepCompleted reserve#1", "StepCommanded charge#1"}},
		{name: "F2 steps side by side", def: fork, given: steps{"start"}, when: "a completed",
			then: steps{"StepCompleted a#1", "StepCommanded b#1", "StepCommanded c#1"}},
		{name: "F2 a join waits for all", def: fork, given: steps{"start", "a completed"}, when: "c completed", then: steps{"StepCompleted c#1"}},
		{name: "F2 a join goes on when the last is done", def: fork, given: steps{"start", "a completed", "c completed"}, when: "b completed",
			then: steps{"StepCompleted b#1", "StepCommanded d#1"}},
		{name: "F3 the last step ends the saga", def: order, given: steps{"start", "reserve completed", "charge completed"}, when: "ship completed",
			then: steps{"StepCompleted ship#1", "SagaCompleted"}, status: domain.Completed},
		{name: "F4 outputs of the steps needed come along", def: order, given: steps{`start {"sku":"a"}`, `reserve completed {"id":7}`}, when: "charge completed",
			then: steps{"StepCompleted charge#1", `StepCommanded ship#1 -> shipping:commands shipping:ship {"sku":"a","results":{"reserve":{"id":7},"charge":{}}}`}},
		{name: "F4 an empty input stays an object", def: order, given: steps{"start { }"}, when: `reserve completed {"id":7}`,
			then: steps{"StepCompleted", `StepCommanded charge#1 -> payment:commands payment:charge { "results":{"reserve":{"id":7}}}`}},
		{name: "F4 outputs of other branches stay out", def: fork, given: steps{"start", `a completed {"n":1}`}, when: `b completed {"n":2}`, then: steps{"StepCompleted b#1"}},
		{name: "F5 start is recorded", def: order, given: steps{"start"}, when: "reserve start", then: steps{"StepStarted reserve#1"}},
		{name: "F5 progress is recorded", def: order, given: steps{"start"}, when: "reserve progress 0.5", then: steps{"StepProgressed reserve#1 0.5"}},
		{name: "F5 progress that hardly rises is not", def: order, given: steps{"start", "reserve progress 0.5"}, when: "reserve progress 0.505"},
		{name: "F5 progress that falls is not", def: order, given: steps{"start", "reserve progress 0.5"}, when: "reserve progress 0.4"},
		{name: "F6 a failed attempt is retried after the wait", def: order, given: steps{"start"}, when: "reserve failed busy",
			then: steps{"StepFailed reserve#1 busy", "RetryScheduled reserve#2 action at 1s"}},
		{name: "F6 the retry is made when due", def: order, given: steps{"start", "reserve failed busy"}, when: "wait 1s", then: steps{"StepCommanded reserve#2"}},
		{name: "F6 and not before", def: order, given: steps{"start", "reserve failed busy"}, when: "wait 999ms"},
		{name: "F6 a timed out attempt is retried", def: order, given: steps{"start"}, when: "wait 30s",
			then: steps{"StepTimedOut reserve#1", "RetryScheduled reserve#2 action at 31s"}},
		{name: "F6 retryable false ends it at once", def: order, given: steps{"start"}, when: "reserve failed! gone",
			then: steps{"StepFailed reserve#1 gone (final)", "SagaCompensating step reserve: gone", "SagaCompensated"}, status: domain.Compensated},
		{name: "F7 out of attempts the saga turns round", def: order, given: steps{"start", "reserve completed", "charge failed no", "wait 1s"}, when: "charge failed no",
			then: steps{"StepFailed charge#2 no", "SagaCompensating step charge: no", "CompensationCommanded reserve#1"}, status: domain.Compensating},
		{name: "F8 a retriable step out of attempts", def: pivoted, given: steps{"start", "hold completed", "pay completed", "mail failed x", "wait 1s"}, when: "mail failed x",
			then: steps{"StepFailed mail#2", "SagaStuck action step mail: x"}, status: domain.Stuck},
		{name: "F8 a pivot in doubt", def: pivoted, given: steps{"start", "hold completed"}, when: "wait 30s",
			then: steps{"StepTimedOut pay#1", "SagaStuck action"}, status: domain.Stuck},
		{name: "a pivot that failed can be undone", def: pivoted, given: steps{"start", "hold completed"}, when: "pay failed! no",
			then: steps{"StepFailed pay#1", "SagaCompensating", "CompensationCommanded hold#1"}},
	})
}

func TestGoingBack(t *testing.T) {
	failedShip := steps{"start", `reserve completed {"id":7}`, "charge completed"}
	runRows(t, []row{
		{name: "B1 done steps are undone, the failed one is not", def: order, given: failedShip, when: "ship failed! lost",
			then: steps{"StepFailed ship#1", "SagaCompensating step ship: lost", `CompensationCommanded charge#1 -> payment:commands payment:refund {"results":{"reserve":{"id":7},"charge":{}}}`}},
		{name: "B3 one after the other, last first", def: order, given: append(failedShip, "ship failed! lost"), when: "undo charge completed",
			then: steps{"CompensationCompleted charge#1", `CompensationCommanded reserve#1 -> inventory:commands inventory:release {"results":{"reserve":{"id":7}}}`}},
		{name: "B7 then the saga is compensated", def: order, given: append(failedShip, "ship failed! lost", "undo charge completed"), when: "undo reserve completed",
			then: steps{"CompensationCompleted reserve#1", "SagaCompensated"}, status: domain.Compensated},
		{name: "B2 a step in doubt is undone", def: order, given: steps{"start", "reserve completed", "wait 30s", "wait 1s"}, when: "wait 30s",
			then: steps{"StepTimedOut charge#2", "SagaCompensating", "CompensationCommanded charge#1"}},
		{name: "B2 doubt of an earlier attempt counts", def: order, given: steps{"start", "reserve completed", "wait 30s", "wait 1s"}, when: "charge failed no",
			then: steps{"StepFailed charge#2", "SagaCompensating", "CompensationCommanded charge#1"}},
		{name: "B3 branches in parallel", def: fork, given: steps{"start", "a completed", "b completed", "c completed"}, when: "d failed no",
			then: steps{"StepFailed d#1", "SagaCompensating", "CompensationCommanded c#1", "CompensationCommanded b#1"}},
		{name: "B3 the fork's root waits for both", def: fork, given: steps{"start", "a completed", "b completed", "c completed", "d failed no"}, when: "undo b completed",
			then: steps{"CompensationCompleted b#1"}},
		{name: "B3 then it is undone", def: fork, given: steps{"start", "a completed", "b completed", "c completed", "d failed no", "undo b completed"}, when: "undo c completed",
			then: steps{"CompensationCompleted c#1", "CompensationCommanded a#1"}},
		{name: "B4 an open step is waited for", def: fork, given: steps{"start", "a completed"}, when: "b failed no",
			then: steps{"StepFailed b#1", "SagaCompensating"}},
		{name: "B4 and undone when it completes", def: fork, given: steps{"start", "a completed", "b failed no"}, when: "c completed",
			then: steps{"StepCompleted c#1", "CompensationCommanded c#1"}},
		{name: "B4 or when it stays silent", def: fork, given: steps{"start", "a completed", "b failed no"}, when: "wait 30s",
			then: steps{"StepTimedOut c#1", "CompensationCommanded c#1"}},
		{name: "B4 a step waiting for its retry gets none", def: order, given: steps{"start", "reserve failed busy", "cancel anna enough"}, when: "wait 1s", refused: "", then: nil},
		{name: "B5 a failed compensation is tried again", def: order, given: append(failedShip, "ship failed! lost"), when: "undo charge failed busy",
			then: steps{"CompensationFailed charge#1 busy", "RetryScheduled charge#2 compensation at 1s"}},
		{name: "B5 when due", def: order, given: append(failedShip, "ship failed! lost", "undo charge failed busy"), when: "wait 1s",
			then: steps{"CompensationCommanded charge#2"}},
		{name: "B5 out of attempts it is stuck", def: order, given: append(failedShip, "ship failed! lost", "undo charge failed busy", "wait 1s"), when: "undo charge failed busy",
			then: steps{"CompensationFailed charge#2", "SagaStuck compensation compensation of step charge: busy"}, status: domain.Stuck},
		{name: "B5 a silent compensation is tried again", def: order, given: append(failedShip, "ship failed! lost"), when: "wait 30s",
			then: steps{"CompensationFailed charge#1 no last reply in time", "RetryScheduled charge#2"}},
		{name: "B6 nothing to undo", def: order, given: append(failedShip, "wait 1s"), when: "cancel anna wrong address",
			then: steps{"OperatorActed cancel by anna: wrong address", "SagaCompensating cancelled by anna: wrong address"}},
		{name: "B7 cancelled ends as cancelled", def: order, given: steps{"start", "cancel anna no", "reserve completed"}, when: "undo reserve completed",
			then: steps{"CompensationCompleted reserve#1", "SagaCancelled"}, status: domain.Cancelled},
		{name: "B8 no cancel after the end", def: order, given: steps{"start", "reserve failed! no"}, when: "cancel anna no", refused: "ended"},
		{name: "B8 no second cancel", def: order, given: steps{"start", "cancel anna no"}, when: "cancel anna no", refused: "already"},
		{name: "B8 no cancel behind the pivot", def: pivoted, given: steps{"start", "hold completed", "pay completed"}, when: "cancel anna no", refused: "point of no return"},
		{name: "B8 no cancel while the pivot is open", def: pivoted, given: steps{"start", "hold completed"}, when: "cancel anna no", refused: "under way"},
	})
}

func TestLateAndOddReplies(t *testing.T) {
	chargeInDoubt := steps{"start", "reserve completed", "wait 30s", "wait 1s", "wait 30s"} // both attempts of charge timed out, charge is being undone
	runRows(t, []row{
		{name: "L1 completed twice", def: order, given: steps{"start", "reserve completed"}, when: "reserve completed"},
		{name: "L1 start twice", def: order, given: steps{"start", "reserve start"}, when: "reserve start"},
		{name: "L1 failed twice", def: order, given: steps{"start", "reserve failed x"}, when: "reserve#1 failed x"},
		{name: "L1 after the end", def: order, given: steps{"start", "reserve completed", "charge completed", "ship completed"}, when: "ship completed"},
		{name: "L2 completed of the earlier attempt", def: order, given: steps{"start", "wait 30s", "wait 1s"}, when: "reserve#1 completed",
			then: steps{"StepCompleted reserve#1", "StepCommanded charge#1"}},
		{name: "L2 completed while the retry is due later", def: order, given: steps{"start", "wait 30s"}, when: "reserve#1 completed",
			then: steps{"StepCompleted reserve#1", "StepCommanded charge#1"}},
		{name: "L2 the later attempt is a duplicate then", def: order, given: steps{"start", "wait 30s", "wait 1s", "reserve#1 completed"}, when: "reserve#2 completed"},
		{name: "L3 late success, compensation not yet sent", def: fork, given: steps{"start", "a completed", "b completed", "wait 30s", "undo b start"}, when: "c completed",
			then: steps{"StepCompleted c#1 {} (late)"}},
		{name: "L4 compensation sent, not begun", def: order, given: chargeInDoubt, when: "charge#2 completed", then: steps{"StepCompleted charge#2 {} (late)"}},
		{name: "L4 is covered by it", def: order, given: append(chargeInDoubt, "charge#2 completed"), when: "undo charge completed",
			then: steps{"CompensationCompleted charge#1", "CompensationCommanded reserve#1"}},
		{name: "L5 compensation begun", def: order, given: append(chargeInDoubt, "undo charge start", "charge#1 completed"), when: "undo charge completed",
			then: steps{"CompensationCompleted charge#1", "CompensationCommanded charge#2"}},
		{name: "L5 compensation finished", def: order, given: append(chargeInDoubt, "undo charge completed"), when: "charge#1 completed",
			then: steps{"StepCompleted charge#1 {} (late)", "CompensationCommanded charge#2"}},
		{name: "L6 completed after failed", def: order, given: steps{"start", "reserve completed", "charge failed! no"}, when: "charge completed",
			then: steps{"StepCompleted charge#1 {} (late)", "CompensationCommanded charge#1"}},
		{name: "L7 completed after the end", def: order, given: steps{"start", "reserve failed! no"}, when: "reserve#1 completed", refused: "by hand"},
		{name: "L8 failed after completed", def: order, given: steps{"start", "reserve completed"}, when: "reserve failed no"},
		{name: "L9 failed settles the doubt", def: order, given: steps{"start", "reserve completed", "wait 30s", "charge#1 failed no", "wait 1s"}, when: "charge failed no",
			then: steps{"StepFailed charge#2 no", "SagaCompensating", "CompensationCommanded reserve#1"}},
		{name: "L9 also about the pivot", def: pivoted, given: steps{"start", "hold completed", "wait 30s"}, when: "pay#1 failed no",
			then: steps{"StepFailed pay#1 no (late)", "SagaCompensating", "CompensationCommanded hold#1"}},
		{name: "L9 on the way back it changes nothing more", def: pivoted,
			given: steps{"start", "hold completed", "wait 30s", "operator compensate", "undo hold failed! x"}, when: "pay#1 failed no",
			then: steps{"StepFailed pay#1 no (late)"}, status: domain.Stuck},
		{name: "L10 start of an attempt that is not open", def: order, given: steps{"start", "wait 30s"}, when: "reserve#1 start"},
		{name: "L11 another saga's request", def: order, given: steps{"start"}, when: "reserve#9 completed", refused: "none of this saga's"},
		{name: "L12 progress out of range", def: order, given: steps{"start"}, when: "reserve progress 1.5", refused: "(0,1]"},
		{name: "L12 a result that is no JSON", def: order, given: steps{"start"}, when: "reserve completed {", refused: "not valid JSON"},
		{name: "L13 no such saga", def: order, when: "reserve completed", refused: "there is no saga"},
		{name: "L14 compensation completed while waiting", def: order, given: append(chargeInDoubt, "undo charge failed busy"), when: "undo charge#1 completed",
			then: steps{"CompensationCompleted charge#1", "CompensationCommanded reserve#1"}},
		{name: "L14 while stuck", def: order, given: append(chargeInDoubt, "undo charge failed! broken"), when: "undo charge#1 completed",
			then: steps{"CompensationCompleted charge#1", "CompensationCommanded reserve#1"}, status: domain.Compensating},
		{name: "L15 the stuck step completes", def: pivoted, given: steps{"start", "hold completed", "pay completed", "mail failed! x"}, when: "mail#1 completed",
			then: steps{"StepCompleted mail#1", "SagaCompleted"}, status: domain.Completed},
		{name: "L15 the pivot in doubt completes", def: pivoted, given: steps{"start", "hold completed", "wait 30s"}, when: "pay#1 completed",
			then: steps{"StepCompleted pay#1", "StepCommanded mail#1"}, status: domain.Running},
		{name: "a reply without request_id finds the open command", def: order, given: steps{"start"}, when: "anonymous reserve completed",
			then: steps{"StepCompleted reserve#1", "StepCommanded charge#1"}},
		{name: "a late one finds the last attempt", def: order, given: steps{"start", "wait 30s"}, when: "anonymous reserve completed",
			then: steps{"StepCompleted reserve#1", "StepCommanded charge#1"}},
		{name: "one for a command never sent is refused", def: order, given: steps{"start"}, when: "anonymous charge completed", refused: "sent no command"},
	})
}

func TestTraces(t *testing.T) {
	for file, def := range map[string]string{
		"order-compensated.txt": order, "fork-failed.txt": fork, "pivot-stuck.txt": pivoted, "late-success.txt": order,
		"mended-by-hand.txt": order, "approval.txt": approval, "approval-late.txt": approval,
	} {
		t.Run(file, func(t *testing.T) {
			domaintest.Script(t, "../testdata/traces/"+file, prepared(t, def))
		})
	}
}
