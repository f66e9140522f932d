package eventstoretest

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var appendCases = []testCase{
	{"offsets and versions count from 1 without gaps", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 3)
		first := mustAppend(t, store, saga.Continue(0, 2))
		second := mustAppend(t, store, saga.Continue(2, 3))
		if first.First != 1 || first.Head != 2 || second.First != 3 || second.Head != 5 {
			t.Errorf("results %+v, %+v; want offsets 1-2 and 3-5", first, second)
		}
		CheckLog(t, store)
	}},
	{"sagas of a batch follow each other in the order given", func(t *testing.T, store eventstore.Store) {
		a, b, c := NewSagaIn(store, 0), NewSagaIn(store, 0), NewSagaIn(store, 0)
		mustAppend(t, store, b.Continue(0, 1))
		result := mustAppend(t, store, c.Continue(0, 2), b.Continue(1, 1), a.Continue(0, 2))
		if result.First != 2 || result.Head != 6 {
			t.Errorf("result %+v, want offsets 2-6", result)
		}
		var order []domain.SagaID
		for _, r := range readAll(t, store, 0) {
			order = append(order, r.SagaID)
		}
		if want := []domain.SagaID{b.ID, c.ID, c.ID, b.ID, a.ID, a.ID}; !reflect.DeepEqual(order, want) {
			t.Errorf("order in the log %v, want %v", order, want)
		}
		CheckLog(t, store)
	}},
	{"several lanes in one call, results in the order of the batches", func(t *testing.T, store eventstore.Store) {
		high, low, middle := NewSagaIn(store, 5), NewSagaIn(store, 1), NewSagaIn(store, 3)
		results := appendAll(t, store,
			eventstore.LaneAppend{Lane: 5, Sagas: []eventstore.SagaAppend{high.Continue(0, 1)}},
			eventstore.LaneAppend{Lane: 1, Sagas: []eventstore.SagaAppend{low.Continue(0, 2)}},
			eventstore.LaneAppend{Lane: 3, Sagas: []eventstore.SagaAppend{middle.Continue(0, 3)}})
		want := []eventstore.LaneResult{{Lane: 5, First: 1, Head: 1}, {Lane: 1, First: 1, Head: 2}, {Lane: 3, First: 1, Head: 3}}
		if !reflect.DeepEqual(results, want) {
			t.Errorf("results %+v, want %+v", results, want)
		}
		CheckLog(t, store)
	}},
	{"a record says all that was appended", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 2)
		in := saga.Continue(0, 1)
		mustAppend(t, store, in)
		want := eventstore.Record{
			NewEvent: in.Events[0], Lane: 2, Offset: 1, SagaID: saga.ID, CorrelationID: saga.CorrelationID, Version: 1,
			Hash: eventstore.ChainHash([32]byte{}, eventstore.EventDigest(saga.ID, 1, in.Events[0])),
		}
		if got := readAll(t, store, 2); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("ReadLane: %+v, want %+v", got, want)
		}
	}},
	{"empty texts stay empty", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 0)
		in := saga.Continue(0, 1)
		in.Events[0].CausationID, in.Events[0].Trace = "", ""
		mustAppend(t, store, in)
		if got := readAll(t, store, 0)[0].NewEvent; !reflect.DeepEqual(got, in.Events[0]) {
			t.Errorf("got %+v, want %+v", got, in.Events[0])
		}
	}},
	{"payloads come back byte for byte", func(t *testing.T, store eventstore.Store) {
		payloads := []string{
			`{}`, `null`, `"text"`, ` { "b" : 1,  "a":2.50, "b":1e400 } `, "{\n\t\"x\": [1, 2]\r\n}",
			`{"nul":"\u0000","lone":"\ud800","quote":"\"","emoji":"🪶"}`, `{"big":12345678901234567890.12345678901234567890}`,
			`{"long":"` + string(bytes.Repeat([]byte("x"), 1<<20)) + `"}`,
		}
		saga := NewSagaIn(store, 0)
		in := saga.Continue(0, len(payloads))
		for i, payload := range payloads {
			in.Events[i].Payload = []byte(payload)
		}
		mustAppend(t, store, in)
		for i, r := range history(t, store, saga.ID) {
			if string(r.Payload) != payloads[i] {
				t.Errorf("payload %d: %.80q, want %.80q", i, r.Payload, payloads[i])
			}
		}
		CheckLog(t, store)
	}},
	{"nothing to append is no fault", func(t *testing.T, store eventstore.Store) {
		if results := appendAll(t, store); len(results) != 0 {
			t.Errorf("results %v, want none", results)
		}
		saga := NewSagaIn(store, 4)
		mustAppend(t, store, saga.Continue(0, 3))
		if got := appendAll(t, store, eventstore.LaneAppend{Lane: 4})[0]; got.First != 0 || got.Head != 3 {
			t.Errorf("result %+v, want First 0 and the lane's head 3", got)
		}
	}},
	{"a thousand sagas in one call", func(t *testing.T, store eventstore.Store) {
		batches := make([]eventstore.LaneAppend, store.Lanes())
		for i := range batches {
			batches[i].Lane = eventstore.Lane(i)
		}
		for i := range 1000 {
			lane := eventstore.Lane(i % store.Lanes())
			batches[lane].Sagas = append(batches[lane].Sagas, NewSagaIn(store, lane).Continue(0, 1+i%3))
		}
		appendAll(t, store, batches...)
		CheckLog(t, store)
	}},
}
