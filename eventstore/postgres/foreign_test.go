package postgres_test

import (
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/internal/testenv"
)

// A transaction of somebody else that wrote and stays open, in this database or another of the server, hides nothing:
// readers see at once what was appended after it began.
func TestForeignTransactionsHideNothing(t *testing.T) {
	address, elsewhere := testenv.Postgres(t), testenv.Postgres(t)
	store := openStore(t, address)
	for name, url := range map[string]string{"the same database": address, "another database": elsewhere} {
		foreign := connect(t, url)
		execute(t, foreign, "CREATE TABLE public.foreign_work (n integer)")
		begin(t, foreign, "INSERT INTO public.foreign_work VALUES (1)")
		for range 5 {
			for lane := range store.Lanes() {
				appendOne(t, store, eventstore.Lane(lane), eventstoretest.NewSagaIn(store, eventstore.Lane(lane)).Continue(0, 2))
			}
		}
		if foreign.PgConn().TxStatus() != 'T' {
			t.Fatalf("the transaction in %s does not stand open", name)
		}
	}
	for lane, records := range eventstoretest.CheckLog(t, store) {
		if len(records) != 20 {
			t.Errorf("lane %d: %d of 20 events are seen", lane, len(records))
		}
	}
}

// A transaction that holds a lane holds up its writers and nobody else.
func TestALockedLaneHoldsUpItsWritersOnly(t *testing.T) {
	address := testenv.Postgres(t)
	store := openStore(t, address)
	saga := eventstoretest.NewSagaIn(store, 6)
	appendOne(t, store, 6, saga.Continue(0, 2))
	holder := connect(t, address)
	begin(t, holder, "SELECT FROM skald.lanes WHERE lane = 6 FOR UPDATE")

	done := appendLater(t, store, 6, saga.Continue(2, 1))
	waitFor(t, connect(t, address), `SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)
	appendOne(t, store, 7, eventstoretest.NewSagaIn(store, 7).Continue(0, 1))
	if log := eventstoretest.CheckLog(t, store); len(log[6]) != 2 || len(log[7]) != 1 {
		t.Errorf("lanes 6 and 7 hold %d and %d events, want 2 and 1", len(log[6]), len(log[7]))
	}
	execute(t, holder, "ROLLBACK")
	if result := <-done; result.First != 3 {
		t.Errorf("result %+v, want offset 3", result)
	}
}
