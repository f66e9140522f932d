package projections_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/projections/projectiontest"
)

func TestSagasInPages(t *testing.T) {
	onEach(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		for i := range 7 {
			id := w.Start(fmt.Sprintf("c%d", i%2))
			if i < 3 {
				w.Answer(id)
				w.Answer(id)
			}
		}
		r := newRunner(t, store, projections.Options{})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			filter projections.Filter
			want   int
		}{
			{projections.Filter{}, 7},
			{projections.Filter{Limit: 2}, 7},
			{projections.Filter{Limit: 3, Status: domain.Running}, 4},
			{projections.Filter{Status: domain.Completed, CorrelationID: "c0"}, 2},
			{projections.Filter{Definition: "trip", CorrelationID: "c1"}, 3},
			{projections.Filter{Definition: "nothing"}, 0},
		} {
			if got := allPages(t, r, c.filter); got != c.want {
				t.Errorf("%+v: %d sagas, want %d", c.filter, got, c.want)
			}
		}
		if _, err := r.Sagas(t.Context(), projections.Filter{Cursor: "nonsense"}); !errors.Is(err, projections.ErrInvalidCursor) {
			t.Errorf("cursor of no page: %v", err)
		}
	})
}

// allPages counts the sagas of all pages, which must come in falling order.
func allPages(t *testing.T, r *projections.Runner, f projections.Filter) int {
	t.Helper()
	count, last := 0, "g"
	for {
		page, err := r.Sagas(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Sagas {
			if row.SagaID.String() >= last {
				t.Errorf("%s comes after %s", row.SagaID, last)
			}
			last = row.SagaID.String()
		}
		count += len(page.Sagas)
		if page.Next == "" {
			return count
		}
		f.Cursor = page.Next
	}
}

func TestARowSaysWhereASagaStands(t *testing.T) {
	onEach(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		id := w.Start("c")
		w.Now = w.Now.Add(time.Second)
		w.Reply(id, "book_hotel", domain.Forward, domain.ReplyCompleted, `{"room": 7}`)
		w.Reply(id, "book_flight", domain.Forward, domain.ReplyProgress, `{"fraction": 0.5}`)
		r := newRunner(t, store, projections.Options{})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		row, err := r.Saga(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if row.Status != domain.Running || row.CurrentStep != "book_flight" || row.Progress != 0.5 || row.Attempts != 2 || row.Error != "" || row.Version != 5 {
			t.Errorf("running: %+v", row)
		}
		if !row.StartedAt.Equal(projectiontest.Epoch) || !row.UpdatedAt.Equal(projectiontest.Epoch.Add(time.Second)) || !row.EndedAt.IsZero() {
			t.Errorf("times: %v %v %v", row.StartedAt, row.UpdatedAt, row.EndedAt)
		}

		w.Reply(id, "book_flight", domain.Forward, domain.ReplyFailed, `{"error": "no\u0000seat", "code": "full"}`)
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		row, err = r.Saga(t.Context(), id)
		if err != nil || row.CurrentStep != "book_flight" || row.Error == "" {
			t.Errorf("waiting for a retry: %+v, %v", row, err)
		}
		steps, err := r.Steps(t.Context(), id)
		if err != nil || len(steps) != 2 {
			t.Fatalf("steps: %+v, %v", steps, err)
		}
		hotel, flight := steps[0], steps[1]
		if hotel.Step != "book_hotel" || hotel.Position != 1 || hotel.Phase != domain.StepDone || string(hotel.Output) != `{"room": 7}` || hotel.Fraction != 1 {
			t.Errorf("hotel: %+v", hotel)
		}
		if flight.Phase != domain.StepWaiting || flight.ErrorCode != "full" || flight.RetryAt.IsZero() || flight.Attempts != 1 {
			t.Errorf("flight: %+v", flight)
		}
	})
}

func TestAConversationSumsUpItsSagas(t *testing.T) {
	onEach(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		done, cancelled := w.Start("c"), w.Start("c")
		w.Start("c")
		w.Start("d")
		w.Answer(done)
		w.Answer(done)
		w.Turn(cancelled, domain.Cancel{Actor: "anna", Reason: "x"})
		for range 3 {
			w.Answer(cancelled)
		}
		r := newRunner(t, store, projections.Options{})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		c, err := r.Conversation(t.Context(), "c")
		if err != nil || c.Sagas != 3 || c.Open != 1 || c.Completed != 1 || c.Cancelled != 1 || c.Compensated+c.Stuck != 0 {
			t.Errorf("conversation: %+v, %v", c, err)
		}
		if _, err := r.Conversation(t.Context(), "nobody"); !errors.Is(err, projections.ErrNoConversation) {
			t.Errorf("nobody: %v", err)
		}
		if _, err := r.Saga(t.Context(), domain.SagaID{1}); !errors.Is(err, projections.ErrNoSaga) {
			t.Errorf("no saga: %v", err)
		}
	})
}
