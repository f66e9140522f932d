package enginetest

import (
	"context"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// AwaitEnd waits until every saga in the store has ended or is stuck. It wakes by the store's own signal.
func AwaitEnd(t testing.TB, store eventstore.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	appended := store.Appended(ctx)
	for {
		if running(t, store) == 0 {
			return
		}
		if _, ok := <-appended; !ok {
			t.Fatalf("%d sagas are still running", running(t, store))
		}
	}
}

func running(t testing.TB, store eventstore.Store) (count int) {
	t.Helper()
	for lane := range store.Lanes() {
		heads, err := store.OpenSagas(context.Background(), eventstore.Lane(lane), domain.SagaID{}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, head := range heads {
			if head.Status != domain.Stuck {
				count++
			}
		}
	}
	return count
}

// Sagas checks the whole log and returns the state of every saga: offsets are dense, the chain of hashes holds, versions
// run 1, 2, 3 …, each history folds, no saga changes its correlation id, and the saga's row says what the history says.
func Sagas(t testing.TB, store eventstore.Store) map[domain.SagaID]domain.State {
	t.Helper()
	states := map[domain.SagaID]domain.State{}
	for lane := range store.Lanes() {
		for id, history := range laneHistories(t, store, eventstore.Lane(lane)) {
			states[id] = foldHistory(t, id, history)
		}
		checkHeads(t, store, eventstore.Lane(lane), states)
	}
	return states
}

func laneHistories(t testing.TB, store eventstore.Store, lane eventstore.Lane) map[domain.SagaID][]eventstore.Record {
	t.Helper()
	records, err := store.ReadLane(context.Background(), lane, 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	histories := map[domain.SagaID][]eventstore.Record{}
	var hash [32]byte
	for i, r := range records {
		history := histories[r.SagaID]
		hash = eventstore.ChainHash(hash, eventstore.EventDigest(r.SagaID, r.Version, r.NewEvent))
		switch {
		case r.Offset != eventstore.Offset(i+1):
			t.Fatalf("lane %d: offset %d stands at place %d", lane, r.Offset, i+1)
		case r.Hash != hash:
			t.Fatalf("lane %d: the chain breaks at offset %d", lane, r.Offset)
		case r.Version != uint64(len(history)+1):
			t.Fatalf("saga %s: version %d follows version %d", r.SagaID, r.Version, len(history))
		case eventstore.LaneOfSaga(r.SagaID, store.Lanes()) != lane:
			t.Fatalf("saga %s stands in lane %d", r.SagaID, lane)
		case len(history) > 0 && history[0].CorrelationID != r.CorrelationID:
			t.Fatalf("saga %s changes its correlation id at version %d", r.SagaID, r.Version)
		}
		histories[r.SagaID] = append(history, r)
	}
	return histories
}

func foldHistory(t testing.TB, id domain.SagaID, history []eventstore.Record) domain.State {
	t.Helper()
	state := domain.NewState(id)
	for _, r := range history {
		fact, err := domain.DecodeFact(domain.FactType(r.Type), r.SchemaVersion, r.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if state, err = domain.Evolve(state, domain.Event{At: r.RecordedAt, Fact: fact}); err != nil {
			t.Fatalf("saga %s: %v", id, err)
		}
	}
	return state
}

func checkHeads(t testing.TB, store eventstore.Store, lane eventstore.Lane, states map[domain.SagaID]domain.State) {
	t.Helper()
	heads, err := store.SagaHeads(context.Background(), lane, domain.SagaID{}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, head := range heads {
		state := states[head.SagaID]
		if head.Version != state.Version || head.Status != state.Status || !head.NextDue.Equal(state.NextDue()) {
			t.Fatalf("saga %s: its row says version %d, %s, due %s; its history version %d, %s, due %s", head.SagaID,
				head.Version, head.Status, head.NextDue, state.Version, state.Status, state.NextDue())
		}
	}
}

// Steps lists a history in short: each fact's type, without "Saga…" at the ends and with the step's name, such as
// "StepCommanded reserve".
func Steps(t testing.TB, store eventstore.Store, id domain.SagaID) []string {
	t.Helper()
	histories, err := store.ReadSagas(context.Background(), []domain.SagaID{id})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range histories[0] {
		fact, err := domain.DecodeFact(domain.FactType(r.Type), r.SchemaVersion, r.Payload)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line(fact))
	}
	return lines
}

func line(fact domain.Fact) string {
	text := string(fact.Type())
	switch f := fact.(type) {
	case domain.StepCommanded:
		text += " " + f.Step
	case domain.StepStarted:
		text += " " + f.Step
	case domain.StepCompleted:
		text += " " + f.Step
	case domain.TimerSet:
		text += " " + f.Step
	case domain.SignalAwaited:
		text += " " + f.Step
	case domain.StepSkipped:
		text += " " + f.Step
	case domain.StepFailed:
		text += " " + f.Step
	case domain.StepTimedOut:
		text += " " + f.Step
	case domain.RetryScheduled:
		text += " " + f.Step
	case domain.CompensationCommanded:
		text += " " + f.Step
	case domain.CompensationCompleted:
		text += " " + f.Step
	case domain.SagaStuck:
		text += " " + f.Step
	}
	return text
}

// AllOrNothing checks all done or all undone: a completed saga has the effect of each of the steps and none of their
// compensations, and of every other saga nothing is left that was not undone.
func AllOrNothing(t testing.TB, p *Participants, states map[domain.SagaID]domain.State, steps []string) {
	t.Helper()
	effects := p.Effects()
	for id, state := range states {
		for _, step := range steps {
			_, done := effects[domain.IdempotencyKey(id, step, domain.Forward)]
			_, undone := effects[domain.IdempotencyKey(id, step, domain.Back)]
			if problem := effectProblem(state, step, done, undone); problem != "" {
				t.Errorf("saga %s (%s), step %s: %s", id, state.Status, step, problem)
			}
		}
	}
}

func effectProblem(state domain.State, step string, done, undone bool) string {
	switch {
	case state.Status == domain.Completed && !done:
		return "the saga completed without it"
	case state.Status == domain.Completed && undone:
		return "the saga completed, and yet it was undone"
	case state.Status != domain.Completed && done && !undone:
		return "it was done and never undone"
	}
	return ""
}
