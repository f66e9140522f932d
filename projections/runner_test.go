package projections_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/projections/projectiontest"
)

// TestWaitForReadsYourWrites: what an append has told can be read once WaitFor returns.
func TestWaitForReadsYourWrites(t *testing.T) {
	onEach(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		r := newRunner(t, store, projections.Options{})
		background(t, r)
		for i := range 5 {
			id := w.Start(fmt.Sprintf("c%d", i))
			waitForAll(t, store, r)
			row, err := r.Saga(t.Context(), id)
			if err != nil || row.Status != domain.Running {
				t.Fatalf("row: %+v, %v", row, err)
			}
		}
		mustEqual(t, store, r)
	})
}

// waitForAll waits until the tables are where the log is.
func waitForAll(t *testing.T, store eventstore.Store, r *projections.Runner) {
	t.Helper()
	heads, err := store.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for lane, head := range heads {
		if err := r.WaitFor(t.Context(), eventstore.Lane(lane), head); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWaitForSeesOtherProcesses: the runner that waits need not be the one that writes.
func TestWaitForSeesOtherProcesses(t *testing.T) {
	store := openSQLite(t)
	w := projectiontest.New(t, store, "w")
	writer := newRunner(t, store, projections.Options{})
	reader := newRunner(t, store, projections.Options{Poll: time.Millisecond})
	background(t, writer)
	w.Start("c")
	waitForAll(t, store, reader)
	mustEqual(t, store, reader)
}

func TestWaitForEndsWithItsContext(t *testing.T) {
	store := openSQLite(t)
	r := newRunner(t, store, projections.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.WaitFor(ctx, 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
	if err := r.WaitFor(t.Context(), 99, 1); err == nil {
		t.Error("no error for a lane that is not there")
	}
}

// TestTwoRunnersAtOnce: however many processes project, each event has its effect once. The two share nothing but the
// database.
func TestTwoRunnersAtOnce(t *testing.T) {
	path, url := filepath.Join(t.TempDir(), "skald.db"), testenv.Postgres(t)
	for name, open := range map[string]func(t *testing.T) eventstore.Store{
		"sqlite":   func(t *testing.T) eventstore.Store { return openFile(t, path) },
		"postgres": func(t *testing.T) eventstore.Store { return openURL(t, url) },
	} {
		t.Run(name, func(t *testing.T) {
			one, other := open(t), open(t)
			w := projectiontest.New(t, one, "w")
			first := newRunner(t, one, projections.Options{Projections: []projections.Projection{&counter{}}, BatchSize: 7, Linger: time.Millisecond})
			second := newRunner(t, other, projections.Options{Projections: []projections.Projection{&counter{}}, BatchSize: 5, Poll: time.Millisecond, Linger: time.Millisecond})
			stopFirst, stopSecond := background(t, first), background(t, second)
			pick := seeded(7)
			for range 200 {
				w.Happen(pick)
			}
			waitForAll(t, one, first)
			stopFirst()
			for range 50 {
				w.Happen(pick)
			}
			waitForAll(t, one, second)
			stopSecond()
			if err := second.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			mustEqual(t, one, second)
			wantCounted(t, one)
		})
	}
}

// counter is a projection that would notice an event that is missed or comes twice.
type counter struct {
	version int
	failing atomic.Bool
	applied atomic.Int64
	crash   func() // called after the rows are written, before the checkpoint is
}

func (c *counter) Name() string { return "counter" }
func (c *counter) Version() int { return max(c.version, 1) }
func (c *counter) Tables() []projections.Table {
	return []projections.Table{{Name: "event_counts", Key: []string{"event_type"}}}
}

func (c *counter) Setup(ctx context.Context, tx *projections.Tx) error {
	_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS event_counts (event_type text NOT NULL PRIMARY KEY, events integer NOT NULL)`)
	return err
}

var errCounter = errors.New("the counter is broken")

func (c *counter) Apply(ctx context.Context, tx *projections.Tx, batch projections.Batch) error {
	if c.failing.Load() {
		return errCounter
	}
	for _, e := range batch.Events {
		_, err := tx.Exec(ctx, `INSERT INTO event_counts (event_type, events) VALUES ($1, $2)
			ON CONFLICT (event_type) DO UPDATE SET events = event_counts.events + excluded.events`, e.Record.Type, max(c.version, 1))
		if err != nil {
			return err
		}
	}
	if c.crash != nil {
		c.crash()
	}
	c.applied.Add(1)
	return nil
}

// wantCounted compares the counter's rows with the log.
func wantCounted(t *testing.T, store eventstore.Store) {
	t.Helper()
	if got, want := counted(t, store), inLog(t, store); got != want {
		t.Errorf("the projection has counted %d events, the log has %d", got, want)
	}
}

func counted(t *testing.T, store eventstore.Store) int {
	t.Helper()
	db, _ := store.(eventstore.SQLBackend).SQL()
	var events int
	if err := db.QueryRowContext(t.Context(), "SELECT coalesce(sum(events), 0) FROM event_counts").Scan(&events); err != nil {
		t.Fatal(err)
	}
	return events
}

func inLog(t *testing.T, store eventstore.Store) int {
	t.Helper()
	heads, err := store.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for _, head := range heads {
		events += int(head)
	}
	return events
}

// onDatabases runs a test on the backends that keep the projections' tables beside the log.
func onDatabases(t *testing.T, test func(t *testing.T, store eventstore.Store)) {
	t.Helper()
	for _, backend := range backends {
		if backend.name != "memory" {
			t.Run(backend.name, func(t *testing.T) { test(t, backend.open(t)) })
		}
	}
}

// TestACrashInABatchLeavesRowsAndCheckpointTogether stops a process after its rows were written and before its
// checkpoint was, in every batch, and lets another go on from there.
func TestACrashInABatchLeavesRowsAndCheckpointTogether(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		pick := seeded(11)
		for range 60 {
			w.Happen(pick)
		}
		for round := range 5 {
			ctx, crash := context.WithCancel(t.Context())
			left := round // batches that get through
			dying := newRunner(t, store, projections.Options{BatchSize: 10, Projections: []projections.Projection{&counter{crash: func() {
				if left--; left < 0 {
					crash()
				}
			}}}})
			err := dying.CatchUp(ctx)
			crash()
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			mustEqual(t, store, dying)
			if got, want := counted(t, store), position(t, dying, "counter"); got != want {
				t.Fatalf("the rows hold %d events, the checkpoint says %d", got, want)
			}
		}
		last := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{}}})
		if err := last.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustEqual(t, store, last)
		wantCounted(t, store)
	})
}

// position is the number of events that a projection's checkpoints say are in its rows.
func position(t *testing.T, r *projections.Runner, name string) int {
	t.Helper()
	status := statusOf(t, r, name)
	events := 0
	for _, lane := range status.Lanes {
		events += int(lane.Position)
	}
	return events
}

func statusOf(t *testing.T, r *projections.Runner, name string) projections.Status {
	t.Helper()
	all, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range all {
		if status.Name == name {
			return status
		}
	}
	t.Fatalf("no projection %s in %+v", name, all)
	return projections.Status{}
}

// TestAFailingProjectionDoesNotStopTheOthers, says what is wrong, and goes on from where it was.
func TestAFailingProjectionDoesNotStopTheOthers(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		broken := &counter{}
		broken.failing.Store(true)
		log := &lines{seen: make(chan string, 100)}
		r := newRunner(t, store, projections.Options{
			Projections: []projections.Projection{broken}, Poll: 5 * time.Millisecond, Linger: time.Millisecond,
			Logger: slog.New(slog.NewTextHandler(log, nil)),
		})
		background(t, r)
		pick := seeded(3)
		for range 30 {
			w.Happen(pick)
		}
		waitForAll(t, store, r)
		mustEqual(t, store, r)
		log.wait(t, errCounter.Error())
		if status := statusOf(t, r, "counter"); status.Lag == 0 || !strings.Contains(status.Error, errCounter.Error()) {
			t.Errorf("status of what fails: %+v", status)
		}
		if status := statusOf(t, r, "sagas"); status.Lag != 0 || status.Error != "" {
			t.Errorf("status of what works: %+v", status)
		}
		broken.failing.Store(false)
		until(t, func() bool { return statusOf(t, r, "counter").Lag == 0 })
		wantCounted(t, store)
	})
}

// lines hands out what is logged.
type lines struct{ seen chan string }

func (l *lines) Write(line []byte) (int, error) {
	select {
	case l.seen <- string(bytes.Clone(line)):
	default:
	}
	return len(line), nil
}

func (l *lines) wait(t *testing.T, text string) {
	t.Helper()
	for {
		select {
		case line := <-l.seen:
			if strings.Contains(line, text) {
				return
			}
		case <-t.Context().Done():
			t.Fatalf("never logged: %s", text)
		}
	}
}

// until asks again and again; what it asks costs a query, so it does not spin.
func until(t *testing.T, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatal("it did not come to that in 30 s")
		}
	}
}

// TestASagaThatCannotBeFoldedIsParked while the others go on, and goes on itself when it can.
func TestASagaThatCannotBeFoldedIsParked(t *testing.T) {
	onEach(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		r := newRunner(t, store, projections.Options{BatchSize: 3})
		strange, other := w.Start("same"), w.Start("same")
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Foreign(strange)
		w.Answer(strange)
		w.Answer(other)
		w.Answer(other)
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		still, err := r.Saga(t.Context(), strange)
		if err != nil || still.Version != 3 {
			t.Errorf("the parked saga's row: %+v, %v", still, err)
		}
		on, err := r.Saga(t.Context(), other)
		if err != nil || on.Status != domain.Completed {
			t.Errorf("the other saga's row: %+v, %v", on, err)
		}
		status := statusOf(t, r, "sagas")
		if len(status.Parked) != 1 || status.Parked[0].SagaID != strange || status.Parked[0].Version != 4 || !strings.Contains(status.Parked[0].Reason, "SagaDreamt") {
			t.Errorf("parked: %+v", status.Parked)
		}
		if status.Lag != 0 {
			t.Errorf("lag %d behind a parked saga", status.Lag)
		}
	})
}

// TestAParkedSagaGoesOn: once its events can be read, those that had no effect have it, once.
func TestAParkedSagaGoesOn(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		id := w.Start("c")
		r := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{}}})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Answer(id)
		parkBy(t, store, "sagas", id)
		parkBy(t, store, "counter", id)
		older := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{}}})
		if err := older.CatchUp(t.Context()); err != nil { // tries parked sagas first, and then reads on
			t.Fatal(err)
		}
		mustNotBeParked(t, older)
		if err := older.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustEqual(t, store, older)
		wantCounted(t, store)
	})
}

// parkBy does what an older process does that meets an event it cannot read: it parks the saga there and moves on.
func parkBy(t *testing.T, store eventstore.Store, projection string, id domain.SagaID) {
	t.Helper()
	lane := eventstore.LaneOfSaga(id, store.Lanes())
	heads, err := store.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db, _ := store.(eventstore.SQLBackend).SQL()
	for _, statement := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO projection_parked (projection, saga_id, lane, position, version, reason, parked_at) VALUES ($1, $2, $3, 4, 4, 'unknown', $4)`,
			[]any{projection, id.String(), int(lane), "2026-11-24T09:00:00.000000Z"}},
		{`UPDATE checkpoints SET position = $1 WHERE projection = $2 AND lane = $3`, []any{int64(heads[lane]), projection, int(lane)}},
	} {
		if _, err := db.ExecContext(t.Context(), statement.text, statement.args...); err != nil {
			t.Fatal(err)
		}
	}
}

func mustNotBeParked(t *testing.T, r *projections.Runner) {
	t.Helper()
	all, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range all {
		if len(status.Parked) > 0 {
			t.Errorf("%s: still parked: %+v", status.Name, status.Parked)
		}
	}
}

// TestNewAtOnce: any number of processes may create the tables at the same time.
func TestNewAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		if _, err := projections.New(t.Context(), store, projections.Options{}); !errors.Is(err, projections.ErrNotMigrated) {
			t.Errorf("without migration: %v", err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				r, err := projections.New(t.Context(), store, projections.Options{Migrate: true})
				if err != nil {
					t.Error(err)
					return
				}
				_ = r.Close()
			})
		}
		all.Wait()
		if err := projections.Migrate(t.Context(), store); err != nil {
			t.Errorf("again: %v", err)
		}
		applied, err := projections.Migrations(t.Context(), store)
		if err != nil || len(applied) == 0 || applied[0].AppliedAt.IsZero() {
			t.Errorf("migrations: %+v, %v", applied, err)
		}
		if _, err := projections.New(t.Context(), store, projections.Options{}); err != nil {
			t.Errorf("after migration: %v", err)
		}
	})
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	store := openSQLite(t)
	for _, c := range []struct {
		projection projections.Projection
		want       string
	}{
		{named{&counter{}, "Bad Name", "t", "k"}, "lower case"},
		{named{&counter{}, "mine", "saga_status", "k"}, "is taken by projection sagas"},
		{named{&counter{}, "sagas", "t", "k"}, "is taken by projection sagas"},
		{named{&counter{}, "mine", "t", "a; DROP"}, "key column"},
	} {
		_, err := projections.New(t.Context(), store, projections.Options{Migrate: true, Projections: []projections.Projection{c.projection}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want …%s…", c.projection.Name(), err, c.want)
		}
	}
}

type named struct {
	*counter
	name, table, key string
}

func (n named) Name() string { return n.name }
func (n named) Tables() []projections.Table {
	return []projections.Table{{Name: n.table, Key: []string{n.key}}}
}
