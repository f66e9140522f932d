package eventstoretest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var deadLetterCases = []testCase{
	{"a letter comes back as it was put", func(t *testing.T, store eventstore.Store) {
		want := letter("0001")
		putLetter(t, store, want)
		expectLetter(t, store, want)
	}},
	{"fields keep their order, doubles and bytes of any kind", func(t *testing.T, store eventstore.Store) {
		want := letter("0001")
		want.Fields = []domain.Field{
			{Name: "payload", Value: "\xff\x00{broken"}, {Name: "a", Value: ""}, {Name: "a", Value: "2"}, {Name: "b\xfe", Value: "<&>\u2028"},
		}
		putLetter(t, store, want)
		expectLetter(t, store, want)
	}},
	{"a letter without fields is a letter", func(t *testing.T, store eventstore.Store) {
		want := letter("0001")
		want.Fields = nil
		putLetter(t, store, want)
		expectLetter(t, store, want)
	}},
	{"text that no database takes is kept readable", func(t *testing.T, store eventstore.Store) {
		want := letter("0001")
		want.Reason, want.CorrelationID, want.EventType = "bad \x00 byte \xff", "\x00", "\xff\xfe"
		putLetter(t, store, want)
		got, err := store.DeadLetter(t.Context(), "0001")
		if err != nil || !strings.HasPrefix(got.Reason, "bad ") || !strings.Contains(got.Reason, " byte ") {
			t.Errorf("DeadLetter: %+v, %v", got, err)
		}
	}},
	{"the first letter of an id stays", func(t *testing.T, store eventstore.Store) {
		want := letter("0001")
		putLetter(t, store, want)
		other := letter("0001")
		other.Reason = "another"
		putLetter(t, store, other)
		expectLetter(t, store, want)
	}},
	{"unresolved letters are listed newest first, in pages", func(t *testing.T, store eventstore.Store) {
		for _, id := range []string{"0003", "0001", "0005", "0002", "0004"} {
			putLetter(t, store, letter(id))
		}
		resolve(t, store, "0004", "discarded")
		expectLetters(t, store, "", 2, "0005", "0003")
		expectLetters(t, store, "0003", 10, "0002", "0001")
		expectLetters(t, store, "0001", 10)
		expectLetters(t, store, "", 0)
	}},
	{"a resolution is recorded once", func(t *testing.T, store eventstore.Store) {
		want := letter("0001")
		putLetter(t, store, want)
		resolve(t, store, "0001", "requeued")
		err := store.ResolveDeadLetter(t.Context(), "0001", "discarded", "someone else", Epoch)
		if !errors.Is(err, eventstore.ErrDeadLetterResolved) || !strings.Contains(err.Error(), "requeued by ida") {
			t.Errorf("second ResolveDeadLetter: %v, want ErrDeadLetterResolved that names the first", err)
		}
		want.Resolution, want.ResolvedBy, want.ResolvedAt = "requeued", "ida", Epoch.Add(time.Minute)
		expectLetter(t, store, want)
	}},
	{"an unknown letter is ErrNoDeadLetter", func(t *testing.T, store eventstore.Store) {
		if _, err := store.DeadLetter(t.Context(), "x"); !errors.Is(err, eventstore.ErrNoDeadLetter) {
			t.Errorf("DeadLetter: %v, want ErrNoDeadLetter", err)
		}
		if err := store.ResolveDeadLetter(t.Context(), "x", "requeued", "ida", Epoch); !errors.Is(err, eventstore.ErrNoDeadLetter) {
			t.Errorf("ResolveDeadLetter: %v, want ErrNoDeadLetter", err)
		}
	}},
}

func letter(id string) eventstore.DeadLetter {
	return eventstore.DeadLetter{
		ID: id, Stream: "order:commands", EntryID: "17-0", Group: "order_orchestrator_group", Reason: "payload is not JSON",
		CorrelationID: "c1", SagaID: "not-a-uuid", EventType: "order:start",
		Fields: []domain.Field{{Name: "event_type", Value: "order:start"}, {Name: "payload", Value: `{"a": 1}`}},
		At:     Epoch,
	}
}

func putLetter(t testing.TB, store eventstore.Store, d eventstore.DeadLetter) {
	t.Helper()
	if err := store.PutDeadLetter(t.Context(), d); err != nil {
		t.Fatalf("PutDeadLetter: %v", err)
	}
}

func resolve(t testing.TB, store eventstore.Store, id, resolution string) {
	t.Helper()
	if err := store.ResolveDeadLetter(t.Context(), id, resolution, "ida", Epoch.Add(time.Minute)); err != nil {
		t.Fatalf("ResolveDeadLetter: %v", err)
	}
}

func expectLetter(t testing.TB, store eventstore.Store, want eventstore.DeadLetter) {
	t.Helper()
	got, err := store.DeadLetter(t.Context(), want.ID)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("DeadLetter: %+v, %v; want %+v", got, err, want)
	}
}

func expectLetters(t testing.TB, store eventstore.Store, before string, limit int, want ...string) {
	t.Helper()
	letters, err := store.DeadLetters(t.Context(), before, limit)
	if err != nil {
		t.Fatalf("DeadLetters: %v", err)
	}
	var got []string
	for _, d := range letters {
		got = append(got, d.ID)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("DeadLetters before %q, %d: %v, want %v", before, limit, got, want)
	}
}
