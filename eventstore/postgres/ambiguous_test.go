package postgres_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/internal/testenv"
)

// Each of these appends loses its connection once. It must return what an undisturbed one returns, and be written once.
func TestAppendOverALostConnection(t *testing.T) {
	for name, where := range map[string]cut{
		"before the server has it":   beforeServer,
		"after the server has done":  afterServer,
		"while the server is at it":  unheard,
		"undisturbed, to compare to": never,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, url := newProxy(t, testenv.Postgres(t))
			store := openStore(t, url)
			known, behind := eventstoretest.NewSagaIn(store, 1), eventstoretest.NewSagaIn(store, 1)
			appendOne(t, store, 1, known.Continue(0, 2), behind.Continue(0, 3))
			fresh, other := eventstoretest.NewSagaIn(store, 1), eventstoretest.NewSagaIn(store, 4)
			lost := eventstoretest.NewSagaIn(store, 7)
			appendOne(t, store, 7, lost.Continue(0, 1))

			proxy.cutNext(where)
			results, err := store.Append(t.Context(), []eventstore.LaneAppend{
				{Lane: 7, Sagas: []eventstore.SagaAppend{decided(lost.Continue(0, 1))}},
				{Lane: 4, Sagas: []eventstore.SagaAppend{decided(other.End(0, 2))}},
				{Lane: 1, Sagas: []eventstore.SagaAppend{
					decided(behind.Continue(2, 1)), decided(fresh.Continue(0, 3)), decided(known.Continue(2, 1)),
				}},
			})
			if err != nil {
				t.Fatalf("Append: %v", err)
			}
			want := []eventstore.LaneResult{
				{Lane: 7, Head: 1, Conflicts: []eventstore.Conflict{{SagaID: lost.ID, Version: 1}}},
				{Lane: 4, First: 1, Head: 2},
				{Lane: 1, First: 6, Head: 9, Conflicts: []eventstore.Conflict{{SagaID: behind.ID, Version: 3}}},
			}
			if !reflect.DeepEqual(results, want) {
				t.Errorf("results %+v, want %+v", results, want)
			}
			if where != never {
				<-proxy.fired
			}
			if log := eventstoretest.CheckLog(t, store); len(log[1]) != 9 || len(log[4]) != 2 || len(log[7]) != 1 {
				t.Errorf("lanes 1, 4, 7 hold %d, %d, %d events; want 9, 2, 1", len(log[1]), len(log[4]), len(log[7]))
			}
		})
	}
}

