package eventstoretest

import (
	"context"
	"errors"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var contextCases = []testCase{
	{"a call whose context has ended does nothing", func(t *testing.T, store eventstore.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		saga := NewSagaIn(store, 0)
		_, err := store.Append(ctx, []eventstore.LaneAppend{{Lane: 0, Sagas: []eventstore.SagaAppend{saga.Continue(0, 1)}}})
		if !errors.Is(err, context.Canceled) || errors.Is(err, eventstore.ErrAmbiguous) {
			t.Errorf("Append: %v, want context.Canceled and a certain outcome", err)
		}
		if _, err := store.ReadSagas(ctx, []domain.SagaID{saga.ID}); !errors.Is(err, context.Canceled) {
			t.Errorf("ReadSagas: %v, want context.Canceled", err)
		}
		if _, err := store.Heads(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Heads: %v, want context.Canceled", err)
		}
		if got := readAll(t, store, 0); len(got) != 0 {
			t.Errorf("the log holds %d events", len(got))
		}
	}},
}
