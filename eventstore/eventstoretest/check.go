package eventstoretest

import (
	"reflect"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// CheckLog reads a whole store and fails t where it breaks what every store promises: offsets and versions without
// gaps, an unbroken chain of hashes, every saga in the lane of its id, and rows and histories that agree with the log.
// Nobody may append meanwhile. It returns the log, lane by lane.
func CheckLog(t testing.TB, store eventstore.Store) [][]eventstore.Record {
	t.Helper()
	heads, err := store.Heads(t.Context())
	if err != nil {
		t.Fatalf("Heads: %v", err)
	}
	if len(heads) != store.Lanes() {
		t.Fatalf("Heads: %d lanes, the store has %d", len(heads), store.Lanes())
	}
	log := make([][]eventstore.Record, len(heads))
	for i, head := range heads {
		lane := eventstore.Lane(i)
		log[i] = readPages(t, store, lane)
		if got := eventstore.Offset(len(log[i])); got != head {
			t.Errorf("lane %d holds %d events, its head is %d", lane, got, head)
		}
		checkChain(t, lane, log[i])
		checkSagas(t, store, lane, log[i])
	}
	return log
}

// readPages reads in pages of an odd size, so that their borders fall everywhere.
func readPages(t testing.TB, store eventstore.Store, lane eventstore.Lane) []eventstore.Record {
	t.Helper()
	var all []eventstore.Record
	for {
		page, err := store.ReadLane(t.Context(), lane, eventstore.Offset(len(all)), 997)
		if err != nil {
			t.Fatalf("ReadLane %d: %v", lane, err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

func checkChain(t testing.TB, lane eventstore.Lane, records []eventstore.Record) {
	t.Helper()
	var previous [32]byte
	for i, r := range records {
		if r.Lane != lane || r.Offset != eventstore.Offset(i+1) {
			t.Fatalf("lane %d: record %d stands at lane %d, offset %d", lane, i+1, r.Lane, r.Offset)
		}
		previous = eventstore.ChainHash(previous, eventstore.EventDigest(r.SagaID, r.Version, r.NewEvent))
		if r.Hash != previous {
			t.Fatalf("lane %d: the chain of hashes breaks at offset %d", lane, r.Offset)
		}
	}
}

func checkSagas(t testing.TB, store eventstore.Store, lane eventstore.Lane, records []eventstore.Record) {
	t.Helper()
	bySaga := make(map[domain.SagaID][]eventstore.Record)
	var ids []domain.SagaID
	for _, r := range records {
		if eventstore.LaneOfSaga(r.SagaID, store.Lanes()) != lane {
			t.Errorf("lane %d holds saga %s of another lane", lane, r.SagaID)
		}
		if bySaga[r.SagaID] == nil {
			ids = append(ids, r.SagaID)
		}
		bySaga[r.SagaID] = append(bySaga[r.SagaID], r)
		if want := uint64(len(bySaga[r.SagaID])); r.Version != want {
			t.Fatalf("saga %s: version %d at offset %d, want %d", r.SagaID, r.Version, r.Offset, want)
		}
	}
	histories, err := store.ReadSagas(t.Context(), ids)
	if err != nil {
		t.Fatalf("ReadSagas: %v", err)
	}
	for i, id := range ids {
		if !reflect.DeepEqual(histories[i], bySaga[id]) {
			t.Errorf("saga %s: its history differs from the log", id)
		}
	}
	checkRows(t, store, lane, bySaga)
}

func checkRows(t testing.TB, store eventstore.Store, lane eventstore.Lane, bySaga map[domain.SagaID][]eventstore.Record) {
	t.Helper()
	rows, err := store.SagaHeads(t.Context(), lane, domain.SagaID{}, 1_000_000)
	if err != nil {
		t.Fatalf("SagaHeads: %v", err)
	}
	if len(rows) != len(bySaga) {
		t.Errorf("lane %d has %d saga rows, its log %d sagas", lane, len(rows), len(bySaga))
	}
	for _, row := range rows {
		if want := uint64(len(bySaga[row.SagaID])); row.Version != want {
			t.Errorf("saga %s: its row says version %d, the log %d", row.SagaID, row.Version, want)
		}
	}
}