// The lost call still waits for its lane when its writer reads back: the writer must wait behind it, not write twice.
func TestAppendWhileTheLostCallStillWaits(t *testing.T) {
	address := testenv.Postgres(t)
	proxy, url := newProxy(t, address)
	store := openStore(t, url)
	saga := eventstoretest.NewSagaIn(store, 2)
	appendOne(t, store, 2, saga.Continue(0, 1))

	holder := connect(t, address)
	begin(t, holder, `SELECT FROM skald.lanes WHERE lane = 2 FOR UPDATE`)
	proxy.cutNext(unheard)
	done := appendLater(t, store, 2, saga.Continue(1, 2))
	<-proxy.fired
	waitFor(t, connect(t, address), `SELECT count(*) >= 2 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)
	execute(t, holder, "COMMIT")
	if result, want := <-done, (eventstore.LaneResult{Lane: 2, First: 2, Head: 3}); !reflect.DeepEqual(result, want) {
		t.Errorf("result %+v, want %+v", result, want)
	}
	eventstoretest.CheckLog(t, store)
}

// Others have written to the saga before its writer could read back: then the row no longer names the lost append, and
// the event itself must be recognised.
func TestReadBackAfterOthersHaveWritten(t *testing.T) {
	address := testenv.Postgres(t)
	proxy, url := newProxy(t, address)
	store, other := openStore(t, url), openStore(t, address)
	saga := eventstoretest.NewSagaIn(store, 3)

	release := proxy.hold()
	proxy.cutNext(afterServer)
	done := appendLater(t, store, 3, saga.Continue(0, 2))
	<-proxy.fired
	appendOne(t, other, 3, eventstoretest.NewSagaIn(store, 3).Continue(0, 1))
	if result := appendOne(t, other, 3, saga.Continue(2, 1)); len(result.Conflicts) > 0 {
		t.Errorf("the other writer met %v", result.Conflicts)
	}
	release()
	if result, want := <-done, (eventstore.LaneResult{Lane: 3, First: 1, Head: 2}); !reflect.DeepEqual(result, want) {
		t.Errorf("result %+v, want %+v", result, want)
	}
	eventstoretest.CheckLog(t, store)
}

// The call never arrived, and meanwhile somebody else wrote what its writer meant to: a conflict like any other.
func TestReadBackAfterOthersWereFaster(t *testing.T) {
	address := testenv.Postgres(t)
	proxy, url := newProxy(t, address)
	store, other := openStore(t, url), openStore(t, address)
	saga, fresh := eventstoretest.NewSagaIn(store, 3), eventstoretest.NewSagaIn(store, 3)

	release := proxy.hold()
	proxy.cutNext(beforeServer)
	// Even if the other writer decided just the same, the saga that nobody wrote shows that the call was not made.
	done := appendLater(t, store, 3, saga.Continue(0, 2), fresh.Continue(0, 1))
	<-proxy.fired
	appendOne(t, other, 3, saga.Continue(0, 2))
	release()
	want := eventstore.LaneResult{Lane: 3, First: 3, Head: 3, Conflicts: []eventstore.Conflict{{SagaID: saga.ID, Version: 2}}}
	if result := <-done; !reflect.DeepEqual(result, want) {
		t.Errorf("result %+v, want %+v", result, want)
	}
	eventstoretest.CheckLog(t, store)
}

// A server that stays away leaves the outcome unknown, and says so when ctx ends.
func TestAppendIsAmbiguousWhenTheServerStaysAway(t *testing.T) {
	proxy, url := newProxy(t, testenv.Postgres(t))
	store, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	saga := eventstoretest.NewSagaIn(store, 0)
	proxy.cutNext(afterServer)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	proxy.refuseAfterCut()
	_, err = store.Append(ctx, []eventstore.LaneAppend{{Lane: 0, Sagas: []eventstore.SagaAppend{saga.Continue(0, 1)}}})
	if !errors.Is(err, eventstore.ErrAmbiguous) || errors.Is(err, eventstore.ErrUnavailable) {
		t.Errorf("Append: %v, want ErrAmbiguous", err)
	}
	if _, err := store.Heads(t.Context()); !errors.Is(err, eventstore.ErrUnavailable) {
		t.Errorf("Heads: %v, want ErrUnavailable", err)
	}
	_, err = store.Append(t.Context(), []eventstore.LaneAppend{{Lane: 0, Sagas: []eventstore.SagaAppend{saga.Continue(0, 1)}}})
	if !errors.Is(err, eventstore.ErrUnavailable) || errors.Is(err, eventstore.ErrAmbiguous) {
		t.Errorf("Append without a server: %v, want ErrUnavailable and nothing in doubt", err)
	}
}

// decided makes the events of an append differ from those that the suite's other calls write at the same versions.
func decided(in eventstore.SagaAppend) eventstore.SagaAppend {
	for i := range in.Events {
		in.Events[i].CausationID = "decided by another process"
	}
	return in
}

func appendOne(t testing.TB, store eventstore.Store, lane eventstore.Lane, sagas ...eventstore.SagaAppend) eventstore.LaneResult {
	t.Helper()
	results, err := store.Append(t.Context(), []eventstore.LaneAppend{{Lane: lane, Sagas: sagas}})
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return results[0]
}

// appendLater appends in the background and sends the result.
func appendLater(t testing.TB, store eventstore.Store, lane eventstore.Lane, sagas ...eventstore.SagaAppend) <-chan eventstore.LaneResult {
	done := make(chan eventstore.LaneResult, 1)
	go func() {
		results, err := store.Append(t.Context(), []eventstore.LaneAppend{{Lane: lane, Sagas: sagas}})
		if err != nil {
			t.Errorf("Append: %v", err)
			results = make([]eventstore.LaneResult, 1)
		}
		done <- results[0]
	}()
	return done
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// begin opens a transaction that did something and stays open.
func begin(t testing.TB, conn *pgx.Conn, statement string) {
	t.Helper()
	execute(t, conn, "BEGIN")
	execute(t, conn, statement)
}

func execute(t testing.TB, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// waitFor asks the server until the condition holds: what other sessions wait for is told by nobody else.
func waitFor(t testing.TB, conn *pgx.Conn, condition string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		var holds bool
		if err := conn.QueryRow(t.Context(), condition).Scan(&holds); err != nil {
			t.Fatalf("%s: %v", condition, err)
		}
		if holds {
			return
		}
	}
	t.Fatalf("never came true: %s", condition)
}
