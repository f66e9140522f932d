package eventstoretest

import (
	"reflect"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var sagaHeadsCases = []testCase{
	{"a row says where its saga stands", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 2)
		mustAppend(t, store, saga.Continue(0, 2))
		want := eventstore.SagaHead{
			SagaID: saga.ID, CorrelationID: saga.CorrelationID, Lane: 2, Definition: definition,
			Version: 2, Status: domain.Running, NextDue: Epoch.Add(time.Hour),
		}
		if got := sagaHeads(t, store, 2); !reflect.DeepEqual(got, []eventstore.SagaHead{want}) {
			t.Errorf("SagaHeads: %+v, want %+v", got, want)
		}
		mustAppend(t, store, saga.End(2, 1))
		want.Version, want.Status, want.NextDue = 3, domain.Completed, time.Time{}
		if got := sagaHeads(t, store, 2); !reflect.DeepEqual(got, []eventstore.SagaHead{want}) {
			t.Errorf("SagaHeads after the end: %+v, want %+v", got, want)
		}
	}},
	{"a definition is pinned by the start", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 0)
		mustAppend(t, store, saga.Continue(0, 1))
		next := saga.Continue(1, 1)
		next.Definition = domain.DefinitionRef{Name: "other", Version: 7, Digest: "sha256:ff"}
		mustAppend(t, store, next)
		if got := sagaHeads(t, store, 0)[0].Definition; got != definition {
			t.Errorf("definition %+v, want %+v", got, definition)
		}
	}},
	{"the next due time is kept to the microsecond", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 0)
		in := saga.Continue(0, 1)
		in.NextDue = Epoch.Add(1999 * time.Nanosecond).In(time.FixedZone("", 3600))
		mustAppend(t, store, in)
		if got, want := sagaHeads(t, store, 0)[0].NextDue, Epoch.Add(time.Microsecond); got != want {
			t.Errorf("NextDue %v, want %v", got, want)
		}
	}},
	{"open sagas are those that have not ended", func(t *testing.T, store eventstore.Store) {
		var open []domain.SagaID
		for _, status := range []domain.Status{
			domain.Running, domain.Completed, domain.Compensating, domain.Compensated, domain.Stuck, domain.Cancelled,
		} {
			saga := NewSagaIn(store, 1)
			in := saga.Continue(0, 1)
			in.Status = status
			mustAppend(t, store, in)
			if !status.Terminal() {
				open = append(open, saga.ID)
			}
		}
		heads, err := store.OpenSagas(t.Context(), 1, domain.SagaID{}, 100)
		if err != nil || !reflect.DeepEqual(idsOf(heads), open) {
			t.Errorf("OpenSagas: %v, %v; want %v", idsOf(heads), err, open)
		}
		if all := sagaHeads(t, store, 1); len(all) != 6 {
			t.Errorf("SagaHeads: %d rows, want 6", len(all))
		}
	}},
	{"pages of open sagas meet without overlap", func(t *testing.T, store eventstore.Store) {
		var open, pages []domain.SagaID
		for i := range 25 {
			saga := NewSagaIn(store, 4)
			if i%5 == 0 {
				mustAppend(t, store, saga.End(0, 1))
				continue
			}
			mustAppend(t, store, saga.Continue(0, 1))
			open = append(open, saga.ID)
		}
		var after domain.SagaID
		for {
			page, err := store.OpenSagas(t.Context(), 4, after, 3)
			if err != nil {
				t.Fatalf("OpenSagas: %v", err)
			}
			if len(page) == 0 {
				break
			}
			pages = append(pages, idsOf(page)...)
			after = page[len(page)-1].SagaID
		}
		if !reflect.DeepEqual(pages, open) {
			t.Errorf("pages %v, want %v", pages, open)
		}
	}},
	{"the sagas of a conversation come in order of their starts", func(t *testing.T, store eventstore.Store) {
		first, second := NewSaga(store, "talk"), NewSaga(store, "talk")
		mustAppend(t, store, second.Continue(0, 1))
		mustAppend(t, store, first.End(0, 1), NewSagaIn(store, first.Lane).Continue(0, 1))
		heads, err := store.SagasByCorrelation(t.Context(), "talk")
		if want := []domain.SagaID{first.ID, second.ID}; err != nil || !reflect.DeepEqual(idsOf(heads), want) {
			t.Errorf("SagasByCorrelation: %v, %v; want %v", idsOf(heads), err, want)
		}
		if heads, err := store.SagasByCorrelation(t.Context(), "silence"); err != nil || len(heads) != 0 {
			t.Errorf("SagasByCorrelation of an unknown conversation: %v, %v", heads, err)
		}
	}},
}
